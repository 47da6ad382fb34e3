import {
  type Condition,
  type EpochMs,
  equalJson,
  findCondition,
  formatInstant,
  type JsonObject,
  type Kind,
  type KubernetesObject,
  type Stored,
  setCondition,
} from "@argo-ts/kernel"
import type { ClusterReader, ClusterWriter, WriteOptions } from "../ports.js"
import { patchGuarded } from "./guarded-patch.js"

/** An object with conditions where Kubernetes has them. */
export interface Conditioned extends KubernetesObject {
  readonly status?: { readonly conditions?: readonly Condition[] }
}

/** What the conditions of one owner become. */
export interface ConditionChange {
  /** Set as they are; `lastTransitionTime` is filled in where `status` changes. */
  readonly set?: readonly Condition[]
  /** Types that go. */
  readonly remove?: readonly string[]
  /** The instant of transitions. */
  readonly now: EpochMs
}

/**
 * The list after a change. Conditions of other owners stay as and where they are; one whose status stays the same
 * keeps its `lastTransitionTime`.
 */
export function changeConditions(
  conditions: readonly Condition[] | undefined,
  { set = [], remove = [], now }: ConditionChange,
): readonly Condition[] {
  const lastTransitionTime = formatInstant(now)
  const kept = (conditions ?? []).filter(({ type }) => !remove.includes(type))
  return set.reduce<readonly Condition[]>(
    (list, next) => setCondition(list, { lastTransitionTime, ...next }),
    kept,
  )
}

/**
 * Writes conditions to an object's status. Only the types that are named change, whoever else writes meanwhile;
 * nothing is written where nothing changes. Answers the object as it is then. Rejects as {@link ClusterWriter.patch}
 * does, with `Conflict` after five lost races.
 *
 * @example
 * ```ts
 * const ready: Condition = { type: "Ready", status: "True", reason: "Applied", message: "all is well" }
 * await patchConditions(cluster, rollouts, rollout, { set: [ready], now: clock.now() })
 * ```
 */
export function patchConditions<T extends Conditioned>(
  cluster: ClusterReader & ClusterWriter,
  kind: Kind<T>,
  object: Stored<T>,
  change: ConditionChange & { readonly options?: WriteOptions },
): Promise<Stored<T>> {
  return patchGuarded(cluster, kind, object, {
    options: { ...change.options, ...(kind.hasStatus ? { subresource: "status" } : {}) },
    patchOf(current) {
      const before = current.status?.conditions ?? []
      const conditions = changeConditions(before, change)
      if (equalJson(before, conditions)) return undefined
      return { status: { conditions: conditions as unknown as JsonObject[] } }
    },
  })
}

/** True where the condition of that type is `True`; with `generation`, only if it speaks of that one or a later one. */
export function isConditionTrue(object: Conditioned, type: string, generation?: number): boolean {
  const condition = findCondition(object.status?.conditions, type)
  if (condition?.status !== "True") return false
  return generation === undefined || (condition.observedGeneration ?? 0) >= generation
}
