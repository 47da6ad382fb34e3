import type { ReconcileContext, ReconcileResult } from "@argo-ts/k8s"
import { type EpochMs, earliest, type ObjectKey, type Stored } from "@argo-ts/kernel"
import { rollouts } from "../api/kinds.js"
import { parseRollout } from "../api/parse.js"
import type { Rollout } from "../api/rollout.js"
import { decideRollout, type RolloutDecision } from "../core/decide-rollout.js"
import { rolloutEvents } from "../core/events.js"
import { refuseRollout } from "../core/invalid.js"
import type { TrafficRouters } from "../traffic/traffic-router.js"
import { observeRollout } from "./observe.js"
import { performAction } from "./perform.js"
import { chooseRouter, type RouterChoice } from "./routers.js"

interface Decided {
  readonly decision: RolloutDecision
  readonly router: RouterChoice | undefined
}

async function decide(
  stored: Stored<Rollout>,
  context: ReconcileContext,
  routers: TrafficRouters,
): Promise<Decided> {
  const now = context.clock.now()
  const parsed = parseRollout(stored)
  if (!parsed.ok) return { decision: refuseRollout(stored, parsed.issues, now), router: undefined }
  const rollout = parsed.value
  const router = chooseRouter(rollout, routers, context.cluster)
  if (!router.ok) return { decision: refuseRollout(stored, router.issues, now), router: undefined }
  const observed = await observeRollout(context, rollout, router.value, now)
  return { decision: decideRollout(rollout, observed, now), router: router.value }
}

/**
 * Observes, decides, records, performs — in this order, so that a crash repeats an action and never loses a decision.
 * Keeps nothing between two calls.
 */
export async function reconcileRollout(
  key: ObjectKey,
  context: ReconcileContext,
  routers: TrafficRouters,
): Promise<ReconcileResult> {
  const { cluster, clock, logger } = context
  const stored = await cluster.get(rollouts, key)
  if (stored === undefined || stored.metadata.deletionTimestamp !== undefined) return {}
  const { decision, router } = await decide(stored, context, routers)
  const { status, actions } = decision
  const hasChanged =
    status !== stored.status && JSON.stringify(status) !== JSON.stringify(stored.status)
  if (hasChanged) await cluster.update(rollouts, { ...stored, status }, { subresource: "status" })
  for (const event of rolloutEvents(stored, status, actions)) context.record(stored, event)
  let again: EpochMs | undefined
  for (const action of actions) {
    logger.debug("rollout action", { rollout: stored.metadata.name, action: action.key })
    await performAction({ cluster, rollout: stored, router }, action)
    // A router need not live in an object that is watched: look again at once.
    if (action.type === "SetWeight") again = clock.now()
  }
  const wakeAt = earliest(decision.wakeAt, again)
  return wakeAt === undefined ? {} : { wakeAt }
}
