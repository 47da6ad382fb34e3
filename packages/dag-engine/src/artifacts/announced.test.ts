import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { afterAll, expect, test } from "vitest"
import { readAnnounced } from "./announced.js"

const directory = mkdtempSync(join(tmpdir(), "argo-ts-announced-"))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

test.each([
  ["some bytes", "0123"],
  ["none", ""],
])(
  "of a file that has grown since it was measured, what was announced is read: %s",
  async (_name, content) => {
    const file = join(directory, "output")
    writeFileSync(file, content)
    appendFileSync(file, " and more")
    expect(await text(readAnnounced(file, content.length))).toBe(content)
  },
)
