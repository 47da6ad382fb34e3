import { type Cluster, isClusterError } from "@argo-ts/k8s"
import { type EpochMs, epochMs, objectAt } from "@argo-ts/kernel"
import type { VirtualClock } from "@argo-ts/kernel/clock"
import { configMaps } from "../world/kinds.js"
import type { Notes, Scene } from "./scene.js"
import type { StoryStep } from "./step.js"
import type { View } from "./view.js"

/** How the story ended. */
export interface StoryOutcome {
  readonly ok: boolean
  /** Steps whose expectation held. */
  readonly held: number
  /** The step that failed, and what was missing. */
  readonly failure?: { readonly step: StoryStep; readonly missing: readonly string[] }
}

/** What the teller needs. */
export interface TellerOptions {
  readonly clock: VirtualClock
  readonly cluster: Cluster
  readonly view: View
  readonly scene: Omit<Scene, "notes" | "now" | "view" | "cluster">
  /** Called when a step begins or ends. */
  readonly onStep?: (step: StoryStep, state: "began" | "held" | "failed") => void
}

const key = { namespace: "demo", name: "story" }
const fieldManager = "demo"

/** The story's notes, in the cluster: where it stands, and what it remembers. */
function createNotebook(cluster: Cluster): {
  read(): Promise<Notes>
  write(notes: Notes): Promise<void>
} {
  return {
    async read() {
      const found = await cluster.get(configMaps, key)
      return objectAt(found, "data") as Notes
    },
    async write(notes) {
      try {
        await cluster.patch(
          configMaps,
          key,
          { type: "merge", patch: { data: notes } },
          { fieldManager },
        )
      } catch (error) {
        if (!isClusterError(error, "NotFound")) throw error
        const object = { apiVersion: "v1", kind: "ConfigMap", metadata: key, data: notes }
        await cluster.create(configMaps, object, { fieldManager })
      }
    },
  }
}

/** Runs a promise that needs the clock to move. */
async function driven<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  let isSettled = false
  const done = work.finally(() => {
    isSettled = true
  })
  done.catch(() => {})
  const limit = epochMs(clock.now() + 3_600_000)
  await clock.runUntil(() => isSettled, limit)
  return done
}

/** Tells the story from where the notes say it stands; stops at the first expectation that does not hold. */
export async function tell(
  steps: readonly StoryStep[],
  options: TellerOptions,
): Promise<StoryOutcome> {
  const { clock, cluster, view, onStep } = options
  const notebook = createNotebook(cluster)
  let notes = await notebook.read()
  const scene = (): Scene => ({ ...options.scene, view, cluster, notes, now: clock.now })
  const note = async (more: Notes): Promise<void> => {
    notes = { ...notes, ...more }
    await notebook.write(notes)
  }
  const first = Math.max(
    0,
    steps.findIndex((step) => step.id === notes["step"]),
  )
  for (const [index, step] of steps.entries()) {
    if (index < first) continue
    onStep?.(step, "began")
    if (notes["step"] !== step.id) {
      await note({
        line: `part ${step.part}: ${step.text}`,
        step: step.id,
        since: String(clock.now()),
        acted: "no",
      })
    }
    if (step.act !== undefined && notes["acted"] === "no") {
      await note({ ...(await driven(clock, step.act(scene()))), acted: "yes" })
    }
    const missing = await waitFor(step, Number(notes["since"]) as EpochMs, { clock, view, scene })
    onStep?.(step, missing.length === 0 ? "held" : "failed")
    if (missing.length > 0) return { ok: false, held: index, failure: { step, missing } }
  }
  return { ok: true, held: steps.length }
}

async function waitFor(
  step: StoryStep,
  since: EpochMs,
  world: { readonly clock: VirtualClock; readonly view: View; readonly scene: () => Scene },
): Promise<readonly string[]> {
  const { clock, view, scene } = world
  const earliest = since + (step.lastsMs ?? 0)
  if (clock.now() < earliest) await clock.advanceTo(epochMs(earliest))
  let judged = -1
  let judgedAt = -1
  let missing: readonly string[] = []
  const isDone = (): boolean => {
    const minute = Math.floor(clock.now() / 1000)
    if (judged === view.version() && judgedAt === minute) return missing.length === 0
    judged = view.version()
    judgedAt = minute
    missing = step.missing(scene())
    return missing.length === 0
  }
  await clock.runUntil(isDone, epochMs(since + Math.max(step.withinMs, 0)))
  return missing
}
