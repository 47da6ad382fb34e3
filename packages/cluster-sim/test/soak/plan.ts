import { type Cluster, isClusterError } from "@argo-ts/k8s"
import { apiVersionOf, type EpochMs, epochMs, type RandomStream } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import { home, type SoakKind, type SoakSpec, secrets } from "./kinds.js"
import type { Recipe } from "./recipe.js"

/** Something that a user wants at an instant, and does until it is done. */
export interface Wish {
  readonly atMs: number
  readonly name: string
  /** Absent: the object goes. */
  readonly spec?: SoakSpec
}

const texts = ["a", "b", "c", "d"]

function drawSpec(stream: RandomStream): SoakSpec {
  return { count: stream.integer(5), text: texts[stream.integer(texts.length)] ?? "a" }
}

/** Objects come in the first tenth of the time, change, go and come again until three quarters are over. */
function planOf(name: string, stream: RandomStream, wholeMs: number, mayGo: boolean): Wish[] {
  const at = (from: number, to: number): number =>
    Math.round((from + (to - from) * stream.next()) * wholeMs)
  const wishes: Wish[] = [{ atMs: at(0, 0.1), name, spec: drawSpec(stream) }]
  for (let changes = 2 + stream.integer(10); changes > 0; changes--) {
    wishes.push({ atMs: at(0.1, 0.5), name, spec: drawSpec(stream) })
  }
  if (mayGo && stream.next() < 0.5) {
    wishes.push({ atMs: at(0.5, 0.6), name })
    if (stream.next() < 0.6) wishes.push({ atMs: at(0.6, 0.7), name, spec: drawSpec(stream) })
  } else wishes.push({ atMs: at(0.6, 0.75), name, spec: drawSpec(stream) })
  return wishes.toSorted((a, b) => a.atMs - b.atMs)
}

/** What users want of one recipe: the same for a seed, with and without faults. */
export function drawPlan(
  { name }: Recipe,
  stream: RandomStream,
  wholeMs: number,
): ReadonlyMap<string, readonly Wish[]> {
  const count = 2 + stream.integer(3)
  const names = Array.from({ length: count }, (_item, index) => `${name}-${"abcd"[index]}`)
  // Who goes takes along what it had adopted by then: what that is depends on the hour, with faults or without.
  const mayGo = name !== "flock"
  return new Map(names.map((each) => [each, planOf(each, stream, wholeMs, mayGo)]))
}

/** Repeats a request until a server answers it. */
export async function insist<T>(request: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await request()
    } catch (error) {
      const { retryable } = error as { retryable?: boolean }
      if (retryable !== true || attempt === 1_000) throw error
    }
  }
}

async function wish(cluster: Cluster, kind: SoakKind, { name, spec }: Wish): Promise<boolean> {
  const key = { namespace: home, name }
  const known = await insist(() => cluster.get(kind, key))
  if (spec === undefined) {
    await insist(() => cluster.delete(kind, key))
    return true
  }
  if (known?.metadata.deletionTimestamp !== undefined) return false
  if (known !== undefined) {
    const patch = { spec: { ...spec } }
    await insist(() => cluster.patch(kind, key, { type: "merge", patch }))
    return true
  }
  const object = { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: key, spec }
  await insist(() => cluster.create(kind, object)).catch((error: unknown) => {
    // Done before its connection broke.
    if (!isClusterError(error, "AlreadyExists")) throw error
  })
  return true
}

/** Does what users want of one object, one after the other. */
export function follow(
  wishes: readonly Wish[],
  kind: SoakKind,
  parts: {
    readonly cluster: Cluster
    readonly clock: Clock
    readonly start: EpochMs
    readonly onProblem: (error: unknown) => void
  },
): void {
  const { cluster, clock, start, onProblem } = parts
  const [next, ...rest] = wishes
  if (next === undefined) return
  const act = async (): Promise<void> => {
    if (await wish(cluster, kind, next)) follow(rest, kind, parts)
    else clock.wakeAt(epochMs(clock.now() + 5_000), `user/${next.name}`, attempt)
  }
  const attempt = (): void => void act().catch(onProblem)
  const at = Math.max(clock.now(), start + next.atMs)
  clock.wakeAt(epochMs(at), `user/${next.name}`, attempt)
}

/** A Secret that a flock may adopt. */
export async function addStray(cluster: Cluster, flock: string): Promise<void> {
  const metadata = { namespace: home, name: `stray-${flock}`, labels: { "soak/flock": flock } }
  const stray = { apiVersion: apiVersionOf(secrets), kind: secrets.kind, metadata }
  await insist(() => cluster.create(secrets, stray)).catch((error: unknown) => {
    if (!isClusterError(error, "AlreadyExists")) throw error
  })
}
