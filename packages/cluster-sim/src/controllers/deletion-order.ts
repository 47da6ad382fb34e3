import { byEach, compareNumber, compareText, type EpochMs, type Stored } from "@argo-ts/kernel"
import { instantOf, type Pod, readySince } from "./workloads.js"

type Order = (left: Stored<Pod>, right: Stored<Pod>) => number

const phaseRanks: { readonly [phase: string]: number } = { Pending: 0, Running: 2 }

function rankOf(pod: Pod): number {
  return phaseRanks[pod.status?.phase ?? "Pending"] ?? 1
}

function deletionCost(pod: Pod): number {
  const cost = Number(pod.metadata.annotations?.["controller.kubernetes.io/pod-deletion-cost"] ?? 0)
  return Number.isFinite(cost) ? cost : 0
}

function restartsOf(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map((each) => each.restartCount))
}

/** What goes first whoever looks: what is not placed, not running, or not ready. */
const leastUseful: readonly Order[] = [
  (left, right) =>
    compareNumber(
      Number(left.spec.nodeName !== undefined),
      Number(right.spec.nodeName !== undefined),
    ),
  (left, right) => compareNumber(rankOf(left), rankOf(right)),
  (left, right) =>
    compareNumber(Number(readySince(left) !== undefined), Number(readySince(right) !== undefined)),
]

const moreRestartsFirst: Order = (left, right) => compareNumber(restartsOf(right), restartsOf(left))

const byUid: Order = (left, right) => compareText(left.metadata.uid, right.metadata.uid)

function createdAt({ metadata }: Pod): number {
  return instantOf(metadata.creationTimestamp) ?? 0
}

/** Surplus pods of a Job: those that go first come first. */
export const inDeletionOrder: Order = byEach<Stored<Pod>>(
  ...leastUseful,
  (left, right) => compareNumber(readySince(right) ?? 0, readySince(left) ?? 0),
  moreRestartsFirst,
  (left, right) => compareNumber(createdAt(right), createdAt(left)),
  byUid,
)

/** The power of two that an age, in nanoseconds, lies in: ages of one are alike. */
function bucketOf(at: number, now: EpochMs): number {
  return at >= now ? -1 : Math.floor(Math.log2((now - at) * 1e6))
}

/** The younger first, by powers of two; by uid where they are alike and not the same. */
function youngerFirst(instant: (pod: Pod) => number, now: EpochMs): Order {
  return (left, right) => {
    const [first, second] = [instant(left), instant(right)]
    if (first === second) return 0
    return compareNumber(bucketOf(first, now), bucketOf(second, now)) || byUid(left, right)
  }
}

/** What is known of surplus pods beside themselves. */
export interface SurplusView {
  readonly now: EpochMs
  /** Active pods of the same owner's family, by node. */
  readonly siblings: ReadonlyMap<string, number>
}

/** Surplus pods of a ReplicaSet: those that go first come first (spec/cluster §8.2). */
export function surplusOrder({ now, siblings }: SurplusView): Order {
  const siblingsOf = ({ spec }: Pod): number => siblings.get(spec.nodeName ?? "") ?? 0
  return byEach<Stored<Pod>>(
    ...leastUseful,
    (left, right) => compareNumber(deletionCost(left), deletionCost(right)),
    (left, right) => compareNumber(siblingsOf(right), siblingsOf(left)),
    youngerFirst((pod) => readySince(pod) ?? 0, now),
    moreRestartsFirst,
    youngerFirst(createdAt, now),
    byUid,
  )
}
