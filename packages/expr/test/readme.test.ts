import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import * as expr from "../src/index.js"

test("the README's example prints what it says", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? ""
  const lines: string[] = []
  const print = (value: unknown): number => lines.push(JSON.stringify(value))
  const body = code
    .replace(/^import \{(.*)\} from .*$/m, "const {$1} = expr")
    .replaceAll("console.log", "print")
  // oxlint-disable-next-line no-new-func -- runs the example of our own README.
  new Function("expr", "print", body)(expr, print)
  expect(lines).toEqual([...code.matchAll(/\/\/ → (.*)$/gm)].map((match) => match[1]))
})
