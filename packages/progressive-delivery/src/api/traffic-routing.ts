import type { JsonObject } from "@argo-ts/kernel"

/** `spec.strategy.canary.trafficRouting`: who splits the traffic. */
export interface TrafficRouting {
  /** @unsupported header and mirror routes are not built yet */
  readonly managedRoutes?: readonly JsonObject[]
  /** The weight that means "all". Other than 100 only with plugins. Default 100. */
  readonly maxTrafficWeight?: number
  /** A TrafficSplit object with two backends; also what the in-memory router keeps its weights in. */
  readonly smi?: SmiTrafficRouting
  /** Name of a registered router → its settings. `argo-ts/in-memory` is built in. */
  readonly plugins?: { readonly [name: string]: JsonObject }
  /** @unsupported this router is not built yet */
  readonly istio?: JsonObject
  /** @unsupported this router is not built yet */
  readonly nginx?: JsonObject
  /** @unsupported this router is not built yet */
  readonly alb?: JsonObject
  /** @unsupported this router is not built yet */
  readonly traefik?: JsonObject
  /** @unsupported this router is not built yet */
  readonly apisix?: JsonObject
  /** @unsupported this router is not built yet */
  readonly ambassador?: JsonObject
  /** @unsupported this router is not built yet */
  readonly appMesh?: JsonObject
}

/** `trafficRouting.smi`. */
export interface SmiTrafficRouting {
  /** The Service that clients call. Default: `stableService`. */
  readonly rootService?: string
  /** Name of the TrafficSplit. Default: the rollout's name. */
  readonly trafficSplitName?: string
}
