import { fc, test as property } from "@fast-check/vitest"
import { expect, test } from "vitest"
import { simulateWorkflow, workflowFixture } from "../testing/index.js"
import { narrowNodes } from "./narrow.js"

const retried = workflowFixture(
  {},
  {
    templates: [
      {
        name: "main",
        dag: {
          tasks: [
            { name: "each", template: "work", withItems: ["a", "b"] },
            { name: "last", template: "work", depends: "each" },
          ],
        },
      },
      { name: "work", retryStrategy: { limit: 1 }, container: { image: "x" } },
    ],
  },
)

test("an attempt is shown with its retries, its loop and its body, and nothing beside it", async () => {
  const workflow = await simulateWorkflow(retried)
  const { status } = narrowNodes(workflow, ({ name }) => name === "workflow.each(1:b)(0)")
  const names = Object.values(status?.nodes ?? {}).map(({ name }) => name)
  expect(names.toSorted()).toEqual([
    "workflow",
    "workflow.each",
    "workflow.each(1:b)",
    "workflow.each(1:b)(0)",
  ])
})

property.prop([fc.infiniteStream(fc.boolean())])(
  "what is wanted is there, edges lead to what is there, and once is enough",
  async (coins) => {
    const workflow = await simulateWorkflow(retried)
    const nodes = Object.values(workflow.status?.nodes ?? {})
    const wanted = new Set(nodes.filter(() => coins.next().value === true).map(({ id }) => id))
    const narrow = (from: typeof workflow): typeof workflow =>
      narrowNodes(from, ({ id }) => wanted.has(id))
    const shown = narrow(workflow).status?.nodes ?? {}
    for (const id of wanted) expect(shown).toHaveProperty([id])
    for (const { children = [], outboundNodes = [] } of Object.values(shown)) {
      for (const id of [...children, ...outboundNodes]) expect(shown).toHaveProperty([id])
    }
    expect(narrow(narrow(workflow))).toEqual(narrow(workflow))
  },
)
