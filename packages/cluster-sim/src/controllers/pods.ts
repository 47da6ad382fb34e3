import { type Controller, controller, type ReconcileResult } from "@argo-ts/k8s"
import { decidePod } from "./pod-decision.js"
import { behaviorOf, type PodScripts } from "./pod-script.js"
import { pods } from "./workloads.js"

/** The one node that every pod runs on. */
export const nodeName = "sim-node-0"

/** Scheduler and kubelet in one: binds pods to the node and plays their scripts. */
export function podController(scripts: PodScripts): Controller {
  return controller("cluster/pods", pods).reconcile(
    async (key, { cluster, clock }): Promise<ReconcileResult> => {
      const pod = await cluster.get(pods, key)
      if (pod === undefined) return {}
      const decision = decidePod(pod, behaviorOf(pod, scripts), clock.now())
      switch (decision.type) {
        case "Wait":
          return decision.wakeAt === undefined ? {} : { wakeAt: decision.wakeAt }
        case "Schedule":
          await cluster.update(pods, { ...pod, spec: { ...pod.spec, nodeName } })
          return {}
        case "Remove": {
          const { uid } = pod.metadata
          await cluster.delete(pods, key, { gracePeriodSeconds: 0, preconditions: { uid } })
          return {}
        }
        case "Report":
          await cluster.update(pods, { ...pod, status: decision.status }, { subresource: "status" })
          return {}
        default:
          return decision satisfies never
      }
    },
  )
}
