import { epochMs } from "@argo-ts/kernel"
import { fc, test } from "@fast-check/vitest"
import { expect } from "vitest"
import {
  type NodeStatus,
  type OpenWorkflow,
  openWorkflow,
  type Workflow,
  type WorkflowSpec,
  type WorkflowStatus,
} from "../src/index.js"
import { askingForEnds, type Features, workflowsWith } from "./arbitrary.js"
import { json, openAt0, picker, picks, play, shapeOf } from "./world.js"

/*
 * What the order in which things end may change, and what it may not. Two plays of a workflow have the same outcomes, node by
 * node, and differ in what ends when. Then
 *
 * - everything is the same but instants, and the order of children, whatever locks, caches and limits there are;
 * - with `failFast` of a template it decides how much is begun before the failure is seen: nodes that both plays have are
 *   the same;
 * - a limit of N never lets more than N run, and what runs are the steps that would run without it, as many as there is room for.
 *
 * Left out, because they ask for the order: hooks that look at whether something is running while that depends on a limit,
 * deadlines, daemons under a limit (they keep the room that those after them need), and people who suspend or stop.
 */

/** `PROPERTY_RUNS=5000` for many more. */
const numRuns = Number(process.env["PROPERTY_RUNS"] ?? 60)
/** The ordinary run draws the same cases every time: it says whether something broke. Those who search set PROPERTY_RUNS. */
const isSearch = process.env["PROPERTY_RUNS"] !== undefined
const tried = { numRuns, timeout: 600_000, ...(isSearch ? {} : { seed: 1 }) }
const seeds = fc.nat(100_000)

/** No hook asks whether something is running. */
function settled(given: Partial<Features>): fc.Arbitrary<Workflow> {
  return workflowsWith({ deadlines: false, ...given }).map(askingForEnds)
}

function shapes({ nodes = {} }: WorkflowStatus): ReadonlyMap<string, unknown> {
  return new Map(Object.values(nodes).map((node) => [node.id, shapeOf(node)]))
}

function byId(map: ReadonlyMap<string, unknown>): unknown {
  return Object.fromEntries([...map].sort(([left], [right]) => (left < right ? -1 : 1)))
}

/** Which of those that remember the same is first decides who runs: with it goes what is below. */
const orderly: Partial<Features> = { failFast: false, memo: false }

test.prop([settled(orderly), seeds, picks, picks], tried)(
  "the order in which things end changes nothing but instants",
  (workflow, seed, one, two) => {
    const first = play(openAt0(workflow), seed, { pick: picker(one) })
    const second = play(openAt0(workflow), seed, { pick: picker(two), stepMs: 300 })
    expect(byId(shapes(second.status))).toEqual(byId(shapes(first.status)))
    expect(second.status.phase).toBe(first.status.phase)
  },
)

test.prop([settled({ failFast: false, memo: true }), seeds, picks, picks], tried)(
  "nor does it with caches, but for who was the first to be remembered",
  (workflow, seed, one, two) => {
    const outcome = ({ nodes = {}, phase }: WorkflowStatus): unknown => ({
      phase,
      units: Object.values(nodes)
        .filter(({ templateName }) => (templateName ?? "").startsWith("known"))
        .map(({ name, phase: ended, outputs }) => `${name} ${ended} ${outputs?.result ?? ""}`)
        .sort(),
    })
    const first = play(openAt0(workflow), seed, { pick: picker(one) })
    const second = play(openAt0(workflow), seed, { pick: picker(two) })
    expect(outcome(second.status)).toEqual(outcome(first.status))
  },
)

/** Whether a failure that does not count cuts its body short depends on whether it is the last thing to happen there. */
const strict = settled({ failFast: true, memo: false, hooks: false }).map((workflow) => {
  const told = JSON.stringify(workflow.spec).replaceAll(/"continueOn":\{[^}]*\},?/g, "")
  return { ...workflow, spec: JSON.parse(told.replaceAll(",}", "}")) as WorkflowSpec }
})

test.prop([strict, seeds, picks, picks], tried)(
  "where a failure lets nothing new begin, the workflow ends alike, and nodes that are there both times do",
  (workflow, seed, one, two) => {
    // A DAG that is cut short is Failed; the same DAG with all its tasks takes their phase, which may be Error.
    const orFailed = (phase: string | undefined) => (phase === "Error" ? "Failed" : phase)
    const isBody = (type: string): boolean => type === "DAG" || type === "Steps"
    const end = (status: WorkflowStatus): ReadonlyMap<string, string> =>
      new Map(
        Object.values(status.nodes ?? {})
          // An attempt that is not made any more, or a group that is cut short, says so.
          .filter(({ type }) => type !== "Retry" && type !== "TaskGroup" && type !== "StepGroup")
          .map(({ id, name, type, phase }) => [
            id,
            `${name} ${isBody(type) ? orFailed(phase) : phase}`,
          ]),
      )
    const first = play(openAt0(workflow), seed, { pick: picker(one) })
    const second = play(openAt0(workflow), seed, { pick: picker(two) })
    expect(orFailed(second.status.phase)).toBe(orFailed(first.status.phase))
    const ends = end(second.status)
    for (const [id, told] of end(first.status)) if (ends.has(id)) expect(ends.get(id)).toBe(told)
  },
)

test.prop([settled(orderly), seeds], tried)(
  "the order of tasks in a dag changes nothing",
  (workflow, seed) => {
    const templates = (workflow.spec.templates ?? []).map((template) =>
      template.dag === undefined
        ? template
        : { ...template, dag: { ...template.dag, tasks: template.dag.tasks.toReversed() } },
    )
    const reversed = { ...workflow, spec: { ...workflow.spec, templates } }
    const one = play(openAt0(workflow), seed, { pick: () => 0 })
    const two = play(openAt0(reversed), seed, { pick: () => 0 })
    expect(byId(shapes(two.status))).toEqual(byId(shapes(one.status)))
  },
)

/** Pods that take up room: started, and not ended. */
function activePods(open: OpenWorkflow): readonly string[] {
  return open
    .pending()
    .flatMap((action) =>
      action.type === "Stop" || (action.type === "Start" && open.node(action.node)?.type === "Pod")
        ? [action.node]
        : [],
    )
}

/** The same without the workflow's limit. */
function unlimited({ parallelism: _limit, ...spec }: WorkflowSpec): WorkflowSpec {
  return spec
}

const limited: Partial<Features> = {
  limits: false,
  failFast: false,
  hooks: false,
  daemons: false,
  waits: false,
  memo: false,
  onExit: false,
}

test.prop(
  [settled({ ...limited, locks: false }), fc.integer({ min: 1, max: 4 }), seeds, picks],
  tried,
)(
  "under a limit run those who would run without it, as many as there is room for",
  (workflow, limit, seed, stream) => {
    const free = openAt0({ ...workflow, spec: unlimited(workflow.spec) })
    const bound = openAt0({ ...workflow, spec: { ...workflow.spec, parallelism: limit } })
    play(bound, seed, {
      pick: picker(stream),
      look(open, moment) {
        if (moment !== undefined) free.handle(moment.event, moment.at)
        const running = activePods(open)
        const could = new Set(activePods(free))
        expect(running.length).toBeLessThanOrEqual(limit)
        expect(running.filter((id) => !could.has(id))).toEqual([])
        expect(running).toHaveLength(Math.min(limit, could.size))
      },
    })
    expect(byId(shapes(bound.status()))).toEqual(byId(shapes(free.status())))
  },
)

test.prop(
  [settled({ ...limited, locks: true }), fc.integer({ min: 1, max: 3 }), seeds, picks],
  tried,
)(
  "with locks never more run than the limits and the locks say, and nobody is forgotten",
  (workflow, limit, seed, stream) => {
    const bound = openAt0({ ...workflow, spec: { ...workflow.spec, parallelism: limit } })
    play(bound, seed, {
      pick: picker(stream),
      look(open) {
        expect(activePods(open).length).toBeLessThanOrEqual(limit)
        const { mutex, semaphore } = open.status().synchronization ?? {}
        const mutexes = (mutex?.holding ?? []).map((each) => each.mutex)
        expect(mutexes).toEqual([...new Set(mutexes)])
        for (const { holders } of semaphore?.holding ?? []) {
          expect(holders?.length ?? 0).toBeLessThanOrEqual(2)
        }
      },
    })
  },
)

test.prop(
  [settled({ ...limited, limits: true, parallelism: undefined, locks: true }), seeds, picks],
  tried,
)("a template's limit counts the pods and bodies below it", (workflow, seed, stream) => {
  const limits = new Map(
    (workflow.spec.templates ?? []).map(({ name = "", parallelism }) => [name, parallelism]),
  )
  play(openAt0(workflow), seed, {
    pick: picker(stream),
    look(open) {
      const nodes = Object.values(open.status().nodes ?? {})
      const isOpen = ({ phase }: NodeStatus): boolean => phase === "Running" || phase === "Pending"
      for (const body of nodes.filter(({ type }) => type === "DAG" || type === "Steps")) {
        const limit = limits.get(body.templateName ?? "")
        if (limit === undefined) continue
        const inside = nodes.filter(
          (node) =>
            node.boundaryID === body.id && isOpen(node) && /^(Pod|DAG|Steps)$/.test(node.type),
        )
        expect(inside.length).toBeLessThanOrEqual(limit)
      }
    },
  })
})

test.prop([workflowsWith(), seeds, picks, fc.boolean()], tried)(
  "a pass at the same instant changes nothing, and neither does hearing everything twice",
  (workflow, seed, stream, isWild) => {
    const played = play(openAt0(workflow), seed, { pick: picker(stream), isWild })
    const open = openWorkflow(workflow, { now: epochMs(0) })
    void open.opened.changes
    for (const [index, { event, at }] of played.moments.entries()) {
      void open.handle(event, at).changes
      for (const again of [{ type: "Tick" } as const, event]) {
        // A daemon that is ready and ended are two things that its events say in one word.
        if (again.type === "Finished" && open.node(again.node)?.taskResultSynced === false) continue
        const still = open.handle(again, at)
        expect({ again, actions: still.actions }).toEqual({ again, actions: [] })
        expect({ again, changes: still.changes }).toEqual({ again, changes: [] })
      }
      expect(json(open.status())).toEqual(json(played.statuses[index + 1]))
    }
  },
)
