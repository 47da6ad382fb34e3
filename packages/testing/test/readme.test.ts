import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { runInThisContext } from "node:vm"
import { expect, test, vi } from "vitest"
import { scenario } from "../src/index.js"

const readme = readFileSync(fileURLToPath(new URL("../README.md", import.meta.url)), "utf8")

test("the example of the README runs", async () => {
  const text = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? ""
  const body = text.replace(/^import .*$/m, "")
  const log = vi.spyOn(console, "log").mockImplementation(() => {})
  const run = runInThisContext(`(async (scenario) => {${body}})`) as (
    tell: typeof scenario,
  ) => Promise<void>
  await run(scenario)
  expect(log.mock.calls).toEqual([["3 pods"]])
  log.mockRestore()
})
