import { epochMs, type JsonObject, type JsonValue } from "@argo-ts/kernel"
import { applyMergePatch } from "@argo-ts/kernel/merge"
import { fc, test } from "@fast-check/vitest"
import { expect } from "vitest"
import {
  decideWorkflow,
  foldStatus,
  type NodeStatus,
  type ObservedNodes,
  openWorkflow,
  parseWorkflow,
  retryWorkflow,
  type WorkflowStatus,
} from "../src/index.js"
import { statusPatch } from "../src/kubernetes/status-patch.js"
import { workflows, workflowsWith } from "./arbitrary.js"
import { endOf, json, type Look, openAt0, picker, picks, play } from "./world.js"

const seeds = fc.nat(100_000)
function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) freeze(inner)
  }
  return value
}

test.prop([workflows])("generated workflows are valid", (workflow) => {
  expect(parseWorkflow(workflow)).toMatchObject({ ok: true })
})

test.prop([workflows, seeds, picks])(
  "every run ends, and every node with it",
  (workflow, seed, stream) => {
    const { status } = play(openAt0(freeze(workflow)), seed, { pick: picker(stream) })
    expect(status.phase).toMatch(/Succeeded|Failed|Error/)
    for (const node of Object.values(status.nodes ?? {})) {
      expect(node.phase).not.toMatch(/Pending|Running/)
      expect(node.finishedAt).toBeDefined()
    }
  },
)

test.prop([workflows, seeds])(
  "the same events give the same status, byte for byte",
  (workflow, seed) => {
    const once = play(openAt0(workflow), seed, { pick: () => 0 })
    const twice = play(openAt0(workflow), seed, { pick: () => 0 })
    expect(JSON.stringify(twice.status)).toBe(JSON.stringify(once.status))
  },
)

test.prop([workflows, seeds, picks])(
  "folding the changes gives the status",
  (workflow, seed, stream) => {
    const open = openAt0(workflow)
    const fold = foldStatus()
    fold.apply(json(open.opened.changes))
    const { moments, statuses } = play(openAt0(workflow), seed, { pick: picker(stream) })
    expect(fold.status()).toEqual(statuses[0])
    for (const [index, { event, at }] of moments.entries()) {
      fold.apply(json(open.handle(event, at).changes))
      expect(fold.status()).toEqual(statuses[index + 1])
    }
  },
)

test.prop([workflows, seeds, picks, fc.boolean()])(
  "an object that is patched with what changed has the engine's status",
  (workflow, seed, stream, isWild) => {
    const open = openAt0(workflow)
    let stored: JsonValue = {}
    const look: Look = (_open, _moment, changes) => {
      stored = applyMergePatch(stored, json(statusPatch("uid", changes, open)))
      const { status } = stored as { readonly status: JsonObject }
      expect({ nodes: {}, ...status }).toEqual(json(open.status()))
    }
    play(open, seed, { pick: picker(stream), isWild, look })
  },
)

test.prop([workflows, seeds, picks])(
  "what has ended never changes again",
  (workflow, seed, stream) => {
    const { statuses } = play(openAt0(workflow), seed, { pick: picker(stream) })
    for (const [index, status] of statuses.entries()) {
      const next = statuses[index + 1]
      for (const node of Object.values(status.nodes ?? {})) {
        if (node.finishedAt === undefined || next === undefined) continue
        const later = next.nodes?.[node.id]
        expect(later?.phase).toBe(node.phase)
        expect(later?.finishedAt).toBe(node.finishedAt)
      }
    }
  },
)

test.prop([workflows, seeds])("an acknowledgement alone asks for nothing but hooks", (workflow) => {
  const first = decideWorkflow(workflow, {}, { now: epochMs(0) })
  const seen = Object.fromEntries(first.actions.map(({ node }) => [node, "Running" as const]))
  const second = decideWorkflow({ ...workflow, status: json(first.status) }, seen, {
    now: epochMs(0),
  })
  // Locks and caches have not answered, and are asked again.
  const asked = second.actions.filter(
    (action) =>
      action.type !== "Acquire" &&
      action.type !== "Recall" &&
      (action.type !== "Start" || !action.nodeName.includes(".hooks.")),
  )
  expect(asked).toEqual([])
})

/** Those that need no answers but of steps. */
const plain = workflowsWith({
  locks: false,
  memo: false,
  waits: false,
  failFast: false,
  deadlines: false,
})

test.prop([plain, seeds])(
  "stateless decisions, each from JSON, come to the same end",
  (workflow, seed) => {
    let object = workflow
    let now = 0
    const observed: { [id: string]: ObservedNodes[string] } = {}
    for (let round = 0; round < 500 && object.status?.finishedAt === undefined; round++) {
      const decided = decideWorkflow(object, observed, { now: epochMs(now) })
      object = { ...workflow, status: json(decided.status) }
      for (const action of decided.actions) {
        if (action.type === "Stop") observed[action.node] = { phase: "Failed" }
        if (action.type !== "Start") continue
        const outcome = endOf(action, seed)
        const isReady = action.template.daemon === true && outcome.phase === "Succeeded"
        observed[action.node] = isReady ? { podIP: "10.0.0.1" } : outcome
      }
      now = decided.actions.length > 0 ? now + 1000 : Math.max(now, decided.wakeAt ?? now)
    }
    const whole = play(openAt0(workflow), seed, { pick: () => 0 })
    expect(object.status?.phase).toBe(whole.status.phase)
  },
)

test.prop([workflows, fc.jsonValue(), fc.nat(1000)])(
  "whatever a stored status holds, opening it does not throw",
  (workflow, junk, where) => {
    const { statuses } = play(openAt0(workflow), 1, { pick: () => 0 })
    const status = json(statuses[where % statuses.length] as WorkflowStatus)
    const nodes = Object.values(status.nodes ?? {}) as {
      -readonly [Key in keyof NodeStatus]: NodeStatus[Key]
    }[]
    const node = nodes[where % nodes.length]
    if (node !== undefined) {
      node.phase = (["Running", "Succeeded", "Failed", "Omitted"] as const)[where % 4] ?? "Running"
      node.message = JSON.stringify(junk)
    }
    const open = openWorkflow({ ...workflow, status }, { now: epochMs(0) })
    open.handle({ type: "Tick" }, epochMs(1_000_000))
    expect(open.status().nodes).toBeDefined()
  },
)

test.prop([fc.json()])("no manifest makes the parser throw", (text) => {
  expect(parseWorkflow(JSON.parse(text))).toHaveProperty("ok")
})

test.prop([workflows, fc.jsonValue(), fc.nat(10_000)])(
  "no mutation makes the parser throw",
  (workflow, junk, where) => {
    const mutant = json(workflow) as unknown as { [key: string]: unknown }
    let at: { [key: string]: unknown } = mutant
    for (let left = where; ; ) {
      const keys = Object.keys(at)
      const key = keys[left % keys.length]
      if (key === undefined) break
      const inner = at[key]
      left = Math.floor(left / Math.max(1, keys.length))
      if (left === 0 || typeof inner !== "object" || inner === null) {
        at[key] = junk
        break
      }
      at = inner as { [key: string]: unknown }
    }
    const parsed = parseWorkflow(mutant)
    if (parsed.ok)
      play(openAt0({ ...parsed.value, metadata: { name: "wf" } }), 1, { pick: () => 0 })
  },
)

test.prop([workflows, seeds])(
  "a retried workflow ends, keeps what succeeded, and leaves no edge to nowhere",
  (workflow, seed) => {
    const { status } = play(openAt0(workflow), seed, { pick: () => 0 })
    const retried = retryWorkflow({ ...workflow, status }, epochMs(3_600_000))
    if (!retried.ok) {
      expect(status.phase).toBe("Succeeded")
      return
    }
    const nodes = retried.value.status?.nodes ?? {}
    for (const { boundaryID, children = [], outboundNodes = [] } of Object.values(nodes)) {
      for (const id of [...children, ...outboundNodes]) expect(nodes).toHaveProperty([id])
      if (boundaryID !== undefined) expect(nodes).toHaveProperty([boundaryID])
    }
    const again = play(openAt0(retried.value), seed + 1, { pick: () => 0, from: 3_600_000 })
    expect(again.status.phase).toMatch(/Succeeded|Failed|Error/)
    for (const { id, type, phase, startedAt } of Object.values(nodes)) {
      if (type === "Pod" && phase === "Succeeded") {
        expect(again.status.nodes?.[id]?.startedAt).toBe(startedAt)
      }
    }
  },
)
