import type { Reconcile } from "@argo-ts/k8s"
import { type Condition, equalJson, formatInstant, setCondition } from "@argo-ts/kernel"
import { applicationSets } from "../api/kinds.js"

/** Says in an ApplicationSet's status, where upstream says what went wrong, that it generates nothing yet. */
export const refuseApplicationSet: Reconcile = async (key, { cluster, clock }) => {
  const set = await cluster.get(applicationSets, key)
  if (set === undefined || set.metadata.deletionTimestamp !== undefined) return {}
  const before = (set.status?.["conditions"] ?? []) as unknown as readonly Condition[]
  const conditions = setCondition(before, {
    type: "ErrorOccurred",
    status: "True",
    reason: "UnsupportedField",
    message: "spec.generators: ApplicationSets are not built yet; no Application was generated",
    lastTransitionTime: formatInstant(clock.now()),
  })
  if (equalJson(conditions, before)) return {}
  const status = { ...set.status, conditions: JSON.parse(JSON.stringify(conditions)) }
  await cluster.update(applicationSets, { ...set, status }, { subresource: "status" })
  return {}
}
