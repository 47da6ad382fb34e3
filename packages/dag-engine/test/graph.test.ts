import { expect, test } from "vitest"
import { formatGraph } from "../src/index.js"
import { workflowFixture } from "../src/testing/index.js"

const diamond = workflowFixture({ a: [], b: ["a"], c: ["a"], d: ["b", "c"] })

test("a workflow is drawn before it runs, for Graphviz, Markdown and browsers", () => {
  expect(formatGraph(diamond, "dot")).toContain('"main/b" -> "main/d"')
  expect(formatGraph(diamond, "mermaid").split("\n")).toContain("  n1 --> n3")
  expect(formatGraph(diamond, "svg")).toMatch(/^<svg [^]*<\/svg>\n$/)
})

test("what a name holds is text, in every format", () => {
  const odd = { ...diamond, metadata: { name: '"><script>' } }
  expect(formatGraph(odd, "svg")).not.toContain("<script>")
  expect(formatGraph(odd, "dot")).toContain('digraph "\\"><script>"')
})
