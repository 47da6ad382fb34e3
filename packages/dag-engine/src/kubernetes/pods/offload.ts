import type { JsonObject } from "@argo-ts/kernel"
import type { Task } from "../../executors/executor.js"
import type { ConfigMap } from "../config-maps.js"
import { ownerOf, podLabels } from "./kinds.js"

/** An environment variable cannot be longer: a template that is, goes into a ConfigMap. */
const templateMax = 131_072
/** What stands in the environment instead: upstream's executor reads the file then. */
const offloaded = "offloaded"
const configVolume = "argo-env-config"
const configMount: JsonObject = { name: configVolume, mountPath: "/argo/config" }

/** A template on its way into a pod. */
export interface CarriedTemplate {
  /** The value of `ARGO_TEMPLATE`. */
  readonly value: string
  /** What every container has mounted besides. */
  readonly mounts: readonly JsonObject[]
  readonly volumes: readonly JsonObject[]
  /** The ConfigMap that has to be there before the pod. */
  readonly config: ConfigMap | undefined
}

/** A template as its pod carries it: in the environment, or in a ConfigMap of the pod's name where it is too long. */
export function carryTemplate(task: Task): CarriedTemplate {
  const { template: source, inputs } = task
  const { artifacts } = inputs ?? {}
  const template = {
    ...source,
    name: task.templateName,
    // Parameters have been inserted already; upstream leaves them out as well.
    inputs: artifacts === undefined ? {} : { artifacts },
  }
  const text = JSON.stringify(template)
  if (Buffer.byteLength(text) <= templateMax) {
    return { value: text, mounts: [], volumes: [], config: undefined }
  }
  return {
    value: offloaded,
    mounts: [configMount],
    volumes: [{ name: configVolume, configMap: { name: task.podName } }],
    config: {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: task.podName,
        namespace: task.namespace,
        labels: { [podLabels.workflow]: task.workflow },
        annotations: { [podLabels.nodeName]: task.nodeName, [podLabels.nodeId]: task.nodeId },
        ownerReferences: [ownerOf(task)],
      },
      data: { ARGO_TEMPLATE: text },
    },
  }
}
