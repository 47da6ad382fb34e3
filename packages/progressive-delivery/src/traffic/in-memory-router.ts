import {
  apiVersionOf,
  controllerOf,
  controllerReference,
  type ObjectKey,
  OperationError,
  own,
} from "@argo-ts/kernel"
import { type TrafficSplit, trafficSplits } from "../api/foreign.js"
import type { TrafficRoute, TrafficRouter } from "./traffic-router.js"

/** The name under which manifests ask for the built-in router: `trafficRouting.plugins["argo-ts/in-memory"]`. */
export const inMemoryRouterName = "argo-ts/in-memory"

function splitKey({ rollout, settings }: TrafficRoute): ObjectKey {
  const named = own(settings, "trafficSplitName")
  const name = typeof named === "string" && named !== "" ? named : (rollout.metadata.name ?? "")
  const { namespace } = rollout.metadata
  return namespace === undefined ? { name } : { namespace, name }
}

function toSplit(
  route: TrafficRoute,
  weights: { readonly canary: number; readonly stable: number },
): TrafficSplit {
  const { rollout, settings, canaryService = "canary", stableService = "stable" } = route
  const root = own(settings, "rootService")
  return {
    apiVersion: apiVersionOf(trafficSplits) as TrafficSplit["apiVersion"],
    kind: "TrafficSplit",
    metadata: { ...splitKey(route), ownerReferences: [controllerReference(rollout)] },
    spec: {
      service: typeof root === "string" && root !== "" ? root : stableService,
      backends: [
        { service: canaryService, weight: weights.canary },
        { service: stableService, weight: weights.stable },
      ],
    },
  }
}

function requireOwned(route: TrafficRoute, split: TrafficSplit): void {
  if (controllerOf(split)?.uid === route.rollout.metadata.uid) return
  const message = `TrafficSplit "${split.metadata.name ?? ""}" exists and does not belong to the rollout "${route.rollout.metadata.name ?? ""}"`
  throw new OperationError(message, { code: "NotOwned", retryable: false })
}

/**
 * Splits traffic of a cluster that has no data plane: the weights live in a TrafficSplit object owned by the rollout,
 * exactly as upstream's SMI router writes it. Whoever simulates traffic reads them there, and a restart loses nothing.
 * Also serves `trafficRouting.smi`.
 */
export function createInMemoryRouter(): TrafficRouter {
  return {
    async observe(route) {
      const split = await route.cluster.get(trafficSplits, splitKey(route))
      if (split === undefined) return undefined
      requireOwned(route, split)
      const [canary, stable] = split.spec.backends
      return { canary: canary?.weight ?? 0, stable: stable?.weight ?? 0 }
    },
    async setWeight(route, weights) {
      const wanted = toSplit(route, weights)
      const existing = await route.cluster.get(trafficSplits, splitKey(route))
      if (existing === undefined) {
        await route.cluster.create(trafficSplits, wanted)
        return
      }
      requireOwned(route, existing)
      await route.cluster.update(trafficSplits, { ...existing, spec: wanted.spec })
    },
  }
}
