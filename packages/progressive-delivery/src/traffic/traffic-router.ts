import type { Cluster } from "@argo-ts/k8s"
import type { JsonObject } from "@argo-ts/kernel"
import type { Rollout } from "../api/rollout.js"
import type { ObservedTraffic } from "../core/observed.js"

/** What a router is told about the rollout whose traffic it splits. */
export interface TrafficRoute {
  readonly rollout: Rollout
  /** `trafficRouting.smi`, or the value under the router's name in `trafficRouting.plugins`. */
  readonly settings: JsonObject
  readonly canaryService?: string
  readonly stableService?: string
  /** Where a router that works through Kubernetes objects finds and keeps them. */
  readonly cluster: Cluster
}

/** Splits traffic between the new and the last good version. Keeps nothing that a restart would lose. */
export interface TrafficRouter {
  /**
   * The weights as they are now; undefined while nothing was ever set. `verified` tells whether traffic really flows
   * so, and is absent where the router cannot know.
   */
  observe(route: TrafficRoute): Promise<ObservedTraffic | undefined>
  /** Sets the weights. Setting the same ones again changes nothing. */
  setWeight(
    route: TrafficRoute,
    weights: { readonly canary: number; readonly stable: number },
  ): Promise<void>
}

/** Routers by name: `smi`, or the key in `trafficRouting.plugins`. */
export type TrafficRouters = { readonly [name: string]: TrafficRouter }
