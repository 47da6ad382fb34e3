import { readFileSync } from "node:fs"
import { expect, test, vi } from "vitest"

test("the example of the README is this file, and prints what it says", async () => {
  const source = readFileSync(new URL("./readme-example.ts", import.meta.url), "utf8")
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
  expect(readme).toContain(`\`\`\`ts\n${source}\`\`\``)
  const log = vi.spyOn(console, "log").mockImplementation(() => {})
  await import("./readme-example.js")
  const printed = log.mock.calls.map((words) => `// ${words.map(String).join(" ")}`)
  log.mockRestore()
  expect(printed).toEqual(source.split("\n").filter((line) => line.startsWith("// ")))
})
