import { describe, expect, test } from "vitest"
import type { Workflow, WorkflowSpec } from "../src/index.js"
import { exploreWorkflow, simulateWorkflow, workflowFixture } from "../src/testing/index.js"

function steps(spec: Partial<WorkflowSpec>): Workflow {
  return workflowFixture({}, spec)
}

const leaf = (name: string) => ({ name, container: { image: "alpine" } })

test("tries every combination: a chain of three has four ends", () => {
  const found = exploreWorkflow(workflowFixture({ a: [], b: ["a"], c: ["b"] }))
  expect(found).toEqual({
    runs: 4,
    isComplete: true,
    phases: { Failed: 3, Succeeded: 1 },
    deadSteps: [],
    deadHandlers: [],
    afterFailure: [],
  })
})

test("names what may run after a failure", () => {
  const found = exploreWorkflow(workflowFixture({ a: [], b: [], c: ["b"] }))
  expect(found.afterFailure).toEqual([{ step: "main/c", after: "main/a" }])
})

describe("results that a when asks for", () => {
  const flip = steps({
    templates: [
      {
        name: "main",
        steps: [
          [{ name: "flip", template: "flip" }],
          [
            { name: "heads", template: "say", when: "{{steps.flip.outputs.result}} == heads" },
            { name: "edge", template: "say", when: "1 == 2" },
            { name: "other", template: "say", when: "{{steps.flip.outputs.result}} != heads" },
          ],
        ],
      },
      leaf("flip"),
      leaf("say"),
    ],
  })
  test("are tried, and what no result reaches is dead", () => {
    const found = exploreWorkflow(flip)
    expect([found.isComplete, found.deadSteps]).toEqual([true, ["main/edge"]])
    expect(found.phases).toEqual({ Failed: 3, Succeeded: 2 })
  })
  test("are not varied where a rule says how the step ends", () => {
    const outcomes = [{ template: "flip", phase: "Succeeded" as const, result: "tails" }]
    expect(exploreWorkflow(flip, { outcomes }).deadSteps).toEqual(["main/edge", "main/heads"])
  })
})

test("handlers that never run", () => {
  const found = exploreWorkflow(
    steps({
      onExit: "bye",
      templates: [
        {
          name: "main",
          dag: {
            tasks: [
              { name: "a", template: "work", when: "false", hooks: { exit: { template: "bye" } } },
              { name: "b", template: "work", hooks: { exit: { template: "bye" } } },
            ],
          },
        },
        leaf("work"),
        leaf("bye"),
      ],
    }),
  )
  expect(found.deadHandlers).toEqual(["main/a.onExit"])
})

test("stops at its bound and says so", () => {
  const many = Object.fromEntries([..."abcdefghij"].map((name) => [name, []]))
  expect(exploreWorkflow(workflowFixture(many), { runsMax: 50 })).toMatchObject({
    runs: 50,
    isComplete: false,
  })
})

test("by chance: the same seed gives the same, another something else", async () => {
  const workflow = workflowFixture({ a: [], b: [], c: ["a"], d: ["b"], e: ["c", "d"] })
  const random = { seed: 7, runs: 40 }
  const first = exploreWorkflow(workflow, { random })
  expect(exploreWorkflow(workflow, { random })).toEqual(first)
  expect(Object.keys(first.phases).length).toBeGreaterThan(1)
  const one = await simulateWorkflow(workflow, { random: { seed: 3 } })
  const again = await simulateWorkflow(workflow, { random: { seed: 3 } })
  expect(again.status).toEqual(one.status)
})

test("a rule may leave out artifacts", async () => {
  const workflow = steps({
    templates: [
      {
        name: "main",
        container: { image: "alpine" },
        outputs: {
          artifacts: [
            { name: "a", path: "/a" },
            { name: "b", path: "/b", optional: true },
          ],
        },
      },
    ],
  })
  const { status } = await simulateWorkflow(workflow, { outcomes: [{ artifacts: ["a"] }] })
  const [node] = Object.values(status?.nodes ?? {})
  expect(node?.outputs?.artifacts?.map(({ name }) => name)).toEqual(["a"])
})
