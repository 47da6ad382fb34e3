import type { JsonObject, JsonValue } from "@argo-ts/kernel"
import { at, countAt, listAt, textAt } from "./reading.js"

/** Where a metric keeps its target and its name, by its type. */
const sources: { readonly [type: string]: string } = {
  Resource: "resource",
  ContainerResource: "containerResource",
  Pods: "pods",
  Object: "object",
  External: "external",
}

const unknown = "<unknown>"

function nameOf(type: string, source: JsonValue | undefined): string {
  return type === "Resource" || type === "ContainerResource"
    ? textAt(source, ["name"])
    : textAt(source, ["metric", "name"])
}

/** A value as it is compared: a share, an average, or the value itself. */
function valueOf(value: JsonValue | undefined, member: string): string {
  const found = at(value, member)
  if (member === "averageUtilization") return typeof found === "number" ? `${found}%` : unknown
  return typeof found === "string" || typeof found === "number" ? String(found) : unknown
}

function targetText(metric: JsonObject, current: readonly JsonObject[]): string {
  const type = textAt(metric, ["type"])
  const source = at(metric, sources[type] ?? "")
  const name = nameOf(type, source)
  const measured = current.find(
    (each) => each["type"] === type && nameOf(type, at(each, sources[type] ?? "")) === name,
  )
  const target = at(source, "target")
  const member =
    ["averageUtilization", "averageValue", "value"].find(
      (each) => at(target, each) !== undefined,
    ) ?? "value"
  const value = at(measured, sources[type] ?? "", "current")
  const average = member === "averageValue" && type !== "Resource" ? " (avg)" : ""
  const text = `${valueOf(value, member)}/${valueOf(target, member)}${average}`
  // What is no resource goes without its name.
  return type === "Resource" || type === "ContainerResource" ? `${name}: ${text}` : text
}

/** The cells of a HorizontalPodAutoscaler. */
export function autoscalerCells(autoscaler: JsonObject): { readonly [column: string]: JsonValue } {
  const current = listAt(autoscaler, "status", "currentMetrics")
  const all = listAt(autoscaler, "spec", "metrics").map((metric) => targetText(metric, current))
  const shown = all.slice(0, 2).join(", ")
  const more = all.length > 2 ? ` + ${all.length - 2} more...` : ""
  const target = at(autoscaler, "spec", "scaleTargetRef")
  return {
    Reference: `${textAt(target, ["kind"])}/${textAt(target, ["name"])}`,
    Targets: all.length === 0 ? "<none>" : shown + more,
    MinPods: String(at(autoscaler, "spec", "minReplicas") ?? "<unset>"),
    MaxPods: String(countAt(autoscaler, "spec", "maxReplicas")),
    Replicas: String(countAt(autoscaler, "status", "currentReplicas")),
  }
}
