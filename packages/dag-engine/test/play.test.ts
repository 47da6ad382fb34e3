import { fc, test } from "@fast-check/vitest"
import { expect } from "vitest"
import { playWorkflow } from "../src/simulate/play.js"
import { workflowFixture } from "../src/testing/index.js"

/** The tasks `b…` in the order in which they begin: each waits for the task `a…` that takes so long. */
function followersOf(durations: readonly number[]): readonly string[] {
  const steps: { [name: string]: readonly string[] } = {}
  // What nobody waits for begins by name.
  const name = (letter: string, index: number): string =>
    `${letter}${String(index).padStart(2, "0")}`
  for (const index of durations.keys()) {
    steps[name("a", index)] = []
    steps[name("b", index)] = [name("a", index)]
  }
  const workflow = workflowFixture(steps)
  const { started, status, isDone } = playWorkflow(workflow, {
    outcomeOf: ({ templateName }) => ({
      outcome: { phase: "Succeeded" },
      durationMs: durations[Number(templateName.slice(1))] ?? 0,
    }),
  })
  expect({ isDone, phase: status.phase }).toEqual({ isDone: true, phase: "Succeeded" })
  const names = started.map((id) => status.nodes?.[id]?.displayName ?? "")
  return names.filter((each) => each.startsWith("b")).map((each) => `b${Number(each.slice(1))}`)
}

test("what ends at once, ends in the order in which it began", () => {
  expect(followersOf([5, 3, 5, 3, 0])).toEqual(["b4", "b1", "b3", "b0", "b2"])
})

test.prop([fc.array(fc.nat(4), { minLength: 1, maxLength: 40 })])(
  "steps end by the instant, then by when they began, however many run",
  (durations) => {
    const order = [...durations.keys()].sort(
      (left, right) => (durations[left] ?? 0) - (durations[right] ?? 0) || left - right,
    )
    expect(followersOf(durations)).toEqual(order.map((index) => `b${index}`))
  },
)
