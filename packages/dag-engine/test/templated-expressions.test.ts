import { describe, expect, test } from "vitest"
import type { Template, WorkflowSpec } from "../src/index.js"
import { lintWorkflows } from "../src/lint/index.js"
import { simulateWorkflow, workflowFixture } from "../src/testing/index.js"

/*
 * Expressions that stand without braces are texts of a template like all others: tags in them are replaced first, and
 * what that gives is the expression.
 */

const work: Template = { name: "work", container: { image: "alpine", command: ["true"] } }
const parameter = (name: string, value: string) => ({ parameters: [{ name, value }] })

function manifestOf(spec: Partial<WorkflowSpec> & Pick<WorkflowSpec, "templates">) {
  const manifest = workflowFixture({}, { entrypoint: "main", ...spec })
  const issues = lintWorkflows([manifest])
  expect(issues.filter(({ severity }) => severity !== "warning")).toEqual([])
  return manifest
}

async function phasesOf(manifest: ReturnType<typeof manifestOf>, outcomes: object[] = []) {
  const { status } = await simulateWorkflow(manifest, { outcomes })
  const nodes = Object.values(status?.nodes ?? {})
  return Object.fromEntries(nodes.map((node) => [node.name, node.phase]))
}

describe("retryStrategy.expression", () => {
  const expression = "asInt(lastRetry.exitCode) > 1 && {{inputs.parameters.safe}} == true"
  const retried = (safe: string) =>
    manifestOf({
      templates: [
        {
          name: "main",
          steps: [[{ name: "a", template: "try", arguments: parameter("safe", safe) }]],
        },
        {
          ...work,
          name: "try",
          inputs: { parameters: [{ name: "safe" }] },
          retryStrategy: { limit: 3, expression },
        },
      ],
    })
  const fails = [{ node: "*(*)", phase: "Failed", exitCode: 2 }]

  test.each([
    ["true", 4],
    ["false", 1],
  ])("with %s in its place it tries %i times", async (safe, attempts) => {
    const phases = await phasesOf(retried(safe), fails)
    expect(Object.keys(phases).filter((name) => name.endsWith(")"))).toHaveLength(attempts)
  })
})

test("a hook's expression takes inputs, steps and the workflow's parameters from tags", async () => {
  const hook = (expression: string) => ({ hooks: { told: { template: "work", expression } } })
  const of = (phase: string) =>
    manifestOf({
      arguments: parameter("wanted", phase),
      ...hook('workflow.status == "{{workflow.parameters.wanted}}"'),
      templates: [
        {
          name: "main",
          inputs: parameter("wanted", phase),
          steps: [
            [{ name: "a", template: "work" }],
            [
              {
                name: "b",
                template: "work",
                ...hook(
                  '"{{steps.a.status}}" == "{{inputs.parameters.wanted}}" && steps.b.status == "Succeeded"',
                ),
              },
            ],
          ],
        },
        work,
      ],
    })
  expect(await phasesOf(of("Succeeded"))).toMatchObject({
    "workflow[1].b.hooks.told": "Succeeded",
    "workflow.hooks.told": "Succeeded",
  })
  const phases = await phasesOf(of("Failed"))
  expect(Object.keys(phases).filter((name) => name.includes("hooks"))).toEqual([])
})

test("outputs choose by what tags say", async () => {
  const { status } = await simulateWorkflow(
    manifestOf({
      arguments: parameter("want", "b"),
      templates: [
        {
          name: "main",
          inputs: parameter("count", "3"),
          steps: [
            [
              { name: "a", template: "make" },
              { name: "b", template: "make" },
            ],
          ],
          outputs: {
            parameters: [
              { name: "more", valueFrom: { expression: "{{inputs.parameters.count}} + 1" } },
            ],
            artifacts: [
              {
                name: "chosen",
                fromExpression: "steps.{{workflow.parameters.want}}.outputs.artifacts.file",
              },
            ],
          },
        },
        {
          ...work,
          name: "make",
          outputs: { artifacts: [{ name: "file", path: "/file", raw: { data: "x" } }] },
        },
      ],
    }),
    { outcomes: [] },
  )
  const root = Object.values(status?.nodes ?? {}).find(({ name }) => name === "workflow")
  expect(root?.outputs?.parameters).toMatchObject([{ name: "more", value: "4" }])
})

test("what the tags leave is judged when it is evaluated", async () => {
  const manifest = manifestOf({
    arguments: parameter("rest", "== =="),
    templates: [
      {
        ...work,
        name: "main",
        retryStrategy: { limit: 1, expression: "1 {{workflow.parameters.rest}}" },
      },
    ],
  })
  const { status } = await simulateWorkflow(manifest, {
    outcomes: [{ node: "*(0)", phase: "Failed" }],
  })
  expect(status?.phase).toBe("Error")
  expect(status?.message).toContain("unexpected token")
})

test("a tag that names nothing is told by lint", () => {
  const manifest = workflowFixture(
    {},
    {
      entrypoint: "main",
      templates: [
        {
          ...work,
          name: "main",
          retryStrategy: { limit: 1, expression: "{{inputs.parameters.none}}" },
        },
      ],
    },
  )
  const issues = lintWorkflows([manifest])
  expect(issues).toMatchObject([{ path: expect.arrayContaining(["retryStrategy", "expression"]) }])
})
