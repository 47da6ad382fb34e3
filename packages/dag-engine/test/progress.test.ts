import { epochMs } from "@argo-ts/kernel"
import { fc, test } from "@fast-check/vitest"
import { describe, expect } from "vitest"
import {
  foldStatus,
  type NodeStatus,
  openWorkflow,
  resubmitWorkflow,
  retryWorkflow,
  type Template,
  type Workflow,
  type WorkflowStatus,
} from "../src/index.js"
import { statusPatch } from "../src/kubernetes/status-patch.js"
import { simulateWorkflow } from "../src/testing/index.js"
import { workflows } from "./arbitrary.js"
import { json, type Look, openAt0, picker, picks, play } from "./world.js"

const leaf: Template = { name: "leaf", container: { image: "x" } }

function workflow(...templates: readonly Template[]): Workflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "wf", namespace: "default" },
    spec: { entrypoint: templates[0]?.name ?? "", templates: [...templates, leaf] },
  }
}

/** `progress` of every node by its name. */
function progressIn(status: WorkflowStatus | undefined): { readonly [name: string]: string } {
  const nodes = Object.values(status?.nodes ?? {})
  return Object.fromEntries(nodes.map(({ name, progress = "none" }) => [name, progress]))
}

const counted = new Set(["Pod", "HTTP", "Plugin", "Container", "Suspend"])

/** What everything below a node comes to, in plain words: each node once, whichever way leads to it. */
function sumBelow(nodes: { readonly [id: string]: NodeStatus }, id: string): string {
  const seen = new Set<string>()
  const total = { done: 0, all: 0 }
  const visit = (parent: string): void => {
    for (const child of nodes[parent]?.children ?? []) {
      if (seen.has(child)) continue
      seen.add(child)
      const { type = "Skipped", progress = "0/0" } = nodes[child] ?? {}
      const [done = 0, all = 0] = progress.split("/").map(Number)
      if (counted.has(type)) {
        total.done += done
        total.all += all
      }
      visit(child)
    }
  }
  visit(id)
  return total.all === 0 ? "none" : `${total.done}/${total.all}`
}

describe("progress of groups", () => {
  const inner: Template = {
    name: "inner",
    dag: {
      tasks: [
        { name: "a", template: "leaf" },
        { name: "b", template: "leaf", dependencies: ["a"] },
      ],
    },
  }
  const outer: Template = {
    name: "outer",
    steps: [
      [
        { name: "one", template: "inner" },
        { name: "two", template: "leaf" },
      ],
      [{ name: "loop", template: "leaf", withItems: ["x", "y"] }],
    ],
  }

  test("while it runs, a group tells of what runs in it; once all is over, of what came after it, too", () => {
    const open = openWorkflow(workflow(outer, inner), { now: epochMs(0) })
    const end = (name: string): void => {
      const node = Object.values(open.status().nodes ?? {}).find((each) => each.name === name)
      const outcome = { phase: "Succeeded" } as const
      open.handle({ type: "Finished", node: node?.id ?? "", outcome }, epochMs(0))
    }
    end("wf[0].two")
    end("wf[0].one.a")
    expect(progressIn(open.status())).toEqual({
      wf: "2/3",
      "wf[0]": "2/3",
      "wf[0].one": "1/2",
      "wf[0].one.a": "1/1",
      "wf[0].one.b": "0/1",
      "wf[0].two": "1/1",
    })
    end("wf[0].one.b")
    expect(progressIn(open.status())).toMatchObject({ wf: "3/5", "wf[0]": "3/3", "wf[1]": "0/2" })
    end("wf[1].loop(0:x)")
    end("wf[1].loop(1:y)")
    expect(progressIn(open.status())).toMatchObject({
      wf: "5/5",
      "wf[0]": "5/5",
      "wf[0].one": "4/4",
      "wf[1]": "2/2",
    })
  })

  test("tries and loops are groups as well, and what failed is not done", async () => {
    const tries: Template = {
      name: "tries",
      container: { image: "x" },
      retryStrategy: { limit: 1 },
    }
    const main: Template = {
      name: "main",
      dag: {
        tasks: [
          { name: "a", template: "tries" },
          { name: "b", template: "leaf", dependencies: ["a"], withItems: ["x", "y"] },
        ],
      },
    }
    const ended = await simulateWorkflow(workflow(main, tries), {
      outcomes: [{ node: "wf.a(0)", phase: "Failed" }],
    })
    expect(progressIn(ended.status)).toMatchObject({ wf: "3/4", "wf.a": "3/4", "wf.b": "2/2" })
  })

  test("at the end a group tells what pods took, as it tells how far they are; the exit handler is nobody's", () => {
    const manifest = workflow(outer, inner)
    const open = openWorkflow(
      { ...manifest, spec: { ...manifest.spec, onExit: "leaf" } },
      { now: epochMs(0) },
    )
    const outcome = { phase: "Succeeded", resourcesDuration: { cpu: 1, memory: 3 } } as const
    for (let actions = open.opened.actions; actions.length > 0; ) {
      actions = actions.flatMap((action) =>
        action.type === "Start"
          ? open.handle({ type: "Finished", node: action.node, outcome }, epochMs(0)).actions
          : [],
      )
    }
    const { resourcesDuration, nodes = {} } = open.status()
    expect(resourcesDuration).toEqual({ cpu: 6, memory: 18 })
    const took = Object.values(nodes).map((node) => [node.name, node.resourcesDuration?.["cpu"]])
    expect(Object.fromEntries(took)).toMatchObject({
      wf: 5,
      "wf[0]": 5,
      "wf[0].one": 4,
      "wf[0].two": 1,
      "wf[1]": 2,
      "wf.onExit": 1,
    })
  })

  test("the object is told in a word, and what else it says of the group stays", () => {
    const open = openWorkflow(workflow(inner), { now: epochMs(0) })
    const [start] = open.opened.actions
    void open.opened.changes
    const node = start?.type === "Start" ? start.node : ""
    const step = open.handle(
      { type: "Finished", node, outcome: { phase: "Succeeded" } },
      epochMs(1000),
    )
    const { status } = json(statusPatch("uid", step.changes, open)) as {
      readonly status: { readonly nodes: { readonly [id: string]: object } }
    }
    expect(status.nodes["wf"]).toEqual({ progress: "1/2" })
  })

  test("a daemon that falls is not done, and no matter of the group that follows it", () => {
    const serve: Template = { ...leaf, name: "serve", daemon: true }
    const steps = [[{ name: "d", template: "serve" }], [{ name: "a", template: "leaf" }]]
    const open = openWorkflow(workflow({ name: "main", steps }, serve), { now: epochMs(0) })
    const [start] = open.opened.actions
    const node = start?.type === "Start" ? start.node : ""
    open.handle({ type: "Ready", node, podIP: "10.0.0.1" }, epochMs(1000))
    expect(progressIn(open.status())).toMatchObject({ wf: "1/2", "wf[1]": "0/1" })
    const outcome = { phase: "Failed", message: "fell" } as const
    open.handle({ type: "Finished", node, outcome }, epochMs(2000))
    expect(progressIn(open.status())).toMatchObject({ wf: "0/2", "wf[1]": "0/1" })
  })

  test("a workflow that is tried or submitted again counts what is left", async () => {
    const failed = await simulateWorkflow(workflow(outer, inner), {
      outcomes: [{ node: "wf[1].loop(1:y)", phase: "Failed" }],
    })
    expect(progressIn(failed.status)).toMatchObject({ wf: "4/5", "wf[0]": "4/5" })
    const retried = retryWorkflow(failed, epochMs(0))
    const again = resubmitWorkflow(failed, epochMs(0), { name: "wf", memoized: true })
    for (const found of [retried, again]) {
      if (!found.ok) throw new Error("refused")
      const open = openWorkflow(found.value, { now: epochMs(0) })
      expect(progressIn(open.status())).toMatchObject({ wf: "4/5", "wf[1]": "1/2" })
    }
  })
})

/** `PROPERTY_RUNS=5000` for many more, drawn anew; the ordinary run draws the same every time. */
const searched = process.env["PROPERTY_RUNS"]
const tried =
  searched === undefined
    ? { numRuns: 100, seed: 1 }
    : { numRuns: Number(searched), timeout: 600_000 }

test.prop([workflows, fc.nat(100_000), picks, fc.boolean()], tried)(
  "a group that runs tells at every moment, and every group at the end, what everything below it comes to",
  (manifest, seed, stream, isWild) => {
    const { status, statuses } = play(openAt0(manifest), seed, { pick: picker(stream), isWild })
    for (const { nodes = {} } of statuses) {
      for (const { id, name, type, phase, podIP, progress = "none" } of Object.values(nodes)) {
        // Others go on behind a daemon that was ready once, however often it is tried.
        if (counted.has(type) || phase !== "Running" || podIP !== undefined) continue
        expect(`${name} ${progress}`).toBe(`${name} ${sumBelow(nodes, id)}`)
      }
    }
    const { nodes = {} } = status
    for (const { id, name, type, progress = "none" } of Object.values(nodes)) {
      if (!counted.has(type)) expect(`${name} ${progress}`).toBe(`${name} ${sumBelow(nodes, id)}`)
    }
  },
)

test.prop([workflows, fc.nat(100_000), picks], tried)(
  "`PodRunning` says at every moment whether a pod runs: in the status, and in what is saved of it",
  (manifest, seed, stream) => {
    const saved = foldStatus()
    const look: Look = (open, _moment, changes) => {
      saved.apply(changes)
      const { conditions, nodes = {} } = open.status()
      const isAny = Object.values(nodes).some((node) => isRunningPod(node))
      expect(conditions).toContainEqual({ type: "PodRunning", status: isAny ? "True" : "False" })
      expect(saved.status().conditions).toEqual(conditions)
    }
    play(openAt0(manifest), seed, { pick: picker(stream), isWild: true, look })
  },
)

function isRunningPod({ type, phase }: NodeStatus): boolean {
  return type === "Pod" && phase === "Running"
}
