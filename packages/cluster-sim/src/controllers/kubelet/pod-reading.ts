import { ClusterError } from "@argo-ts/k8s"
import { notFound } from "../../api/errors.js"
import type { Server } from "../../api/server.js"
import type { KindRules } from "../../kinds/rules.js"
import { everyObject } from "../../store/selection.js"
import type { StoredObject } from "../../store/stored-object.js"
import type { Pod } from "../workloads.js"
import { type PodLog, type PodLogOptions, type ProcessLogs, readLog } from "./pod-logs.js"
import { type PodMetrics, readMetrics } from "./pod-metrics.js"
import { type PodScripts, planPod } from "./pod-script.js"
import type { PodProcesses } from "./process/pod-processes.js"

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

/** What the processes of a pod have written. */
function logsOf(processes: PodProcesses, uid: string): ProcessLogs {
  return (container, restartCount) => {
    const run = processes.runsOf(uid, container).find((one) => one.restartCount === restartCount)
    if (run === undefined) return undefined
    const { lines, dropped } = run.log
    return { lines, dropped, isEnded: run.end !== undefined }
  }
}

/** Reads logs and usage out of scripts and states, for which nothing is kept, and what processes have written. */
export function createPodReading(
  server: Server,
  scripts: PodScripts,
  processes: PodProcesses,
): PodReading {
  const rules = server.registry.byId("/pods") as KindRules
  return {
    podLogs(namespace, name, options = {}) {
      const object = server.store.collection(rules).get(namespace, name)
      if (object === undefined) throw notFound(rules, name)
      const pod = asPod(object)
      const plan = planPod(pod, scripts)
      const own = plan.run === "process" ? logsOf(processes, object.metadata.uid) : undefined
      const log = readLog(pod, plan, { ...options, now: server.now(), processes: own })
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
