import { expect, test } from "vitest"
import { parseWorkflow, type Template, type Workflow, type WorkflowSpec } from "../src/index.js"
import { lintWorkflows } from "../src/lint/index.js"
import { simulateWorkflow } from "../src/testing/index.js"

const container = { image: "alpine" }
const leaf: Template = { name: "leaf", container }
const bye: Template = {
  name: "bye",
  inputs: { parameters: [{ name: "who", default: "nobody" }] },
  container,
}

function workflow(
  main: Partial<Template>,
  spec: WorkflowSpec = {},
  said: Template = bye,
): Workflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "wf" },
    spec: {
      entrypoint: "m",
      arguments: { parameters: [{ name: "who", value: "moon" }] },
      templates: [{ name: "m", ...main }, leaf, said],
      ...spec,
    },
  }
}

function errorsOf(manifest: Workflow) {
  return lintWorkflows([manifest]).filter(({ severity }) => severity === "error")
}

const own = { parameters: [{ name: "who", value: "sun" }] }

test.each<[string, Workflow, string, string]>([
  ["onExit of the workflow", workflow({ container }, { onExit: "bye" }), "wf.onExit", "moon"],
  [
    "the exit hook of the workflow",
    workflow({ container }, { hooks: { exit: { template: "bye" } } }),
    "wf.onExit",
    "moon",
  ],
  [
    "onExit of a step",
    workflow({ steps: [[{ name: "a", template: "leaf", onExit: "bye" }]] }),
    "wf[0].a.onExit",
    "moon",
  ],
  [
    "the exit hook of a task",
    workflow({
      dag: { tasks: [{ name: "a", template: "leaf", hooks: { exit: { template: "bye" } } }] },
    }),
    "wf.a.onExit",
    "moon",
  ],
  [
    "with arguments of its own",
    workflow({ container }, { hooks: { exit: { template: "bye", arguments: own } } }),
    "wf.onExit",
    "sun",
  ],
  [
    "another hook has its own or none",
    workflow({ container }, { hooks: { told: { template: "bye", expression: "true" } } }),
    "wf.hooks.told",
    "nobody",
  ],
])(
  "an exit handler without arguments has those of the workflow: %s",
  async (_what, manifest, name, who) => {
    const { status } = await simulateWorkflow(manifest)
    const node = Object.values(status?.nodes ?? {}).find((each) => each.name === name)
    expect(node?.inputs).toEqual({ parameters: [{ name: "who", default: "nobody", value: who }] })
    expect(errorsOf(manifest)).toEqual([])
  },
)

test("lint finds a handler that is not given what it needs", () => {
  const needy: Template = { ...bye, inputs: { parameters: [{ name: "whom" }] } }
  const issues = (spec: WorkflowSpec) => {
    const manifest = workflow({ container }, spec, needy)
    expect(parseWorkflow(manifest).ok).toBe(true)
    return errorsOf(manifest).map(({ code, path, message }) => [code, path.join("."), message])
  }
  const message = 'calls "bye", which needs the parameter "whom"'
  expect(issues({ onExit: "bye" })).toEqual([["MissingArgument", "spec.onExit", message]])
  expect(issues({ hooks: { told: { template: "bye", expression: "true" } } })).toEqual([
    ["MissingArgument", "spec.hooks.told", message],
  ])
})
