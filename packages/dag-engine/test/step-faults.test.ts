import { epochMs } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import {
  type OutcomeRule,
  openWorkflow,
  type Template,
  type Workflow,
  type WorkflowStep,
} from "../src/index.js"
import { simulateWorkflow } from "../src/testing/index.js"

const leaf: Template = { name: "leaf", container: { image: "alpine" } }
const given: Template = {
  name: "given",
  inputs: { parameters: [{ name: "text" }] },
  container: { image: "alpine", args: ["{{inputs.parameters.text}}"] },
}
const fallback: Template = {
  name: "fallback",
  inputs: { parameters: [{ name: "text", default: "none" }] },
  container: { image: "alpine" },
}
const maybe: Template = {
  name: "maybe",
  outputs: { parameters: [{ name: "p", valueFrom: { path: "/p" } }] },
  container: { image: "alpine" },
}
const text = (value: string) => ({ parameters: [{ name: "text", value }] })

function workflow(...templates: readonly Template[]): Workflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "wf" },
    spec: {
      entrypoint: "m",
      // What validation would find is named by these.
      arguments: {
        parameters: [
          { name: "given", value: "given" },
          { name: "bad", value: "1 +" },
        ],
      },
      templates: [...templates, leaf, given, fallback, maybe],
    },
  }
}

function steps(...groups: readonly (readonly WorkflowStep[])[]): Workflow {
  return workflow({ name: "m", steps: groups })
}

async function nodesOf(manifest: Workflow, outcomes: readonly OutcomeRule[] = []) {
  const { status } = await simulateWorkflow(manifest, { outcomes })
  return Object.fromEntries(
    Object.values(status?.nodes ?? {}).map(({ name, phase, message }) => [
      name,
      message === undefined || message === "" ? phase : `${phase}: ${message}`,
    ]),
  )
}

const skipped: WorkflowStep = { name: "s", template: "maybe", when: "false" }

test("a step that lacks an input makes its group an Error: earlier siblings run on, later ones never start", async () => {
  const error = "inputs.parameters.text was not supplied"
  const group = `step group deemed errored due to child wf[0].b error: ${error}`
  const nodes = await nodesOf(
    steps(
      [
        { name: "a", template: "leaf" },
        { name: "b", template: "{{workflow.parameters.given}}" },
        { name: "c", template: "leaf" },
      ],
      [{ name: "d", template: "leaf" }],
    ),
  )
  expect(nodes).toEqual({
    wf: `Failed: ${group}`,
    "wf[0]": `Error: ${group}`,
    "wf[0].a": "Succeeded",
    "wf[0].b": `Error: ${error}`,
  })
})

test("in a DAG it is the task's alone, and its message says so", async () => {
  const nodes = await nodesOf(
    workflow({
      name: "m",
      dag: {
        tasks: [
          { name: "a", template: "{{workflow.parameters.given}}" },
          { name: "b", template: "leaf" },
        ],
      },
    }),
  )
  expect(nodes).toEqual({
    wf: "Error",
    "wf.a": "Error: task 'wf.a' errored: inputs.parameters.text was not supplied",
    "wf.b": "Succeeded",
  })
})

test("a condition that cannot be evaluated stops the rest of its group", async () => {
  const nodes = await nodesOf(
    steps([
      { name: "a", template: "leaf", when: "{{workflow.parameters.bad}}" },
      { name: "b", template: "leaf" },
    ]),
  )
  expect(Object.keys(nodes)).toEqual(["wf", "wf[0]", "wf[0].a"])
  expect(nodes["wf[0].a"]).toMatch(/^Error: /)
  expect(nodes["wf[0]"]).toBe(nodes["wf[0].a"])
  expect(nodes["wf"]).toBe(nodes["wf[0]"]?.replace("Error", "Failed"))
})

test("references are resolved for the whole group before any of it starts", async () => {
  const absent =
    "unable to substitute {{steps.s.outputs.parameters.p}}: output is an absent optional (skipped/omitted node with no default)"
  const nodes = await nodesOf(
    steps(
      [skipped],
      [
        { name: "a", template: "leaf" },
        {
          name: "b",
          template: "fallback",
          arguments: text("x-{{steps.s.outputs.parameters.p}}"),
        },
      ],
    ),
  )
  expect(nodes).toEqual({
    wf: `Failed: ${absent}`,
    "wf[0]": "Succeeded",
    "wf[0].s": "Skipped: when 'false' evaluated false",
    "wf[1]": `Error: ${absent}`,
  })
})

test("an argument that is an absent output and nothing else gives way to the default", async () => {
  const nodes = await nodesOf(
    steps(
      [skipped],
      [
        {
          name: "b",
          template: "fallback",
          arguments: text("{{ steps.s.outputs.parameters.p }}"),
        },
      ],
    ),
  )
  expect(nodes).toMatchObject({ wf: "Succeeded", "wf[1].b": "Succeeded" })
})

test("a loop over what is no list makes the group an Error, unless its condition rules it out", async () => {
  const loop = { name: "b", template: "leaf", withParam: "{{steps.a.outputs.result}}" }
  const first: readonly WorkflowStep[] = [{ name: "a", template: "leaf" }]
  const bad = await nodesOf(
    steps(first, [
      { ...loop, withParam: "none" },
      { name: "c", template: "leaf" },
    ]),
  )
  const message = "withParam value could not be parsed as a JSON list: none"
  expect(bad).toMatchObject({ wf: `Failed: ${message}`, "wf[1]": `Error: ${message}` })
  expect(Object.keys(bad)).toEqual(["wf", "wf[0]", "wf[0].a", "wf[1]"])
  const spared = await nodesOf(steps(first, [{ ...loop, when: "1 == 2" }]))
  expect(spared).toMatchObject({
    wf: "Succeeded",
    "wf[1].b": "Skipped: Skipped, empty params",
  })
  const dag = await nodesOf(
    workflow({
      name: "m",
      dag: { tasks: [{ name: "b", template: "leaf", withParam: "none", when: "false" }] },
    }),
  )
  expect(dag).toEqual({ wf: "Succeeded", "wf.b": "Skipped: Skipped, empty params" })
})

test("what recurses too deep fails its own step only, with upstream's words", async () => {
  const nodes = await nodesOf(
    steps([
      { name: "again", template: "m" },
      { name: "z", template: "leaf" },
    ]),
  )
  const deep = Object.values(nodes).filter((text) => text?.includes("recursion"))
  expect(new Set(deep)).toEqual(
    new Set([
      "Error: Maximum recursion depth exceeded. See https://argo-workflows.readthedocs.io/en/latest/scaling/#maximum-recursion-depth",
    ]),
  )
  expect(nodes["wf[0].z"]).toBe("Succeeded")
  expect(nodes["wf"]).toMatch(/^Failed: child 'wf-\d+' failed$/)
})

test("a run reopened between a fault and the end of its siblings ends as it would have", () => {
  const manifest = steps([
    { name: "a", template: "leaf" },
    { name: "b", template: "{{workflow.parameters.given}}" },
    { name: "c", template: "leaf", withItems: ["1", "2"] },
  ])
  const first = openWorkflow(manifest, { now: epochMs(0) })
  const stored = JSON.parse(JSON.stringify(first.status()))
  const again = openWorkflow({ ...manifest, status: stored }, { now: epochMs(1000) })
  const starts = again.pending().filter(({ type }) => type === "Start")
  expect(starts).toHaveLength(1)
  const finished = {
    type: "Finished",
    node: starts[0]?.node ?? "",
    outcome: { phase: "Succeeded" },
  }
  again.handle(finished as Parameters<typeof again.handle>[0], epochMs(2000))
  const status = again.status()
  expect(again.isDone()).toBe(true)
  expect(Object.values(status.nodes ?? {}).map(({ name, phase }) => `${name} ${phase}`)).toEqual([
    "wf Failed",
    "wf[0] Error",
    "wf[0].a Succeeded",
    "wf[0].b Error",
  ])
})

test("siblings of a fault have their attempts, also where the run is reopened between them", () => {
  const manifest = steps([
    { name: "a", template: "again" },
    { name: "b", template: "{{workflow.parameters.given}}" },
  ])
  const retried = { ...leaf, name: "again", retryStrategy: { limit: 2 } }
  const workflow = {
    ...manifest,
    spec: { ...manifest.spec, templates: [...(manifest.spec.templates ?? []), retried] },
  }
  let open = openWorkflow(workflow, { now: epochMs(0) })
  for (const phase of ["Failed", "Failed", "Succeeded"] as const) {
    const [start] = open.pending().filter(({ type }) => type === "Start")
    open.handle({ type: "Finished", node: start?.node ?? "", outcome: { phase } }, epochMs(1000))
    open = openWorkflow(
      { ...workflow, status: JSON.parse(JSON.stringify(open.status())) },
      { now: epochMs(2000) },
    )
  }
  expect(open.isDone()).toBe(true)
  const phases = Object.values(open.status().nodes ?? {}).map(
    ({ name, phase }) => `${name} ${phase}`,
  )
  expect(phases).toEqual([
    "wf Failed",
    "wf[0] Error",
    "wf[0].a Succeeded",
    "wf[0].b Error",
    "wf[0].a(0) Failed",
    "wf[0].a(1) Failed",
    "wf[0].a(2) Succeeded",
  ])
})

test("failFast ends a template though one of its steps would try again", async () => {
  const nodes = await nodesOf(
    workflow(
      {
        name: "m",
        failFast: true,
        steps: [
          [
            { name: "a", template: "again" },
            { name: "z", template: "leaf" },
          ],
        ],
      },
      { ...leaf, name: "again", retryStrategy: { limit: 2 } },
    ),
    [{ template: "again", phase: "Failed" }],
  )
  expect(nodes["wf"]).toMatch(/^Failed: template has failed or errored children/)
})

test("attempts know the name of their step and of its node; pod.name is their own", () => {
  const open = openWorkflow(
    workflow(
      { name: "m", steps: [[{ name: "a", template: "named" }]] },
      {
        name: "named",
        annotations: { "workflows.argoproj.io/display-name": "shown" },
        retryStrategy: { limit: 1 },
        container: { image: "alpine", args: ["{{steps.name}}", "{{node.name}}", "{{pod.name}}"] },
      },
    ),
    { now: epochMs(0) },
  )
  const [start] = open.opened.actions.flatMap((action) => (action.type === "Start" ? [action] : []))
  expect(start?.template.container?.args).toEqual(["a", "wf[0].a", start?.podName])
})

/** Its pod would mount what the workflow has not. */
const unmounted: Template = {
  name: "unmounted",
  container: { image: "alpine", volumeMounts: [{ name: "v", mountPath: "/v" }] },
}

test("a body that cannot begin stops its group of steps, and its task says where the error came from", async () => {
  const step: WorkflowStep = { name: "a", template: "unmounted" }
  const next: WorkflowStep = { name: "z", template: "leaf" }
  const inSteps = await nodesOf(
    workflow({ name: "m", steps: [[{ ...step, continueOn: { error: true } }, next]] }, unmounted),
  )
  const error = inSteps["wf[0].a"]?.replace("Error: ", "")
  expect(error).toContain("volume 'v' not found in workflow spec")
  const group = `step group deemed errored due to child wf[0].a error: ${error}`
  expect(inSteps).toEqual({
    wf: `Failed: ${group}`,
    "wf[0]": `Error: ${group}`,
    "wf[0].a": `Error: ${error}`,
    "wf[0].z": "Succeeded",
  })
  const inDag = await nodesOf(workflow({ name: "m", dag: { tasks: [step, next] } }, unmounted))
  expect(inDag).toEqual({
    wf: "Error",
    "wf.a": `Error: task 'wf.a' errored: ${error}`,
    "wf.z": "Succeeded",
  })
})

test("a retry policy that covers errors has it tried again; another hands the error on at once", async () => {
  const tried = (retryStrategy: NonNullable<Template["retryStrategy"]>) => {
    const task = { name: "a", template: "unmounted" }
    const template = { ...unmounted, retryStrategy }
    return nodesOf(workflow({ name: "m", dag: { tasks: [task] } }, template))
  }
  const again = await tried({ limit: 1, retryPolicy: "Always" })
  expect(again).toMatchObject({ "wf.a": "Error: No more retries left" })
  expect(Object.keys(again)).toEqual(["wf", "wf.a", "wf.a(0)", "wf.a(1)"])
  const once = await tried({ limit: 1 })
  expect(once["wf.a"]).toBe(once["wf.a(0)"]?.replace("Error: ", "Error: task 'wf.a' errored: "))
  expect(Object.keys(once)).toEqual(["wf", "wf.a", "wf.a(0)"])
})

test("an error of the entry template itself ends the workflow, without its exit handler", async () => {
  const { spec, ...rest } = workflow({ ...unmounted, name: "m" })
  const { status } = await simulateWorkflow({ ...rest, spec: { ...spec, onExit: "leaf" } })
  const nodes = Object.values(status?.nodes ?? {})
  expect(nodes).toMatchObject([{ name: "wf", phase: "Error" }])
  expect(status).toMatchObject({
    phase: "Error",
    message: `error in entry template execution: ${nodes[0]?.message}`,
  })
})

test("an error of the exit handler itself is the workflow's, whatever the entry template came to", async () => {
  const { spec, ...rest } = workflow({ ...leaf, name: "m" }, unmounted)
  const manifest = { ...rest, spec: { ...spec, onExit: "unmounted" } }
  const outcomes: readonly OutcomeRule[] = [{ node: "wf", phase: "Failed", message: "no" }]
  const { status } = await simulateWorkflow(manifest, { outcomes })
  const handler = Object.values(status?.nodes ?? {}).find(({ name }) => name === "wf.onExit")
  expect(handler?.phase).toBe("Error")
  expect(status).toMatchObject({
    phase: "Error",
    message: `error in exit template execution : ${handler?.message}`,
  })
})

test("a workflow that ends by its entry template's error and waits for a daemon says so after reopening too", () => {
  const daemon: Template = { name: "daemon", daemon: true, container: { image: "alpine" } }
  const main: Template = {
    name: "m",
    steps: [[{ name: "d", template: "daemon" }]],
    outputs: { parameters: [{ name: "p", valueFrom: { expression: "asInt('x') / 0" } }] },
  }
  const manifest = workflow(main, daemon)
  const now = epochMs(0)
  const open = openWorkflow(manifest, { now })
  const nodes = Object.values(open.status().nodes ?? {})
  const node = nodes.find(({ name }) => name === "wf[0].d")?.id ?? ""
  open.handle({ type: "Ready", node, podIP: "10.0.0.1" }, now)
  const status = JSON.parse(JSON.stringify(open.status()))
  expect(status).toMatchObject({ phase: "Running" })
  const again = openWorkflow({ ...manifest, status }, { now })
  again.handle({ type: "Finished", node, outcome: { phase: "Failed" } }, now)
  expect(again.status()).toMatchObject({
    phase: "Error",
    message: expect.stringMatching(/^error in entry template execution: /),
  })
})

describe("what the items of a loop are given has to resolve", () => {
  const leafWith = {
    name: "t",
    container: { image: "alpine" },
    inputs: { parameters: [{ name: "text" }] },
  }
  const looped = (value: string, more: object = {}) => ({
    name: "a",
    template: "t",
    withItems: [{ k: "x" }, { k: "y", l: "z" }],
    arguments: text(value),
    ...more,
  })
  const inDag = (task: object): Template => ({ name: "m", dag: { tasks: [task as never] } })

  test.each([
    ["{{item.l}}", "failed to resolve {{item.l}}"],
    ["{{unheard}}", "failed to resolve {{unheard}}"],
  ])("%s: the task is an Error before any item begins", async (value, message) => {
    expect(await nodesOf(workflow(inDag(looped(value)), leafWith))).toEqual({
      wf: "Error",
      "wf.a": `Error: ${message}`,
    })
    expect(await nodesOf(workflow({ name: "m", steps: [[looped(value)]] }, leafWith))).toEqual({
      wf: `Failed: ${message}`,
      "wf[0]": `Error: ${message}`,
      "wf[0].a": `Error: ${message}`,
    })
  })

  test("an expression may provide for what an item lacks", async () => {
    const nodes = await nodesOf(workflow(inDag(looped('{{=item.l ?? "none"}}')), leafWith))
    expect(nodes).toMatchObject({ wf: "Succeeded" })
  })

  test("a loop that is ruled out needs nothing, and what is no loop hands it on", async () => {
    const spared = inDag(looped("{{item.l}}", { when: "1 == 2" }))
    expect(await nodesOf(workflow(spared, leafWith))).toMatchObject({ wf: "Succeeded" })
    const plain = { name: "a", template: "t", arguments: text("{{unheard}}") }
    expect(await nodesOf(workflow(inDag(plain), leafWith))).toMatchObject({ wf: "Succeeded" })
  })
})
