import { expect, test } from "vitest"
import type { Template, WorkflowStep } from "../src/index.js"
import { leaf, run, workflow } from "./simulated.js"

/** `list` puts out a list of two; `loop` runs over what it is given, if `when` holds. */
function manifest(loop: Partial<WorkflowStep>, root: "steps" | "tasks") {
  const list = { name: "list", template: "list" }
  const looped = { name: "loop", template: "work", ...loop }
  const main: Template =
    root === "steps"
      ? { name: "main", steps: [[list], [looped]] }
      : {
          name: "main",
          dag: {
            tasks: [
              list,
              { ...looped, depends: "list" },
              { name: "if-skipped", template: "work", depends: "loop.Skipped" },
              { name: "if-done", template: "work", depends: "loop.Succeeded" },
            ],
          },
        }
  return run(workflow([main, leaf("list"), leaf("work")]), [
    { template: "list", result: '["x","y"]' },
  ])
}

const never = "1 == 2"

test("a loop over what others put out is skipped as a whole where its condition says no", async () => {
  const dag = await manifest({ when: never, withParam: "{{tasks.list.outputs.result}}" }, "tasks")
  expect(dag.find("wf.loop")).toMatchObject({
    type: "Skipped",
    phase: "Skipped",
    message: "Skipped, empty params",
  })
  expect(dag.phases).toMatchObject({ "wf.if-skipped": "Succeeded", "wf.if-done": "Omitted" })
  const count = "{{= len(fromJSON(steps.list.outputs.result)) }}"
  const steps = await manifest({ when: never, withSequence: { count } }, "steps")
  expect(Object.keys(steps.phases)).toEqual(["wf", "wf[0]", "wf[0].list", "wf[1]", "wf[1].loop"])
  expect(steps.phases["wf[1].loop"]).toBe("Skipped")
})

test("a loop whose items are written out has them all, each skipped", async () => {
  const { phases } = await manifest({ when: never, withItems: ["x", "y"] }, "tasks")
  expect(phases).toMatchObject({
    "wf.loop": "Succeeded",
    "wf.loop(0:x)": "Skipped",
    "wf.loop(1:y)": "Skipped",
    "wf.if-skipped": "Omitted",
  })
})

test("a condition about the item is asked for each", async () => {
  const { phases } = await manifest(
    { when: "{{item}} == x", withParam: "{{tasks.list.outputs.result}}" },
    "tasks",
  )
  expect(phases).toMatchObject({ "wf.loop(0:x)": "Succeeded", "wf.loop(1:y)": "Skipped" })
})
