import { describe, expect, test } from "vitest"
import type { NodeStatus, Template, WorkflowSpec } from "../src/index.js"
import { simulateWorkflow } from "../src/testing/index.js"
import { leaf, workflow } from "./simulated.js"

/*
 * Outputs of what never ran (spec/workflows §2.9): the default that its template declares, else absent, which is a value that
 * expressions can ask for.
 */

const maker = leaf("maker", {
  outputs: {
    parameters: [
      { name: "bare", valueFrom: { path: "/tmp/bare" } },
      { name: "sure", valueFrom: { path: "/tmp/sure", default: "declared" } },
    ],
  },
})
const taker = leaf("taker", { inputs: { parameters: [{ name: "x", default: "own" }] } })

const given = (value: string) => ({ parameters: [{ name: "x", value }] })

function body(kind: "steps" | "tasks", value: string): Template {
  const a = { name: "a", template: "maker", when: "false" }
  const b = { name: "b", template: "taker", arguments: given(value) }
  return kind === "steps"
    ? { name: "main", steps: [[a], [b]] }
    : { name: "main", dag: { tasks: [a, { ...b, depends: "a" }] } }
}

async function taken(
  main: Template,
  found?: WorkflowSpec,
): Promise<{ readonly node: NodeStatus | undefined; readonly message: string | undefined }> {
  const templates = found === undefined ? [main, maker, taker] : [main]
  const options = found === undefined ? {} : { findTemplate: () => found }
  const { status } = await simulateWorkflow(workflow(templates), options)
  const nodes = Object.values(status?.nodes ?? {})
  return {
    node: nodes.find(({ displayName }) => displayName === "b"),
    message: nodes.map((node) => node.message ?? "").find((message) => message.includes("expr")),
  }
}

describe.each(["steps", "tasks"] as const)("outputs of skipped %s", (kind) => {
  const of = (name: string): string => `${kind}.a.outputs.parameters.${name}`

  test.each([
    [`{{=${of("bare")} ?? "other"}}`, "other"],
    [`{{=${of("sure")} ?? "other"}}`, "declared"],
    [`{{${of("sure")}}}`, "declared"],
    [`{{${of("bare")}}}`, "own"],
  ])("%s is %s", async (value, x) => {
    const { node } = await taken(body(kind, value))
    expect(node?.inputs?.parameters?.[0]?.value).toBe(x)
  })

  test("an expression that has nothing to fall back on is no absent argument", async () => {
    const { node, message } = await taken(body(kind, `{{=${of("bare")}}}`))
    expect(node?.phase).not.toBe("Succeeded")
    expect(message).toContain("failed to evaluate expression")
  })

  test("they are declared where the body around them is, in whatever object", async () => {
    const main: Template = {
      name: "main",
      steps: [[{ name: "r", templateRef: { name: "stored", template: "main" } }]],
    }
    const stored = { templates: [body(kind, `{{${of("sure")}}}`), maker, taker] }
    const { node } = await taken(main, stored)
    expect(node?.inputs?.parameters?.[0]?.value).toBe("declared")
  })
})

test("what a loop put out is there for expressions, though its first item was skipped", async () => {
  const main: Template = {
    name: "main",
    dag: {
      tasks: [
        { name: "a", template: "maker", withItems: [0, 1], when: "{{item}} > 0" },
        {
          name: "b",
          template: "taker",
          depends: "a",
          arguments: given("{{=tasks.a.outputs.parameters.sure}}"),
        },
      ],
    },
  }
  const { node } = await taken(main)
  expect(node?.inputs?.parameters?.[0]?.value).toBe('["declared"]')
})

test("outputs of a body can be made of what is absent", async () => {
  const main: Template = {
    name: "main",
    steps: [[{ name: "a", template: "maker", when: "false" }]],
    outputs: {
      parameters: [
        { name: "p", valueFrom: { expression: "steps.a.outputs.parameters.bare ?? 'none'" } },
        {
          name: "q",
          valueFrom: { expression: "steps.a.outputs.parameters.bare", default: "else" },
        },
      ],
    },
  }
  const { status } = await simulateWorkflow(workflow([main, maker]))
  const values = status?.nodes?.["wf"]?.outputs?.parameters?.map(({ value }) => value)
  expect(values).toEqual(["none", "else"])
})
