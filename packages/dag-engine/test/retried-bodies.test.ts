import { expect, test } from "vitest"
import type { Template } from "../src/index.js"
import { leaf, run, workflow } from "./simulated.js"

const told = leaf("told", { inputs: { parameters: [{ name: "x" }] } })
const tell = {
  name: "tell",
  template: "told",
  arguments: { parameters: [{ name: "x", value: "{{retries}} {{lastRetry.status}}" }] },
}
const fails = { name: "fail", template: "bad" }
const bodies: readonly Template[] = [
  { name: "body", retryStrategy: { limit: 2 }, steps: [[tell], [fails]] },
  { name: "body", retryStrategy: { limit: 2 }, dag: { tasks: [tell, fails] } },
]

test.each(bodies)(
  "what a retried body gives its units tells which attempt it is: %j",
  async (body) => {
    const { nodes } = await run(workflow([body, told, leaf("bad")]), [
      { template: "bad", phase: "Failed" },
    ])
    const values = nodes.flatMap(
      ({ inputs }) => inputs?.parameters?.map(({ value }) => value) ?? [],
    )
    expect(values).toEqual(["0 ", "1 Failed", "2 Failed"])
  },
)

test("a body inside, which is not retried itself, has no attempt to tell of", async () => {
  const { nodes } = await run(
    workflow([
      { name: "outer", retryStrategy: { limit: 1 }, steps: [[{ name: "in", template: "inner" }]] },
      { name: "inner", steps: [[tell]] },
      told,
    ]),
  )
  const values = nodes.flatMap(({ inputs }) => inputs?.parameters?.map(({ value }) => value) ?? [])
  expect(values).toEqual(["{{retries}} {{lastRetry.status}}"])
})
