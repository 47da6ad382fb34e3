import type { Cluster } from "@argo-ts/k8s"
import {
  failed,
  type Issue,
  isJsonObject,
  type JsonObject,
  ok,
  own,
  type Result,
} from "@argo-ts/kernel"
import type { Rollout } from "../api/rollout.js"
import type { TrafficRoute, TrafficRouter, TrafficRouters } from "../traffic/traffic-router.js"

/** The router a rollout asks for, and what it is told. */
export interface RouterChoice {
  readonly router: TrafficRouter
  readonly route: TrafficRoute
}

function wanted(
  rollout: Rollout,
): { readonly name: string; readonly settings: JsonObject } | undefined {
  const routing = rollout.spec.strategy?.canary?.trafficRouting
  if (routing === undefined) return undefined
  if (routing.smi !== undefined) return { name: "smi", settings: { ...routing.smi } }
  const [entry] = Object.entries(routing.plugins ?? {})
  return entry === undefined
    ? undefined
    : { name: entry[0], settings: isJsonObject(entry[1]) ? entry[1] : {} }
}

/** Finds the router by name; without traffic routing there is none. */
export function chooseRouter(
  rollout: Rollout,
  routers: TrafficRouters,
  cluster: Cluster,
): Result<RouterChoice | undefined> {
  const choice = wanted(rollout)
  if (choice === undefined) return ok(undefined)
  const router = own(routers, choice.name)
  if (router === undefined) {
    const known = Object.keys(routers).toSorted().join(", ")
    const issue: Issue = {
      code: "UnsupportedField",
      path: ["spec", "strategy", "canary", "trafficRouting", "plugins", choice.name],
      message: `is not supported: no traffic router of that name is registered (registered: ${known})`,
    }
    return failed([issue])
  }
  const { canaryService, stableService } = rollout.spec.strategy?.canary ?? {}
  const route: TrafficRoute = {
    rollout,
    settings: choice.settings,
    cluster,
    ...(canaryService === undefined ? {} : { canaryService }),
    ...(stableService === undefined ? {} : { stableService }),
  }
  return ok({ router, route })
}
