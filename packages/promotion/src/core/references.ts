import { compareText, type EpochMs } from "@argo-ts/kernel"
import type { FreightCollection, FreightOrigin, FreightReference } from "../api/common.js"
import type { Freight } from "../api/freight.js"
import type { Promotion } from "../api/promotion.js"
import { instantOf } from "./availability.js"
import { freightCollectionId } from "./identity.js"

/** `Warehouse/shop`. */
export function originKey(origin: FreightOrigin): string {
  return `${origin.kind}/${origin.name}`
}

/** What a status keeps of Freight. */
export function referenceOf(freight: Freight): FreightReference {
  const { origin, commits, images, charts, artifacts } = freight
  return {
    name: freight.metadata.name ?? "",
    origin,
    ...(commits === undefined ? {} : { commits }),
    ...(images === undefined ? {} : { images }),
    ...(charts === undefined ? {} : { charts }),
    ...(artifacts === undefined ? {} : { artifacts }),
  }
}

/** Freight of several origins as one collection. */
export function collectionOf(references: readonly FreightReference[]): FreightCollection {
  const sorted = references.toSorted((left, right) =>
    compareText(originKey(left.origin), originKey(right.origin)),
  )
  return {
    id: freightCollectionId(sorted.map(({ name = "" }) => name)),
    items: Object.fromEntries(sorted.map((reference) => [originKey(reference.origin), reference])),
  }
}

/** When Freight counts as found. */
export function discoveredAt(freight: Freight): EpochMs {
  return (
    instantOf(freight.discoveredAt) ??
    instantOf(freight.metadata.creationTimestamp) ??
    (0 as EpochMs)
  )
}

/** Newest Freight first, then by name descending. */
export function compareFreight(left: Freight, right: Freight): number {
  return (
    discoveredAt(right) - discoveredAt(left) ||
    compareText(right.metadata.name ?? "", left.metadata.name ?? "")
  )
}

/**
 * Oldest Promotion first. Names carry a ULID and sort by age; the creation time comes first, so that promotions that
 * a person named freely keep their place too.
 */
export function comparePromotions(left: Promotion, right: Promotion): number {
  const age =
    (instantOf(left.metadata.creationTimestamp) ?? 0) -
    (instantOf(right.metadata.creationTimestamp) ?? 0)
  return age || compareText(left.metadata.name ?? "", right.metadata.name ?? "")
}

const terminal = new Set(["Succeeded", "Failed", "Errored", "Aborted"])

/** True once a Promotion has ended. */
export function isTerminal(promotion: Promotion): boolean {
  return terminal.has(promotion.status?.phase ?? "")
}
