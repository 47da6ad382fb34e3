import {
  canonicalJson,
  compareText,
  isJsonObject,
  listAt,
  objectAt,
  textAt,
  valueAt,
} from "@argo-ts/kernel"
import type { FactSource, LoggedObject } from "./fact.js"

/** One thing about an object whose change is a fact. Its text is compared; an empty `reason` is silent. */
export interface Aspect {
  readonly name: string
  /** Compared with the aspect of the write before. */
  readonly state: string
  readonly reason: string
  readonly message: string
  /** Only writes by this field manager count; others change the state silently. */
  readonly by?: readonly FactSource[]
}

/** How the objects of one kind tell facts, and whose they are where the writer is nobody known. */
export interface KindFacts {
  readonly source: FactSource
  readonly aspects: (object: LoggedObject) => readonly Aspect[]
}

function aspect(name: string, reason: string, message: string, state = reason): Aspect {
  return { name, state, reason, message }
}

function shortImage(image: string): string {
  return image.slice(image.lastIndexOf("/") + 1)
}

function workflow(object: LoggedObject): readonly Aspect[] {
  const parameters = listAt(object, "spec", "arguments", "parameters")
  const revision = parameters.find((each) => textAt(each, "name") === "revision")
  const nodes = Object.values(objectAt(object, "status", "nodes"))
    .filter((node) => textAt(node, "type") === "Pod" && textAt(node, "phase") !== "Pending")
    .toSorted((left, right) => compareText(textAt(left, "name"), textAt(right, "name")))
  return [
    aspect("created", "Created", `for commit ${textAt(revision, "value").slice(0, 8)}`),
    ...nodes.map((node) => {
      const phase = textAt(node, "phase")
      const step = textAt(node, "displayName")
      return aspect(`node/${textAt(node, "id")}`, `Step${phase}`, step)
    }),
    aspect("phase", textAt(object, "status", "phase"), textAt(object, "status", "message")),
  ]
}

function rollout(object: LoggedObject): readonly Aspect[] {
  const steps = listAt(object, "spec", "strategy", "canary", "steps").length
  const index = valueAt(object, "status", "currentStepIndex")
  const isStepping = typeof index === "number" && index > 0 && index <= steps
  const phase = textAt(object, "status", "phase")
  const message = textAt(object, "status", "message")
  const image = shortImage(textAt(object, "spec", "template", "spec", "containers", 0, "image"))
  const spec = canonicalJson(valueAt(object, "spec") ?? null)
  return [
    { ...aspect("spec", "Configured", image, spec), by: ["gitops-core", "demo"] },
    aspect(
      "abort",
      valueAt(object, "status", "abort") === true ? "Aborted" : "",
      "back to the stable version",
    ),
    aspect(
      "step",
      isStepping ? "StepCompleted" : "",
      isStepping ? `${index} of ${steps}` : "",
      String(index),
    ),
    aspect("phase", phase, message, `${phase} ${message}`),
    weightAspect(object),
  ]
}

function weightAspect(object: LoggedObject): Aspect {
  const weight = valueAt(object, "status", "canary", "weights", "canary", "weight")
  const reason = typeof weight === "number" ? "TrafficShifted" : ""
  return aspect("weight", reason, `canary gets ${String(weight)} %`, String(weight))
}

function analysisRun(object: LoggedObject): readonly Aspect[] {
  return [aspect("phase", textAt(object, "status", "phase"), textAt(object, "status", "message"))]
}

function application(object: LoggedObject): readonly Aspect[] {
  const operation = textAt(object, "status", "operationState", "phase")
  const revision = textAt(object, "status", "operationState", "syncResult", "revision").slice(0, 8)
  const started = textAt(object, "status", "operationState", "startedAt")
  const health = textAt(object, "status", "health", "status")
  const reason = operation === "" ? "" : `Sync${operation}`
  return [
    aspect("sync", textAt(object, "status", "sync", "status"), ""),
    aspect("operation", reason, revision, `${operation} ${revision} ${started}`),
    aspect("health", health, textAt(object, "status", "health", "message"), health),
  ]
}

function freight(object: LoggedObject): readonly Aspect[] {
  const tag = textAt(object, "images", 0, "tag")
  const stages = (field: string, reason: string): readonly Aspect[] =>
    Object.keys(objectAt(object, "status", field))
      .toSorted(compareText)
      .map((stage) => aspect(`${field}/${stage}`, reason, `${tag} in ${stage}`))
  return [
    aspect("created", "Discovered", tag),
    ...stages("verifiedIn", "Verified"),
    ...stages("approvedFor", "Approved"),
  ]
}

function promotion(object: LoggedObject): readonly Aspect[] {
  const stage = textAt(object, "spec", "stage")
  const freightName = textAt(object, "spec", "freight").slice(0, 8)
  return [
    aspect("created", "Created", `freight ${freightName} to ${stage}`),
    aspect("phase", textAt(object, "status", "phase"), textAt(object, "status", "message")),
  ]
}

function stage(object: LoggedObject): readonly Aspect[] {
  const current = Object.values(objectAt(object, "status", "freightHistory", 0, "items"))[0]
  const tag = textAt(current, "images", 0, "tag")
  const verification = textAt(
    object,
    "status",
    "freightHistory",
    0,
    "verificationHistory",
    0,
    "phase",
  )
  const id = textAt(object, "status", "freightHistory", 0, "verificationHistory", 0, "id")
  return [
    aspect("freight", tag === "" ? "" : "Runs", tag, tag),
    aspect("health", textAt(object, "status", "health", "status"), ""),
    aspect(
      "verification",
      verification === "" ? "" : `Verification${verification}`,
      tag,
      `${verification} ${id}`,
    ),
  ]
}

function replicaSet(object: LoggedObject): readonly Aspect[] {
  const wanted = textAt(object, "spec", "replicas")
  const ready = textAt(object, "status", "readyReplicas") || "0"
  const image = shortImage(textAt(object, "spec", "template", "spec", "containers", 0, "image"))
  const isReady = wanted === ready
  return [
    aspect("replicas", "Scaled", `${wanted} × ${image}`, wanted),
    aspect(
      "ready",
      isReady && ready !== "0" ? "Ready" : "",
      `${ready} × ${image}`,
      isReady ? ready : "",
    ),
  ]
}

function service(object: LoggedObject): readonly Aspect[] {
  const spec = canonicalJson(valueAt(object, "spec") ?? null)
  const ports = listAt(object, "spec", "ports").map((port) => textAt(port, "port"))
  const configured = aspect("spec", "Configured", `port ${ports.join(", ")}`, spec)
  return [{ ...configured, by: ["gitops-core", "demo"] }]
}

function deployed(object: LoggedObject): readonly Aspect[] {
  const conditions = listAt(object, "status", "conditions")
  const found = conditions.find((each) => textAt(each, "type") === "Deployed")
  return [aspect("deployed", textAt(found, "status") === "True" ? "Deployed" : "", "")]
}

/** The demo's own notes: which commits its git host took, and where the story stands. */
function note(object: LoggedObject): readonly Aspect[] {
  if (object.metadata.namespace !== "demo") return []
  const data = valueAt(object, "data")
  if (!isJsonObject(data)) return []
  const line = textAt(data, "line")
  if (object.metadata.name === "story") return [aspect("line", "Story", line, line)]
  const push = textAt(data, "shop")
  return [aspect("push", "Pushed", push, push)]
}

/** Which kinds tell facts. */
export const factKinds: ReadonlyMap<string, KindFacts> = new Map<string, KindFacts>([
  ["Workflow", { source: "dag-engine", aspects: workflow }],
  ["Rollout", { source: "progressive-delivery", aspects: rollout }],
  ["AnalysisRun", { source: "progressive-delivery", aspects: analysisRun }],
  ["Application", { source: "gitops-core", aspects: application }],
  ["Freight", { source: "promotion", aspects: freight }],
  ["Promotion", { source: "promotion", aspects: promotion }],
  ["Stage", { source: "promotion", aspects: stage }],
  ["ReplicaSet", { source: "cluster", aspects: replicaSet }],
  ["Service", { source: "cluster", aspects: service }],
  ["EventSource", { source: "event-bus", aspects: deployed }],
  ["Sensor", { source: "event-bus", aspects: deployed }],
  ["ConfigMap", { source: "demo", aspects: note }],
])
