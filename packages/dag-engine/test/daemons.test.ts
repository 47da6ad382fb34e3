import { epochMs } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import {
  type Action,
  functionExecutor,
  type NodeStatus,
  type OpenWorkflow,
  openWorkflow,
  runWorkflow,
  type Template,
  type Workflow,
  type WorkflowStatus,
  type WorkflowStep,
} from "../src/index.js"
import { simulateWorkflow } from "../src/testing/index.js"

const container = { image: "alpine", command: ["true"] }
const leaf: Template = { name: "leaf", container }
const client: Template = {
  name: "client",
  inputs: { parameters: [{ name: "at" }] },
  container,
}
const daemon: Template = { name: "daemon", container, daemon: true }

function workflow(templates: readonly Template[], more: Partial<Workflow["spec"]> = {}): Workflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "wf" },
    spec: { entrypoint: templates[0]?.name ?? "", templates, ...more },
  }
}

const graph: Template = {
  name: "main",
  dag: {
    tasks: [
      { name: "db", template: "daemon" },
      {
        name: "ask",
        template: "client",
        depends: "db.Daemoned",
        arguments: { parameters: [{ name: "at", value: "http://{{tasks.db.ip}}:80" }] },
      },
      { name: "after", template: "leaf", depends: "ask && db" },
    ],
  },
}

function byName(status: WorkflowStatus | undefined, name: string): NodeStatus | undefined {
  return Object.values(status?.nodes ?? {}).find((node) => node.name === name)
}

interface Hand {
  readonly open: OpenWorkflow
  /** What was asked for since the last look: `Start wf.db`. */
  asked(): readonly string[]
  ready(name: string): void
  finish(name: string, phase?: "Succeeded" | "Failed"): void
  node(name: string): NodeStatus | undefined
}

function byHand(object: Workflow): Hand {
  const open = openWorkflow(object, { now: epochMs(0) })
  let asked: Action[] = [...open.pending()]
  const nameOf = (id: string): string => open.node(id)?.name ?? id
  const idOf = (name: string): string => byName(open.status(), name)?.id ?? ""
  const send = (event: Parameters<OpenWorkflow["handle"]>[0]): void => {
    asked.push(...open.handle(event, epochMs(1000)).actions)
  }
  return {
    open,
    asked() {
      const words = asked.map(({ type, node }) => `${type} ${nameOf(node)}`)
      asked = []
      return words
    },
    ready: (name) => send({ type: "Ready", node: idOf(name), podIP: "10.1.2.3" }),
    finish: (name, phase = "Succeeded") =>
      send({ type: "Finished", node: idOf(name), outcome: { phase, exitCode: "7" } }),
    node: (name) => byName(open.status(), name),
  }
}

test("whoever waits for a daemon goes on when it is ready; it is ended with its body", () => {
  const hand = byHand(workflow([graph, daemon, client, leaf]))
  expect(hand.asked()).toEqual(["Start wf.db"])
  hand.ready("wf.db")
  expect(hand.asked()).toEqual(["Start wf.ask"])
  expect(hand.node("wf.db")).toMatchObject({ phase: "Running", daemoned: true, podIP: "10.1.2.3" })
  expect(hand.node("wf.ask")?.inputs?.parameters).toEqual([
    { name: "at", value: "http://10.1.2.3:80" },
  ])
  hand.finish("wf.ask")
  hand.finish("wf.after")
  expect(hand.asked()).toEqual(["Start wf.after", "Stop wf.db"])
  // The body is done; the workflow waits for the daemon to be gone.
  expect(hand.node("wf")).toMatchObject({ phase: "Succeeded" })
  expect(hand.open.isDone()).toBe(false)
  expect(hand.open.explain(epochMs(1000))).toEqual(["db was told to end; waiting for its end"])
  hand.finish("wf.db", "Failed")
  expect(hand.open.isDone()).toBe(true)
  const { phase, progress } = hand.open.status()
  expect({ phase, progress }).toEqual({ phase: "Succeeded", progress: "3/3" })
  expect(hand.node("wf.db")).toMatchObject({ phase: "Succeeded" })
  expect(hand.node("wf.db")).not.toHaveProperty("daemoned")
})

test("a daemon that ends by itself has failed, and what depends on it plainly is omitted", () => {
  const hand = byHand(workflow([graph, daemon, client, leaf]))
  hand.ready("wf.db")
  hand.finish("wf.db")
  hand.finish("wf.ask")
  expect(hand.node("wf.db")).toMatchObject({ phase: "Failed", outputs: { exitCode: "7" } })
  expect(hand.node("wf.after")).toMatchObject({ phase: "Omitted" })
  expect(hand.open.isDone()).toBe(true)
  // What it was ready for came to nothing: it is done no longer.
  expect(hand.open.status().progress).toBe("1/2")
  expect(hand.node("wf.db")?.progress).toBe("0/1")
})

test("a daemon that never gets ready fails like any step", () => {
  const hand = byHand(workflow([graph, daemon, client, leaf]))
  hand.finish("wf.db", "Failed")
  expect(hand.node("wf.ask")).toMatchObject({ phase: "Omitted" })
  expect(hand.open.status()).toMatchObject({ phase: "Failed", progress: "0/1" })
})

test("a retried daemon is begun again while others work, and its body waits for none of it", () => {
  const retried = { ...daemon, retryStrategy: { limit: 1 } }
  const hand = byHand(workflow([graph, retried, client, leaf]))
  expect(hand.asked()).toEqual(["Start wf.db(0)"])
  hand.ready("wf.db(0)")
  expect(hand.node("wf.db")).toMatchObject({ type: "Retry", phase: "Running", daemoned: true })
  hand.finish("wf.db(0)", "Failed")
  expect(hand.asked()).toEqual(["Start wf.ask", "Start wf.db(1)"])
  expect(hand.node("wf.db")).not.toHaveProperty("daemoned")
  hand.ready("wf.db(1)")
  hand.finish("wf.ask")
  hand.finish("wf.after")
  hand.finish("wf.db(1)", "Failed")
  expect(hand.open.isDone()).toBe(true)
  expect(hand.node("wf.db")).toMatchObject({ phase: "Succeeded" })
  expect(hand.node("wf.db(0)")).toMatchObject({ phase: "Failed" })
})

test("steps: the next group starts beside the daemon of the one before", () => {
  const steps: Template = {
    name: "main",
    steps: [[{ name: "db", template: "daemon" }], [{ name: "use", template: "leaf" }]],
  }
  const hand = byHand(workflow([steps, daemon, leaf]))
  hand.ready("wf[0].db")
  expect(hand.asked()).toEqual(["Start wf[0].db", "Start wf[1].use"])
  expect(hand.node("wf[0]")).toMatchObject({ phase: "Succeeded" })
  hand.finish("wf[1].use")
  expect(hand.asked()).toEqual(["Stop wf[0].db"])
  hand.finish("wf[0].db")
  expect(hand.open.status()).toMatchObject({ phase: "Succeeded" })
})

describe("steps whose daemon falls", () => {
  const served = (more: Partial<WorkflowStep> = {}): Template => ({
    name: "main",
    steps: [
      [{ name: "db", template: "daemon", ...more }],
      [{ name: "use", template: "leaf" }],
      [{ name: "after", template: "leaf" }],
    ],
  })

  test("let run what runs, begin nothing more, and end with it", () => {
    const hand = byHand(workflow([served(), daemon, leaf]))
    hand.ready("wf[0].db")
    hand.finish("wf[0].db", "Failed")
    expect(hand.node("wf")).toMatchObject({ phase: "Running" })
    hand.finish("wf[1].use")
    const message = `child '${hand.node("wf[0].db")?.id}' failed`
    expect(hand.node("wf[1]")).toMatchObject({ phase: "Succeeded" })
    expect(hand.node("wf[2]")).toBe(undefined)
    expect(hand.open.status()).toMatchObject({ phase: "Failed", message })
  })

  test("end so too where the workflow is opened again in between", () => {
    const object = workflow([served(), daemon, leaf])
    const first = byHand(object)
    first.ready("wf[0].db")
    first.finish("wf[0].db", "Failed")
    const again = byHand({ ...object, status: first.open.status() })
    expect(again.node("wf[1].use")).toMatchObject({ phase: "Pending" })
    again.finish("wf[1].use")
    first.finish("wf[1].use")
    expect(again.open.status()).toEqual(first.open.status())
  })

  test("go on where its step is forgiven, or its retry makes up for it", () => {
    const forgiven = byHand(workflow([served({ continueOn: { failed: true } }), daemon, leaf]))
    forgiven.ready("wf[0].db")
    forgiven.finish("wf[0].db", "Failed")
    forgiven.finish("wf[1].use")
    forgiven.finish("wf[2].after")
    expect(forgiven.open.status()).toMatchObject({ phase: "Succeeded" })
    const retried = byHand(workflow([served(), { ...daemon, retryStrategy: { limit: 1 } }, leaf]))
    retried.ready("wf[0].db(0)")
    retried.finish("wf[0].db(0)", "Failed")
    retried.finish("wf[1].use")
    expect(retried.node("wf[2].after")).toMatchObject({ phase: "Pending" })
    retried.ready("wf[0].db(1)")
    retried.finish("wf[0].db(1)", "Failed")
    retried.finish("wf[2].after")
    expect(retried.node("wf")).toMatchObject({ phase: "Failed" })
  })

  test("of a loop, as of any other", () => {
    const hand = byHand(workflow([served({ withItems: ["x", "y"] }), daemon, leaf]))
    hand.ready("wf[0].db(0:x)")
    hand.ready("wf[0].db(1:y)")
    hand.finish("wf[0].db(1:y)", "Failed")
    hand.finish("wf[1].use")
    expect(hand.node("wf")).toMatchObject({
      phase: "Failed",
      message: `child '${hand.node("wf[0].db(1:y)")?.id}' failed`,
    })
  })
})

test("a daemon's own deadline ends it though it is ready", () => {
  const limited = { ...daemon, activeDeadlineSeconds: 5 }
  const { open, ready, asked, node } = byHand(workflow([graph, limited, client, leaf]))
  ready("wf.db")
  asked()
  const late = open.handle({ type: "Tick" }, epochMs(6000))
  expect(late.actions).toMatchObject([{ type: "Stop" }])
  expect(node("wf.db")).toMatchObject({ phase: "Failed", taskResultSynced: false })
})

test("Stop ends daemons with the body around them", () => {
  const hand = byHand(workflow([graph, daemon, client, leaf]))
  hand.ready("wf.db")
  hand.asked()
  hand.open.handle({ type: "Shutdown", strategy: "Stop" }, epochMs(2000))
  hand.finish("wf.ask", "Failed")
  expect(hand.asked()).toEqual(["Stop wf.db"])
  hand.finish("wf.db", "Failed")
  expect(hand.open.status()).toMatchObject({ phase: "Failed" })
})

test("simulated, daemons are ready after their time and end with what they served", async () => {
  const ran = await simulateWorkflow(workflow([graph, daemon, client, leaf]), {
    outcomes: [{ template: "daemon", duration: "30s" }],
  })
  expect(ran.status).toMatchObject({ phase: "Succeeded", finishedAt: "1970-01-01T00:00:32Z" })
  expect(byName(ran.status, "wf.ask")?.startedAt).toBe("1970-01-01T00:00:30Z")
})

test("a function is a daemon from `ready` until it is aborted", async () => {
  const log: string[] = []
  const ran = await runWorkflow(workflow([graph, daemon, client, leaf]), {
    executors: [
      functionExecutor({
        async daemon({ ready, signal }) {
          ready("10.9.9.9")
          await new Promise((resolve) => signal.addEventListener("abort", resolve))
          log.push("daemon ended")
        },
        client({ parameters }) {
          log.push(`asked ${parameters["at"]}`)
        },
        leaf() {
          log.push("after")
        },
      }),
    ],
  })
  expect(ran.status?.phase).toBe("Succeeded")
  expect(log).toEqual(["asked http://10.9.9.9:80", "after", "daemon ended"])
})

test("a daemon that was never ready, and is ended with its body, ends the workflow when it is gone", () => {
  const retried = { ...daemon, retryStrategy: { limit: 1 } }
  const hand = byHand(workflow([graph, retried, client, leaf]))
  hand.ready("wf.db(0)")
  hand.finish("wf.db(0)", "Failed")
  hand.finish("wf.ask")
  hand.finish("wf.after")
  expect(hand.node("wf")).toMatchObject({ phase: "Succeeded" })
  expect(hand.node("wf.db(1)")).toMatchObject({ phase: "Succeeded", taskResultSynced: false })
  expect(hand.open.isDone()).toBe(false)
  hand.finish("wf.db(1)", "Failed")
  expect(hand.open.isDone()).toBe(true)
})

test("a daemon that is begun again has served: what waits for another one too goes on after reopening", () => {
  const both: Template = {
    name: "main",
    dag: {
      tasks: [
        { name: "one", template: "daemon" },
        { name: "two", template: "daemon" },
        { name: "use", template: "leaf", depends: "one && two" },
      ],
    },
  }
  const object = workflow([both, { ...daemon, retryStrategy: { limit: 1 } }, leaf])
  const hand = byHand(object)
  hand.ready("wf.two(0)")
  hand.finish("wf.two(0)", "Failed")
  const again = byHand({ ...object, status: hand.open.status() })
  again.asked()
  again.ready("wf.one(0)")
  expect(again.asked()).toEqual(["Start wf.use"])
})

test("the hooks of a daemon were asked when it was ready: opened again after its fall, it starts none", () => {
  const told: Template = {
    name: "main",
    dag: {
      tasks: [
        {
          name: "db",
          template: "daemon",
          hooks: { fell: { expression: 'tasks["db"].status == "Failed"', template: "leaf" } },
        },
        { name: "long", template: "leaf" },
      ],
    },
  }
  const object = workflow([told, daemon, leaf])
  const hand = byHand(object)
  hand.ready("wf.db")
  hand.finish("wf.db", "Failed")
  const status = hand.open.status()
  expect(byHand({ ...object, status }).open.status()).toEqual(status)
})
