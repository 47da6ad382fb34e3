/**
 * Builders of Kargo objects and a registry in memory, for tests of delivery logic.
 *
 * @packageDocumentation
 */
import type { PromotionStep } from "../api/common.js"
import type { Freight } from "../api/freight.js"
import { kargoApiVersion } from "../api/kinds.js"
import type { Promotion } from "../api/promotion.js"
import type { FreightSources, Stage } from "../api/stage.js"
import type { RepoSubscription, Warehouse } from "../api/warehouse.js"
import { finalizer } from "../core/annotations.js"
import { freightName } from "../core/identity.js"

const namespace = "shop"
const origin = { kind: "Warehouse", name: "shop" } as const

/** A Warehouse `shop` in namespace `shop`. */
export function warehouseFixture(subscriptions: readonly RepoSubscription[]): Warehouse {
  return {
    apiVersion: kargoApiVersion,
    kind: "Warehouse",
    metadata: { name: "shop", namespace, generation: 1 },
    spec: { subscriptions },
  }
}

/** Freight of Warehouse `shop` with one image. */
export function freightFixture(tag: string, status?: Freight["status"]): Freight {
  const images = [{ repoURL: "registry.example.com/shop", tag, digest: `sha256:${tag}` }]
  return {
    apiVersion: kargoApiVersion,
    kind: "Freight",
    metadata: { name: freightName({ origin, images }), namespace },
    alias: `alias-${tag}`,
    origin,
    images,
    ...(status === undefined ? {} : { status }),
  }
}

/** A Stage that asks for Freight of Warehouse `shop`; default steps: one that fails. */
export function stageFixture(
  name: string,
  sources: FreightSources,
  steps: readonly PromotionStep[] = [{ uses: "fail", config: {} }],
): Stage {
  return {
    apiVersion: kargoApiVersion,
    kind: "Stage",
    metadata: { name, namespace, generation: 1, uid: `uid-${name}`, finalizers: [finalizer] },
    spec: { requestedFreight: [{ origin, sources }], promotionTemplate: { spec: { steps } } },
  }
}

/** A Promotion of Freight to a Stage, in a phase. */
export function promotionFixture(
  stage: Stage,
  freight: Freight,
  phase: NonNullable<NonNullable<Promotion["status"]>["phase"]>,
): Promotion {
  return {
    apiVersion: kargoApiVersion,
    kind: "Promotion",
    metadata: { name: `${stage.metadata.name}.${freight.metadata.name?.slice(0, 7)}`, namespace },
    spec: {
      stage: stage.metadata.name ?? "",
      freight: freight.metadata.name ?? "",
      steps: stage.spec.promotionTemplate?.spec.steps ?? [],
    },
    status: { phase },
  }
}

export {
  createMemoryRegistry,
  type MemoryImage,
  type MemoryRegistry,
} from "../registries/memory-registry.js"
