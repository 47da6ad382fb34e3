import { type Controller, controller } from "@argo-ts/k8s"
import { equalJson, formatIssue } from "@argo-ts/kernel"
import { eventBuses } from "../api/kinds.js"
import { parseEventBus } from "../api/parse-event-bus.js"
import { withConditions } from "./conditions.js"

/** Tells in the status of an EventBus whether the built-in bus takes its place. */
export function busController(): Controller {
  return controller("event-bus/bus", eventBuses).reconcile(async (key, { cluster, clock }) => {
    const bus = await cluster.get(eventBuses, key)
    if (bus === undefined || bus.metadata.deletionTimestamp !== undefined) return {}
    const parsed = parseEventBus(bus)
    const problem = parsed.ok
      ? undefined
      : { reason: "InvalidEventBus", message: parsed.issues.map(formatIssue).join("; ") }
    const conditions = withConditions(
      bus.status?.conditions,
      [
        ["Deployed", problem],
        ["Configured", problem],
      ],
      clock.now(),
    )
    const status = { ...bus.status, conditions }
    if (!equalJson(status, bus.status)) {
      await cluster.update(eventBuses, { ...bus, status }, { subresource: "status" })
    }
    return {}
  })
}
