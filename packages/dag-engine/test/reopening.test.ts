import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type EpochMs, epochMs } from "@argo-ts/kernel"
import { fc, test } from "@fast-check/vitest"
import { afterAll, expect } from "vitest"
import {
  type Action,
  functionExecutor,
  journalStore,
  memoryStore,
  type OpenWorkflow,
  openRun,
  openWorkflow,
  type Store,
  type Workflow,
  type WorkflowStatus,
} from "../src/index.js"
import { workflowFixture } from "../src/testing/index.js"
import { workflowsWith } from "./arbitrary.js"
import { json, type Look, openAt0, type Played, picker, picks, play, shapeOf } from "./world.js"

/** `PROPERTY_RUNS=2000` for many more; `PROPERTY_SIZE` for larger ones. */
const numRuns = Number(process.env["PROPERTY_RUNS"] ?? 30)
/** The ordinary run draws the same cases every time: it says whether something broke. Those who search set PROPERTY_RUNS. */
const isSearch = process.env["PROPERTY_RUNS"] !== undefined
const tried = { numRuns, timeout: 600_000, ...(isSearch ? {} : { seed: 1 }) }

const directory = mkdtempSync(join(tmpdir(), "argo-ts-reopening-"))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Somebody suspends and stops it. */
const wild = workflowsWith().map((workflow) => ({ workflow, isWild: true }))
const calm = workflowsWith().map((workflow) => ({ workflow, isWild: false }))
const cases = fc.record({ drawn: fc.oneof(wild, calm), seed: fc.nat(100_000), stream: picks })
/** With `failFast` the order in which steps are stopped decides which failure a body meets first. */
const orderly = workflowsWith({ failFast: false }).map((workflow) => ({ workflow, isWild: true }))
const stoppable = fc.record({ drawn: orderly, seed: fc.nat(100_000), stream: picks })

/** What an open workflow wants, and what it says that it waits for: not in which place, nor for which of two limits. */
function wantedOf(open: OpenWorkflow, at: EpochMs): unknown {
  const pending = json(open.pending()).toSorted((left, right) => (left.key < right.key ? -1 : 1))
  const why = open
    .explain(at)
    .map((each) => each.replace(/ \(place \d+ in line\)| held back by .*/, ""))
  return { pending, why }
}

/** A run and what it wanted after each moment. */
interface Recorded {
  readonly played: Played
  readonly wanted: readonly unknown[]
}

interface Drawn {
  readonly workflow: Workflow
  readonly isWild: boolean
}

function record(
  { workflow, isWild }: Drawn,
  seed: number,
  stream: Iterator<number>,
  look: Look = () => undefined,
): Recorded {
  const wanted: unknown[] = []
  const played = play(openAt0(workflow), seed, {
    pick: picker(stream),
    isWild,
    look(open, moment, changes) {
      look(open, moment, changes)
      wanted.push(wantedOf(open, moment?.at ?? epochMs(0)))
    },
  })
  return { played, wanted }
}

/** Opens what was stored after so many moments, and lets the others happen. */
function goOn(stored: Workflow, cut: number, { played, wanted }: Recorded): void {
  const { moments, status } = played
  const at = moments[cut - 1]?.at ?? epochMs(0)
  const again = openWorkflow(stored, { now: at })
  expect(json(again.status())).toEqual(stored.status)
  // Who asks for its locks again is told again that it has them.
  const granted = new Set(
    moments.slice(0, cut).flatMap(({ event }) => (event.type === "Acquired" ? [event.node] : [])),
  )
  for (const action of again.pending()) {
    const asks: Action | undefined = granted.has(action.node) ? action : undefined
    if (asks?.type === "Acquire") again.handle({ type: "Acquired", node: asks.node }, at)
  }
  expect(json(again.status())).toEqual(stored.status)
  expect(wantedOf(again, at)).toEqual(wanted[cut])
  for (const moment of moments.slice(cut)) again.handle(moment.event, moment.at)
  expect(json(again.status())).toEqual(json(status))
}

test.prop([cases], tried)(
  "closed and opened again at any transition, a run wants the same and comes to the same status",
  ({ drawn, seed, stream }) => {
    const recorded = record(drawn, seed, stream)
    for (const [cut, object] of recorded.played.objects.entries()) goOn(json(object), cut, recorded)
  },
)

test.prop([cases, fc.constantFrom(0, 3000)], { ...tried, numRuns: Math.ceil(numRuns / 2) })(
  "killed at any transition and read from its journal, a run comes to the same status",
  async ({ drawn, seed, stream }, compactAfterBytes) => {
    const place = mkdtempSync(join(directory, "run-"))
    const path = join(place, "default", "wf.journal")
    const store = journalStore(place, { fsync: "never", compactAfterBytes })
    await store.snapshot("default/wf", drawn.workflow)
    const files: Buffer[] = []
    const recorded = record(drawn, seed, stream, (open, moment, changes) => {
      const type = moment?.event.type
      if (type === "Suspend" || type === "Shutdown") {
        void store.snapshot("default/wf", { ...open.object(), status: open.status() })
      } else store.append("default/wf", changes)
      files.push(readFileSync(path))
    })
    store.close()
    for (const [cut, bytes] of files.entries()) {
      writeFileSync(path, bytes)
      const reader = journalStore(place, { fsync: "never" })
      const found = await reader.load("default/wf")
      reader.close()
      goOn(found?.workflow as Workflow, cut, recorded)
    }
  },
)

test.prop([stoppable, fc.constantFrom("Stop" as const, "Terminate" as const)], tried)(
  "stopped while nobody drives it, a run ends as one that was told so",
  ({ drawn, seed, stream }, shutdown) => {
    const { played } = record(drawn, seed, stream)
    for (const [cut, object] of played.objects.entries()) {
      if (object.status?.finishedAt !== undefined || object.spec.shutdown !== undefined) continue
      const now = played.moments[cut - 1]?.at ?? epochMs(0)
      const stored = json(object)
      const told = openWorkflow(stored, { now })
      told.handle({ type: "Shutdown", strategy: shutdown }, now)
      const found = openWorkflow({ ...stored, spec: { ...stored.spec, shutdown } }, { now })
      const end = (open: OpenWorkflow) => play(open, seed, { pick: () => 0, from: now }).status
      expect(shapesOf(end(found))).toEqual(shapesOf(end(told)))
    }
  },
)

/** What became of the nodes. Which of two reasons a body names that ended for both is not told. */
function shapesOf({ nodes, phase }: WorkflowStatus): unknown {
  const shapes = Object.entries(nodes ?? {}).map(
    ([id, node]) => [id, { ...(shapeOf(node) as object), message: undefined }] as const,
  )
  return { phase, nodes: new Map(shapes) }
}

const stores: readonly (readonly [string, () => () => Store])[] = [
  [
    "memory",
    () => {
      const store = memoryStore()
      return () => store
    },
  ],
  [
    "journal",
    () => {
      const place = mkdtempSync(join(directory, "steered-"))
      return () => journalStore(place)
    },
  ],
]

test.each(stores)(
  "what somebody told a run is remembered by its store (%s)",
  async (_name, make) => {
    const open = make()
    const workflow = workflowFixture({ a: [], b: ["a"] })
    const begun: string[] = []
    const never = functionExecutor({
      a: ({ signal }) =>
        new Promise<string>((resolve) => signal.addEventListener("abort", () => resolve(""))),
    })
    const first = open()
    const run = await openRun(workflow, { executors: [never], store: first })
    run.send({ type: "Suspend", isSuspended: true })
    await new Promise<void>((resolve) => setImmediate(resolve))
    run.send({ type: "Shutdown", strategy: "Stop" })
    expect(run.workflow().spec).toMatchObject({ suspend: true, shutdown: "Stop" })
    run.close()
    if ("close" in first) (first as { close(): void }).close()
    const counting = functionExecutor({ a: () => "a", b: () => void begun.push("b") })
    const again = await openRun(workflow, { executors: [counting], store: open() })
    expect(again.workflow().spec).toMatchObject({ suspend: true, shutdown: "Stop" })
    const { status } = await again.done
    expect(status).toMatchObject({ phase: "Failed", message: "Stopped with strategy 'Stop'" })
    expect(begun).toEqual([])
  },
)
