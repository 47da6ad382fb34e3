import {
  type Condition,
  isJsonObject,
  type JsonObject,
  type KubernetesObject,
  listAt,
  objectAt,
  textAt,
} from "@argo-ts/kernel"
import { lineOf } from "../line.js"
import type { EventLine } from "../model.js"

const notSources: ReadonlySet<string> = new Set(["eventBusName", "template", "service", "replicas"])

function eventsOf(spec: JsonObject): readonly string[] {
  return Object.keys(spec)
    .filter((type) => !notSources.has(type) && isJsonObject(spec[type]))
    .flatMap((type) => Object.keys(objectAt(spec, type)).map((name) => `${type}/${name}`))
}

/** What a screen shows of an EventSource or a Sensor. */
export function eventLine(object: KubernetesObject, kind: EventLine["kind"]): EventLine {
  const conditions = listAt(
    object,
    "status",
    "conditions",
  ) as readonly unknown[] as readonly Condition[]
  const failed = conditions.find((condition) => condition.status === "False")
  const isDeployed = conditions.some(({ type, status }) => type === "Deployed" && status === "True")
  const state = failed !== undefined ? "Error" : isDeployed ? "Deployed" : "Pending"
  const spec = objectAt(object, "spec")
  const dependencies = listAt(spec, "dependencies").map((each) => textAt(each, "name"))
  return {
    ...lineOf(object, state, failed?.message ?? ""),
    kind,
    inputs: kind === "EventSource" ? eventsOf(spec) : dependencies,
    triggers: listAt(spec, "triggers").map((each) => textAt(each, "template", "name")),
  }
}
