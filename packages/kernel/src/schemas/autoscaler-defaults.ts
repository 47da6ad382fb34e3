import type { JsonObject } from "../json.js"
import { type Default, withDefaults, withNested } from "./fill.js"

const averageCpu: JsonObject = {
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
}
const allAtOnce: JsonObject = { type: "Percent", value: 100, periodSeconds: 15 }
const fourPods: JsonObject = { type: "Pods", value: 4, periodSeconds: 15 }

const scaleUp: JsonObject = {
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [fourPods, allAtOnce],
}
const scaleDown: JsonObject = { selectPolicy: "Max", policies: [allAtOnce] }

function rules(object: JsonObject, defaults: JsonObject): JsonObject {
  const given = object["policies"]
  const isEmpty = Array.isArray(given) && given.length === 0
  const { policies: _none, ...rest } = object
  return withDefaults(isEmpty ? rest : object, defaults)
}

/** What the server writes into an autoscaler of `autoscaling/v2`; behaviour only where its author gives some. */
export const autoscalerSpec: Default = (spec) => {
  const metrics = spec["metrics"]
  const isOpen = Array.isArray(metrics) && metrics.length === 0
  const { metrics: _none, ...rest } = spec
  const filled = withDefaults(isOpen ? rest : spec, { minReplicas: 1, metrics: [averageCpu] })
  return withNested(filled, "behavior", (behavior) =>
    withNested(
      withNested(behavior, "scaleUp", (own) => rules(own, scaleUp), true),
      "scaleDown",
      (own) => rules(own, scaleDown),
      true,
    ),
  )
}
