import type { Reconcile } from "@argo-ts/k8s"
import type { EpochMs } from "@argo-ts/kernel"
import { freights, projects, promotions } from "../api/kinds.js"
import { decideGarbage } from "../core/decide-garbage.js"

/** Deletes what has become too old in a Project, once a day, and once after a start. */
export function createGarbageCollection(): Reconcile {
  const next = new Map<string, EpochMs>()
  return async (key, { cluster, clock, logger }) => {
    const project = await cluster.get(projects, key)
    if (project === undefined) {
      next.delete(key.name)
      return {}
    }
    const due = next.get(key.name)
    // Whatever else happens to a Project does not make its garbage older.
    if (due !== undefined && clock.now() < due) return { wakeAt: due }
    const namespace = key.name
    const { actions, wakeAt } = decideGarbage(
      {
        promotions: (await cluster.list(promotions, { namespace })).items,
        freight: (await cluster.list(freights, { namespace })).items,
      },
      clock.now(),
    )
    for (const { type, name } of actions) {
      await cluster.delete(type === "DeletePromotion" ? promotions : freights, { namespace, name })
      logger.info("deleted what had become too old", { project: namespace, type, name })
    }
    if (wakeAt === undefined) return {}
    next.set(key.name, wakeAt)
    return { wakeAt }
  }
}
