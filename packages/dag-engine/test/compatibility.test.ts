import { createVirtualClock } from "@argo-ts/kernel/clock"
import { describe, expect, test } from "vitest"
import {
  type Compatibility,
  functionExecutor,
  type OutcomeRule,
  openRun,
  type StepFunctions,
  upstreamCompatibility,
  type Workflow,
  type WorkflowSpec,
} from "../src/index.js"
import { simulateWorkflow } from "../src/testing/index.js"
import { leaf, workflow } from "./simulated.js"

const asUpstream = upstreamCompatibility
const both: readonly (Compatibility | undefined)[] = [undefined, asUpstream]

async function simulate(
  manifest: Workflow,
  compatibility: Compatibility | undefined,
  outcomes: readonly OutcomeRule[] = [],
) {
  const options = compatibility === undefined ? {} : { compatibility }
  const { status } = await simulateWorkflow(manifest, { outcomes, ...options })
  const nodes = Object.values(status?.nodes ?? {})
  const names = Object.fromEntries(nodes.map(({ id, name }) => [id, name]))
  const find = (name: string) => nodes.find((node) => node.name === name)
  const children = (name: string) => find(name)?.children?.map((id) => names[id])
  return { status, find, children, phases: nodes.map(({ name, phase }) => `${name} ${phase}`) }
}

/** Runs a manifest whose steps are functions. */
async function run(
  manifest: Workflow,
  steps: StepFunctions,
  compatibility: Compatibility | undefined,
) {
  const run = await openRun(manifest, {
    executors: [functionExecutor(steps)],
    ...(compatibility === undefined ? {} : { compatibility }),
  })
  return run
}

test("every option has a test of its own below, and upstream's is all of them", () => {
  expect(Object.keys(upstreamCompatibility)).toEqual([
    "exitHookIgnoresExpression",
    "backoffNeedsLimit",
    "hooksAreOutbound",
    "textResultsFail",
    "missingReferencesWait",
    "controlCharactersFail",
  ])
  expect(Object.values(upstreamCompatibility).every((is) => is)).toBe(true)
})

describe("exitHookIgnoresExpression", () => {
  const hooked = (expression: string) =>
    workflow([leaf("main"), leaf("tell")], { hooks: { exit: { template: "tell", expression } } })

  test("the workflow's exit hook runs where its expression holds", async () => {
    const told = await simulate(hooked('workflow.status == "Succeeded"'), undefined)
    expect(told.phases).toEqual(["wf Succeeded", "wf.onExit Succeeded"])
    const silent = await simulate(hooked('workflow.status == "Failed"'), undefined)
    expect(silent.phases).toEqual(["wf Succeeded"])
    expect(silent.status?.phase).toBe("Succeeded")
  })

  test("as upstream, it runs whatever the expression says", async () => {
    for (const expression of ['workflow.status == "Failed"', "nonsense.at.all"]) {
      const { phases, status } = await simulate(hooked(expression), {
        exitHookIgnoresExpression: true,
      })
      expect(phases).toEqual(["wf Succeeded", "wf.onExit Succeeded"])
      expect(status?.phase).toBe("Succeeded")
    }
  })

  test("an expression that cannot be told makes the entry node an Error", async () => {
    const { phases, status } = await simulate(hooked("nonsense.at.all"), undefined)
    expect(phases).toEqual(["wf Error"])
    expect(status?.phase).toBe("Error")
    expect(status?.message).toContain("nonsense")
  })
})

describe("backoffNeedsLimit", () => {
  const retried = (limit?: number) =>
    workflow([
      leaf("main", {
        retryStrategy: {
          ...(limit === undefined ? {} : { limit }),
          backoff: { duration: "1m", maxDuration: "10m" },
        },
      }),
    ])
  const fails: readonly OutcomeRule[] = [
    { template: "main", attempts: [0], phase: "Failed", duration: "1s" } as OutcomeRule,
    { template: "main", duration: "1s" },
  ]
  const gap = async (limit: number | undefined, compatibility: Compatibility | undefined) => {
    const { find } = await simulate(retried(limit), compatibility, fails)
    const at = (name: string, field: "startedAt" | "finishedAt") =>
      Date.parse(find(name)?.[field] ?? "")
    return at("wf(1)", "startedAt") - at("wf(0)", "finishedAt")
  }

  test("a back-off waits, limit or not", async () => {
    expect([await gap(undefined, undefined), await gap(3, undefined)]).toEqual([60_000, 60_000])
  })

  test("as upstream, without a limit there is no wait", async () => {
    const compatibility = { backoffNeedsLimit: true }
    expect(await gap(undefined, compatibility)).toBe(0)
    expect(await gap(3, compatibility)).toBe(60_000)
  })
})

describe("hooksAreOutbound", () => {
  const hooks = { done: { expression: 'tasks["a"].status == "Succeeded"', template: "leaf" } }
  const manifest = workflow([
    {
      name: "main",
      dag: {
        tasks: [
          { name: "a", template: "again", hooks },
          { name: "b", template: "leaf", depends: "a" },
        ],
      },
    },
    leaf("again", { retryStrategy: { limit: 1 } }),
    leaf("leaf"),
  ])

  test("what follows a retried task is attached to its last attempt", async () => {
    const { children } = await simulate(manifest, undefined)
    expect(children("wf.a(0)")).toEqual(["wf.b"])
    expect(children("wf.a.hooks.done")).toBeUndefined()
  })

  test("as upstream, it is attached to the last child, the hook", async () => {
    const { children, status } = await simulate(manifest, { hooksAreOutbound: true })
    expect(children("wf.a(0)")).toBeUndefined()
    expect(children("wf.a.hooks.done")).toEqual(["wf.b"])
    expect(status?.phase).toBe("Succeeded")
  })
})

describe("textResultsFail", () => {
  const manifest = workflow([
    {
      name: "main",
      steps: [
        [{ name: "a", template: "say", withItems: ["hello", "2"], arguments: given("{{item}}") }],
        [{ name: "b", template: "say", arguments: given("{{steps.a.outputs.result}}") }],
      ],
    },
    leaf("say", { inputs: { parameters: [{ name: "text" }] } }),
  ])
  const steps: StepFunctions = { say: ({ parameters }) => parameters["text"] ?? "" }

  test("a result that is no JSON is a text", async () => {
    const { status } = await (await run(manifest, steps, undefined)).done
    const b = Object.values(status?.nodes ?? {}).find(({ name }) => name === "wf[1].b")
    expect(b?.outputs?.result).toBe('["hello",2]')
  })

  test("as upstream, who asks for the aggregate fails", async () => {
    const { status } = await (await run(manifest, steps, { textResultsFail: true })).done
    expect(status?.phase).toBe("Failed")
    const group = Object.values(status?.nodes ?? {}).find(({ name }) => name === "wf[1]")
    expect(group).toMatchObject({
      phase: "Error",
      message: "invalid character 'h' looking for beginning of value",
    })
  })
})

function given(value: string) {
  return { parameters: [{ name: "text", value }] }
}

describe("missingReferencesWait", () => {
  const manifest = (spec: Partial<WorkflowSpec> = {}) =>
    workflow(
      [
        {
          name: "main",
          dag: {
            tasks: [
              { name: "a", template: "say", arguments: given("x") },
              {
                name: "b",
                template: "say",
                depends: "a",
                arguments: given("{{tasks.a.outputs.result}}"),
              },
            ],
          },
        },
        leaf("say", { inputs: { parameters: [{ name: "text" }] } }),
      ],
      spec,
    )
  const steps: StepFunctions = { say: () => undefined }

  test("what names an output that never appears fails at once", async () => {
    const { status } = await (await run(manifest(), steps, undefined)).done
    const b = Object.values(status?.nodes ?? {}).find(({ name }) => name === "wf.b")
    expect(b).toMatchObject({
      phase: "Error",
      message: "failed to resolve {{tasks.a.outputs.result}}",
    })
    expect(status?.phase).toBe("Error")
  })

  test("as upstream, it is put off until the workflow is ended, and says so", async () => {
    const opened = await run(manifest(), steps, { missingReferencesWait: true })
    while (opened.workflow().status?.progress !== "1/1") {
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(opened.explain()).toEqual(["b is put off: failed to resolve {{tasks.a.outputs.result}}"])
    opened.send({ type: "Shutdown", strategy: "Terminate" })
    const { status } = await opened.done
    expect(status).toMatchObject({ phase: "Failed", message: "Stopped with strategy 'Terminate'" })
    expect(Object.values(status?.nodes ?? {}).map(({ name }) => name)).toEqual(["wf", "wf.a"])
  })

  test("a deadline ends what is put off", async () => {
    const clock = createVirtualClock()
    const opened = await openRun(manifest({ activeDeadlineSeconds: 60 }), {
      executors: [functionExecutor(steps)],
      compatibility: { missingReferencesWait: true },
      clock,
    })
    await clock.advance(59_000)
    expect(opened.workflow().status?.phase).toBe("Running")
    await clock.advance(2000)
    expect(opened.workflow().status?.phase).toBe("Error")
  })
})

describe("controlCharactersFail", () => {
  const manifest = workflow(
    [
      {
        name: "main",
        steps: [[{ name: "a", template: "say", arguments: given("{{workflow.parameters.bell}}") }]],
      },
      leaf("say", { inputs: { parameters: [{ name: "text" }] } }),
    ],
    { arguments: { parameters: [{ name: "bell", value: "ding\u0007\ttab" }] } },
  )
  const steps: StepFunctions = { say: ({ parameters }) => parameters["text"] ?? "" }

  test("values are inserted as they are", async () => {
    const { status } = await (await run(manifest, steps, undefined)).done
    const a = Object.values(status?.nodes ?? {}).find(({ name }) => name === "wf[0].a")
    expect(a?.outputs?.result).toBe("ding\u0007\ttab")
  })

  test("as upstream, what Go quotes and JSON does not know fails; tabs and line ends do not", async () => {
    const compatibility = { controlCharactersFail: true }
    const { status } = await (await run(manifest, steps, compatibility)).done
    const group = Object.values(status?.nodes ?? {}).find(({ name }) => name === "wf[0]")
    expect(group).toMatchObject({
      phase: "Error",
      message: "invalid character 'a' in string escape code",
    })
    const tame = {
      ...manifest.spec,
      arguments: { parameters: [{ name: "bell", value: "a\tb\n" }] },
    }
    const good = await (await run({ ...manifest, spec: tame }, steps, compatibility)).done
    expect(good.status?.phase).toBe("Succeeded")
  })
})

test("what ends well ends the same either way", async () => {
  const manifest = workflow([
    { name: "main", steps: [[{ name: "a", template: "leaf", withItems: [1, 2] }]] },
    leaf("leaf"),
  ])
  const [ours, theirs] = await Promise.all(both.map((each) => simulate(manifest, each)))
  expect(theirs?.status).toEqual(ours?.status)
})
