import { isJsonObject, type JsonObject, type UntypedObject } from "@argo-ts/kernel"
import { annotation } from "../annotations.js"
import { objectsAt, textAt } from "../read.js"
import { type HealthRule, health } from "./health.js"

const degraded: { readonly [type: string]: readonly string[] } = {
  AbleToScale: ["FailedGetScale", "FailedUpdateScale"],
  ScalingActive: [
    "FailedGetResourceMetric",
    "FailedGetObjectMetric",
    "FailedGetPodsMetric",
    "FailedGetExternalMetric",
    "FailedComputeMetricsReplicas",
    "InvalidSelector",
  ],
}

/** `autoscaling HorizontalPodAutoscaler`, v1 and v2 (spec/gitops §2.11). */
export const autoscalerHealth: HealthRule = (object) => {
  const conditions = conditionsOf(object)
  if (conditions === undefined) {
    const kind = `${object.apiVersion}, Kind=HorizontalPodAutoscaler`
    return health("Unknown", `unsupported HPA GVK: ${kind}`)
  }
  for (const condition of conditions) {
    const [type = "", reason = ""] = [textAt(condition, "type"), textAt(condition, "reason")]
    const message = textAt(condition, "message")
    if (Object.hasOwn(degraded, type) && degraded[type]?.includes(reason) === true) {
      return health("Degraded", message)
    }
    const isScaling = type === "AbleToScale" || type === "ScalingLimited"
    if (isScaling && textAt(condition, "status") === "True") return health("Healthy", message)
  }
  return health("Progressing", "Waiting to Autoscale")
}

function conditionsOf(object: UntypedObject): readonly JsonObject[] | undefined {
  if (object.apiVersion === "autoscaling/v2") return objectsAt(object, "status", "conditions")
  if (object.apiVersion !== "autoscaling/v1") return undefined
  const text = annotation(object, "autoscaling.alpha.kubernetes.io/conditions")
  if (text === undefined || text === "") return []
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) ? list.filter(isJsonObject) : []
  } catch {
    return []
  }
}
