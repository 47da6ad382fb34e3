import { compareText, type Decision, type EpochMs, epochMs, type ObjectMeta } from "@argo-ts/kernel"
import type { Freight } from "../api/freight.js"
import type { Promotion } from "../api/promotion.js"
import { instantOf } from "./availability.js"
import { isTerminal, originKey } from "./references.js"

/** What is old enough to go. */
export interface GarbageAction {
  readonly type: "DeletePromotion" | "DeleteFreight"
  readonly key: string
  readonly name: string
}

/** What a Project holds. */
export interface ObservedGarbage {
  readonly promotions: readonly Promotion[]
  readonly freight: readonly Freight[]
}

const hourMs = 3_600_000
const periodMs = 24 * hourMs
const keptMin = 20
const ageMinMs = 336 * hourMs

interface Dated {
  readonly metadata: ObjectMeta
}

function createdAt({ metadata }: Dated): number {
  return instantOf(metadata.creationTimestamp) ?? Number.POSITIVE_INFINITY
}

/** Newest first: all but twenty more than the oldest that is still needed, once they are fourteen days old. */
function expired<T extends Dated>(
  objects: readonly T[],
  isNeeded: (object: T) => boolean,
  now: EpochMs,
): readonly T[] {
  const sorted = objects.toSorted(
    (left, right) =>
      createdAt(right) - createdAt(left) ||
      compareText(right.metadata.name ?? "", left.metadata.name ?? ""),
  )
  const oldestNeeded = sorted.findLastIndex(isNeeded)
  return sorted
    .slice(oldestNeeded + 1 + keptMin)
    .filter((object) => now - createdAt(object) >= ageMinMs)
}

function groupsOf<T>(
  objects: readonly T[],
  keyOf: (object: T) => string,
): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>()
  for (const object of objects) {
    const key = keyOf(object)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [object])
    else group.push(object)
  }
  return [...groups.values()]
}

function isInUse({ status }: Freight): boolean {
  return Object.keys(status?.currentlyIn ?? {}).length > 0
}

/**
 * What of a Project is to be deleted now (spec/promotion §1.15): of each Stage old Promotions, of each Warehouse old
 * Freight; never what is not older than something that still runs or is in a Stage. Asks again a day later.
 */
export function decideGarbage(
  observed: ObservedGarbage,
  now: EpochMs,
): Omit<Decision<never, GarbageAction>, "status"> {
  const promotions = groupsOf(observed.promotions, ({ spec }) => spec.stage).flatMap((group) =>
    expired(group, (promotion) => !isTerminal(promotion), now),
  )
  const freight = groupsOf(observed.freight, ({ origin }) => originKey(origin)).flatMap((group) =>
    expired(group, isInUse, now),
  )
  const action = (type: GarbageAction["type"], { metadata }: Dated): GarbageAction => {
    const name = metadata.name ?? ""
    return { type, key: `${type}/${name}`, name }
  }
  const actions = [
    ...promotions.map((each) => action("DeletePromotion", each)),
    ...freight.map((each) => action("DeleteFreight", each)),
  ].toSorted((left, right) => compareText(left.key, right.key))
  return { actions, wakeAt: epochMs(now + periodMs) }
}
