import { isJsonObject, type JsonObject, type UntypedObject } from "@argo-ts/kernel"
import { applyDefaults } from "@argo-ts/kernel/schemas"
import { withDefinitionDefaults } from "../definitions/check-definition.js"
import { readDefinition } from "../definitions/definition.js"
import type { KindRules } from "../kinds/rules.js"
import type { Collection } from "../store/collection.js"
import { asJson, asObject, part, type StoredObject } from "../store/stored-object.js"
import { badRequest } from "./errors.js"

/** What the server adds to an object of a kind before it is validated. */
interface Admission {
  readonly object: UntypedObject
  readonly before: StoredObject | undefined
  readonly others: Collection
  /** Unknown fields are refused. Default false. */
  readonly isStrict?: boolean | undefined
}

type Admit = (admission: Admission) => UntypedObject

const admitNamespace: Admit = ({ object, before }) => {
  const { name = "" } = object.metadata
  const labels = { ...object.metadata.labels, "kubernetes.io/metadata.name": name }
  const spec = before === undefined ? { finalizers: ["kubernetes"] } : (before["spec"] ?? {})
  const status = before === undefined ? { phase: "Active" } : (object["status"] ?? {})
  return { ...object, metadata: { ...object.metadata, labels }, spec, status }
}

const admitSecret: Admit = ({ object }) => {
  const { stringData, ...rest } = object
  if (typeof stringData !== "object" || stringData === null) return rest as UntypedObject
  const data: { [key: string]: string } = { ...(part(object, "data") as { [key: string]: string }) }
  for (const [key, value] of Object.entries(stringData)) {
    const text = Buffer.from(String(value), "utf8").toString("base64")
    Object.defineProperty(data, key, {
      value: text,
      enumerable: true,
      configurable: true,
      writable: true,
    })
  }
  return { ...rest, data } as unknown as UntypedObject
}

/** The lowest free address of 10.96.0.0/16 from .10 on; the sim has no use for spreading them. */
function freeAddress(others: Collection): string {
  const all = { namespace: undefined, name: undefined, labelLines: [], isNarrowed: false }
  const used = new Set(
    others
      .list({ ...all, matches: () => true })
      .map((service) => part(service, "spec")["clusterIP"]),
  )
  for (let index = 10; index < 65_534; index++) {
    const address = `10.96.${index >> 8}.${index & 255}`
    if (!used.has(address)) return address
  }
  return "None"
}

const admitService: Admit = ({ object, before, others }) => {
  const spec = part(object, "spec")
  const status = object["status"] ?? { loadBalancer: {} }
  if (spec["type"] === "ExternalName") {
    const { clusterIP: _ip, clusterIPs: _ips, ...rest } = spec
    return { ...object, spec: rest, status } as UntypedObject
  }
  const old = before === undefined ? {} : part(before, "spec")
  const clusterIP = spec["clusterIP"] ?? old["clusterIP"] ?? freeAddress(others)
  return {
    ...object,
    spec: { ...spec, clusterIP, clusterIPs: [clusterIP] },
    status,
  } as UntypedObject
}

const admitPod: Admit = ({ object, before }) => {
  if (before !== undefined) return object
  return { ...object, status: { phase: "Pending", qosClass: "BestEffort" } }
}

/** A Job selects its pods by its own uid unless its author does that himself. */
const admitJob: Admit = ({ object, before }) => {
  const spec = part(object, "spec")
  if (before !== undefined) return object
  const { uid = "", name = "" } = object.metadata
  const added = {
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": name,
    "controller-uid": uid,
    "job-name": name,
  }
  const template = nested(spec, "template")
  const metadata = nested(template, "metadata")
  const labels = nested(metadata, "labels")
  const own =
    Object.keys(object.metadata.labels ?? {}).length === 0 && Object.keys(labels).length > 0
  const isManual = spec["manualSelector"] === true
  const selector = { matchLabels: { "batch.kubernetes.io/controller-uid": uid } }
  const next: JsonObject = {
    ...spec,
    selector: isManual ? (spec["selector"] ?? {}) : selector,
    template: {
      ...template,
      metadata: { ...metadata, labels: isManual ? labels : { ...labels, ...added } },
    },
  }
  return {
    ...object,
    metadata: own
      ? { ...object.metadata, labels: labels as { [key: string]: string } }
      : object.metadata,
    spec: next,
  }
}

function nested(object: JsonObject, name: string): JsonObject {
  const value = object[name]
  return value !== undefined && isJsonObject(value) ? value : {}
}

/** A definition is served once its status says so, which is the server's own to say. */
const admitDefinition: Admit = ({ object, before }) => {
  const filled = withDefinitionDefaults(object)
  if (before !== undefined) return filled
  const { versions } = readDefinition(filled)
  const storedVersions = versions.filter(({ isStorage }) => isStorage).map(({ name }) => name)
  const status = { conditions: null, acceptedNames: { plural: "", kind: "" }, storedVersions }
  return { ...filled, status }
}

const statusAtFirst = (status: JsonObject): Admit => {
  return ({ object, before }) => (before === undefined ? { ...object, status } : object)
}

const admissions: { readonly [kind: string]: Admit } = {
  Namespace: admitNamespace,
  Secret: admitSecret,
  Service: admitService,
  Pod: admitPod,
  Job: admitJob,
  CustomResourceDefinition: admitDefinition,
  Deployment: statusAtFirst({}),
  ReplicaSet: statusAtFirst({ replicas: 0 }),
  StatefulSet: statusAtFirst({ replicas: 0, availableReplicas: 0 }),
}

function admitCustom(rules: KindRules, { object, isStrict }: Admission): UntypedObject {
  if (rules.custom === undefined) return object
  const { object: admitted, unknown } = rules.custom.admit(object)
  if (isStrict !== true || unknown.length === 0) return admitted
  const { kind } = rules.kind
  const fields = unknown.map((path) => `unknown field ${JSON.stringify(path)}`).join(", ")
  const { version } = rules.kind
  throw badRequest(
    `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: strict decoding error: ${fields}`,
  )
}

/** The object with defaults and with what the server adds on its own. */
export function admit(rules: KindRules, admission: Admission): UntypedObject {
  if (!rules.isBuiltIn) return admitCustom(rules, admission)
  const { kind } = rules.kind
  const filled = asObject(applyDefaults(rules.apiVersion, kind, asJson(admission.object)))
  return admissions[kind]?.({ ...admission, object: filled }) ?? filled
}
