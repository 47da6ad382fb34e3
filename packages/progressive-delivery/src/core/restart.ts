import { byEach, compareNumber, compareText, epochMs, own, parseInstant } from "@argo-ts/kernel"
import type { Pod } from "../api/foreign.js"
import { hashLabel } from "./labels.js"
import type { Turn } from "./turn.js"

const againMs = 30_000

/** The instant of `restartAt`; never, where it is no instant. */
export function restartInstant(restartAt: string): number {
  const parsed = parseInstant(restartAt)
  return parsed.ok ? parsed.value : Number.POSITIVE_INFINITY
}

function createdAt(pod: Pod): number {
  const parsed = parseInstant(pod.metadata.creationTimestamp ?? "")
  return parsed.ok ? parsed.value : 0
}

/**
 * Evicts pods created before `restartAt`, as many as may be missing, stable ones first (spec/rollouts §2.13). True
 * while an eviction is proposed: nothing else happens meanwhile.
 */
export function restartPods(turn: Turn): boolean {
  const { view, draft } = turn
  const { restartAt } = view.spec
  if (restartAt === undefined || draft.restartedAt === restartAt) return false
  const at = restartInstant(restartAt)
  if (at > view.now) {
    if (Number.isFinite(at)) turn.wakes.push(epochMs(at))
    return false
  }
  const rank = (pod: Pod): number => {
    const hash = own(pod.metadata.labels, hashLabel)
    return hash === view.stableSet?.hash ? 0 : hash === view.newSet?.hash ? 1 : 2
  }
  const old = (view.observed.pods ?? [])
    .filter((pod) => createdAt(pod) < at && pod.metadata.deletionTimestamp === undefined)
    .toSorted(
      byEach(
        (left, right) => compareNumber(rank(left), rank(right)),
        (left, right) => compareText(left.metadata.name ?? "", right.metadata.name ?? ""),
      ),
    )
  if (view.observed.pods !== undefined && old.length === 0) {
    draft.restartedAt = restartAt
    return false
  }
  turn.wakes.push(epochMs(view.now + againMs))
  const sum = (field: "available" | "spec"): number =>
    view.all.reduce((total, set) => total + set[field], 0)
  const room =
    sum("available") - (Math.max(view.replicas, sum("spec")) - Math.max(view.bounds.unavailable, 1))
  const evicted = old.slice(0, Math.max(0, room)).map((pod) => pod.metadata.name ?? "")
  for (const name of evicted)
    turn.actions.push({ type: "EvictPod", key: `pods/${name}/evict`, name })
  return evicted.length > 0
}
