import { expect, test } from "vitest"
import type { Template } from "../src/index.js"
import { simulateWorkflow } from "../src/testing/index.js"

function run(...templates: readonly Template[]) {
  return simulateWorkflow({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "wf" },
    spec: { entrypoint: templates[0]?.name ?? "", templates },
  })
}

const runaway = "templates that call themselves have made 100000 nodes: recursion without an end"

test.each<[string, readonly Template[]]>([
  [
    "in steps",
    [{ name: "m", steps: [[{ name: "a", template: "m", withSequence: { count: "1000" } }]] }],
  ],
  [
    "by way of another",
    [
      {
        name: "m",
        steps: [
          [
            { name: "a", template: "n" },
            { name: "b", template: "n" },
          ],
        ],
      },
      {
        name: "n",
        dag: {
          tasks: [
            { name: "a", template: "m" },
            { name: "b", template: "m" },
          ],
        },
      },
    ],
  ],
])(
  "a template that calls itself more than once ends before memory does: %s",
  async (_how, templates) => {
    const { status } = await run(...templates)
    expect(["Failed", "Error"]).toContain(status?.phase)
    const nodes = Object.values(status?.nodes ?? {})
    expect(nodes.some(({ message }) => message === runaway)).toBe(true)
    expect(nodes.length).toBeLessThan(250_000)
  },
)

test("one that comes to an end may be as wide as it likes", async () => {
  const tree: Template = {
    name: "tree",
    inputs: { parameters: [{ name: "depth", default: "9" }] },
    steps: [
      [
        {
          name: "down",
          template: "tree",
          when: "{{inputs.parameters.depth}} > 0",
          withItems: ["left", "right"],
          arguments: {
            parameters: [{ name: "depth", value: "{{=asInt(inputs.parameters.depth) - 1}}" }],
          },
        },
      ],
    ],
  }
  const { status } = await run(tree)
  expect(status?.phase).toBe("Succeeded")
})
