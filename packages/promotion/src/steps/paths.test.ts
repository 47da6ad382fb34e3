import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { innerPath } from "./paths.js"

const root = realpathSync(mkdtempSync(join(tmpdir(), "argo-ts-paths-")))
const work = join(root, "work")
mkdirSync(join(work, "inner"), { recursive: true })
mkdirSync(join(root, "outside"))
symlinkSync(join(root, "outside"), join(work, "leak"))
symlinkSync("inner", join(work, "fine"))
afterAll(() => rmSync(root, { recursive: true, force: true }))

test.each(["../x", "a/../../x", "/etc/passwd", "leak", "leak/new/file", "a\0b"])(
  "refuses %j",
  (path) => {
    expect(() => innerPath(work, path)).toThrow("expected a path inside the work directory")
  },
)

test("allows what stays inside, also what does not exist yet", () => {
  expect(innerPath(work, "./inner/new/x")).toBe(join(work, "inner/new/x"))
  expect(innerPath(work, "fine/x")).toBe(join(work, "inner/x"))
  expect(innerPath(work, ".")).toBe(work)
})
