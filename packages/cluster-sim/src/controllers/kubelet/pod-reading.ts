import { ClusterError } from "@argo-ts/k8s"
import { notFound } from "../../api/errors.js"
import type { Server } from "../../api/server.js"
import type { KindRules } from "../../kinds/rules.js"
import { everyObject } from "../../store/selection.js"
import type { StoredObject } from "../../store/stored-object.js"
import type { Pod } from "../workloads.js"
import { type PodLog, type PodLogOptions, readLog } from "./pod-logs.js"
import { type PodMetrics, readMetrics } from "./pod-metrics.js"
import { type PodScripts, planPod } from "./pod-script.js"

/** What can be read of running pods beside their objects. */
export interface PodReading {
  /**
   * What a container has written so far. Refused with NotFound where the pod is absent and BadRequest where the
   * container is, has not started, or has no run before.
   */
  podLogs(namespace: string, name: string, options?: PodLogOptions): PodLog
  /** What running pods use, by namespace and name. Default all namespaces. */
  podMetrics(namespace?: string): readonly PodMetrics[]
}

function asPod(object: StoredObject): Pod {
  return object as unknown as Pod
}

/** Reads logs and usage out of scripts and states: nothing is kept for it. */
export function createPodReading(server: Server, scripts: PodScripts): PodReading {
  const rules = server.registry.byId("/pods") as KindRules
  return {
    podLogs(namespace, name, options = {}) {
      const object = server.store.collection(rules).get(namespace, name)
      if (object === undefined) throw notFound(rules, name)
      const pod = asPod(object)
      const log = readLog(pod, planPod(pod, scripts), { ...options, now: server.now() })
      if ("refusal" in log) throw new ClusterError("BadRequest", log.refusal)
      return log
    },
    podMetrics: (namespace) =>
      server.store
        .collection(rules)
        .list({ ...everyObject, namespace })
        .flatMap((object) => {
          const pod = asPod(object)
          return readMetrics(pod, planPod(pod, scripts), server.now()) ?? []
        }),
  }
}
