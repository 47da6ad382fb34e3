import { own } from "@argo-ts/kernel"
import { isDynamicRollback } from "./canary-traffic.js"
import { managedByAnnotation } from "./labels.js"
import { isHalted, type Turn } from "./turn.js"
import {
  hasTrafficRouting,
  type RolloutView,
  type SetView,
  selectedHash,
  serviceOf,
} from "./view.js"

/** Proposes that a Service selects the pods of a hash; nothing where it does, or is not there. */
export function pointService(turn: Turn, name: string | undefined, hash: string | undefined): void {
  if (name === undefined || hash === undefined || hash === "") return
  const service = serviceOf(turn.view, name)
  if (service === undefined) return
  const isManaged = own(service.metadata.annotations, managedByAnnotation) === turn.view.name
  if (isManaged && selectedHash(service) === hash) return
  const key = `services/${name}/selector/${hash}`
  turn.actions.push({ type: "PointService", key, service: name, hash })
}

/** A Service may follow a set with a pod available; one that is only being adopted, when all are. */
function mayFollow(view: RolloutView, name: string | undefined, set: SetView | undefined): boolean {
  if (set === undefined) return false
  const service = serviceOf(view, name)
  const isAdopted = own(service?.metadata.annotations, managedByAnnotation) !== undefined
  return isAdopted ? set.available > 0 : set.available > 0 && set.available === set.spec
}

/** Which hash the canary Service should select; undefined leaves it as it is (spec/rollouts §2.10). */
function canaryHash(turn: Turn): string | undefined {
  const { view, draft } = turn
  const { newSet, stableSet } = view
  const name = view.canary?.canaryService
  const isDistinct = stableSet !== undefined && stableSet !== newSet
  if (draft.abort === true && isDistinct) {
    // With a router the traffic has to leave first; the pods behind the Service then no longer matter.
    const hasLeft = (view.observed.traffic?.canary ?? 0) === 0
    if (hasTrafficRouting(view)) return hasLeft ? stableSet.hash : undefined
    return mayFollow(view, name, stableSet) ? stableSet.hash : undefined
  }
  if (isDynamicRollback(view)) return undefined
  return mayFollow(view, name, newSet) ? view.podHash : undefined
}

/** Proposes the selectors of the canary's Services. */
export function pointCanaryServices(turn: Turn): void {
  const { view } = turn
  if (isHalted(turn) || view.canary === undefined) return
  const { stableService, canaryService } = view.canary
  if (mayFollow(view, stableService, view.stableSet)) {
    pointService(turn, stableService, view.stableSet?.hash)
  }
  pointService(turn, canaryService, canaryHash(turn))
}
