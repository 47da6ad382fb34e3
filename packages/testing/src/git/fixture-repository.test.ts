import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { epochMs } from "@argo-ts/kernel"
import { afterEach, expect, test } from "vitest"
import { createFixtureRepository } from "./fixture-repository.js"

const directories: string[] = []
afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true })
})

test("the same commits have the same ids on every machine", async () => {
  const parent = await mkdtemp(join(tmpdir(), "argo-ts-fixture-"))
  directories.push(parent)
  const repository = await createFixtureRepository({ directory: join(parent, "shop.git") })
  const at = epochMs(1_767_603_600_000)
  const first = await repository.commit({
    message: "Start",
    at,
    files: { "a/b.txt": "1\n", c: "2" },
  })
  const second = await repository.commit({ message: "More", at, files: { c: null, d: "3" } })
  expect([first, second]).toEqual(await repository.history().then((ids) => ids.toReversed()))
  expect(first).toBe("3ce8f3a707c683090fb16f1325a404fb54716cca")
  expect(await repository.read("a/b.txt")).toBe("1\n")
  expect(await repository.read("c")).toBeUndefined()
  expect(await repository.read("c", first)).toBe("2")
  const outside = repository.commit({ message: "x", at, files: { "../x": "" } })
  await expect(outside).rejects.toThrow("expected a path inside the repository")
})
