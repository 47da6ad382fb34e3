import { createHash } from "node:crypto"
import { type Cluster, isClusterError } from "@argo-ts/k8s"
import {
  apiVersionOf,
  type EpochMs,
  isJsonObject,
  isOperationError,
  type JsonObject,
  type JsonValue,
  type Kind,
  type KubernetesObject,
  type ObjectKey,
  type ObjectMeta,
} from "@argo-ts/kernel"
import type { AttemptOutcome } from "../core/actions.js"
import type { KubernetesRequest, TriggerRequest } from "../core/request.js"
import type { FiringContext } from "./perform.js"

/** Annotation of everything a firing creates: the firing's cause. By it a repeated attempt finds its own work. */
export const causeAnnotation = "event-bus.argo-ts.dev/cause"

/** Labels upstream gives to what triggers create. */
export const triggerLabels = {
  sensor: "events.argoproj.io/sensor",
  trigger: "events.argoproj.io/trigger",
  actionTimestamp: "events.argoproj.io/action-timestamp",
} as const

interface WriteContext {
  readonly cluster: Cluster
  readonly firing: FiringContext
  /** When the firing was decided: the same for each attempt. */
  readonly at: EpochMs
}

type ObjectRequest = KubernetesRequest | Extract<TriggerRequest, { readonly type: "Submit" }>

function failed(message: string): AttemptOutcome {
  return { result: "Failed", message }
}

function succeeded(verb: string, kind: Kind, object: KubernetesObject): AttemptOutcome {
  const { namespace, name = "" } = object.metadata
  const place = namespace === undefined ? name : `${namespace}/${name}`
  return { result: "Succeeded", message: `${verb} ${kind.kind} ${place}` }
}

async function kindOf(cluster: Cluster, object: JsonObject): Promise<Kind | undefined> {
  const kinds = await cluster.kinds()
  const { apiVersion, kind } = object
  return kinds.find((each) => each.kind === kind && apiVersionOf(each) === apiVersion)
}

/** The object in the sensor's namespace unless it names its own. */
function placed(object: JsonObject, kind: Kind, firing: FiringContext): KubernetesObject {
  const metadata = (isJsonObject(object["metadata"]) ? object["metadata"] : {}) as ObjectMeta
  const { namespace: own, ...rest } = metadata
  const namespace = own === undefined || own === "" ? firing.namespace : own
  const isNamespaced = kind.scope === "Namespaced"
  return {
    ...object,
    metadata: isNamespaced ? { ...rest, namespace } : rest,
  } as unknown as KubernetesObject
}

function marked(object: KubernetesObject, { firing, at }: WriteContext): KubernetesObject {
  const { metadata } = object
  const labels = {
    ...metadata.labels,
    [triggerLabels.sensor]: firing.sensor,
    [triggerLabels.trigger]: firing.trigger,
    [triggerLabels.actionTimestamp]: String(at),
  }
  const annotations = { ...metadata.annotations, [causeAnnotation]: firing.cause }
  return { ...object, metadata: { ...metadata, labels, annotations } }
}

const nameAlphabet = "bcdfghjklmnpqrstvwxz2456789"
const suffixLength = 5
const prefixMax = 63 - suffixLength

/** The suffix a server would draw at random, here from the cause: the same firing asks for the same name. */
function suffixOf(cause: string, attempt: number): string {
  const digest = createHash("sha256").update(`${cause}/${attempt}`).digest()
  return [...digest.subarray(0, suffixLength)]
    .map((byte) => nameAlphabet[byte % nameAlphabet.length])
    .join("")
}

function namesFor(object: KubernetesObject, cause: string): readonly string[] {
  const { name, generateName } = object.metadata
  if (name !== undefined && name !== "") return [name]
  if (generateName === undefined || generateName === "") return []
  const prefix = generateName.slice(0, prefixMax)
  return [0, 1, 2, 3].map((attempt) => `${prefix}${suffixOf(cause, attempt)}`)
}

/**
 * Creates the object of a firing exactly once: where the name is taken by an object of the same cause, an earlier
 * attempt made it.
 */
async function create(
  kind: Kind,
  given: KubernetesObject,
  context: WriteContext,
): Promise<AttemptOutcome> {
  const { cluster, firing } = context
  const names = namesFor(given, firing.cause)
  if (names.length === 0) return failed(`the ${kind.kind} has neither name nor generateName`)
  const { namespace } = given.metadata
  for (const name of names) {
    const object = marked({ ...given, metadata: { ...given.metadata, name } }, context)
    const key: ObjectKey = namespace === undefined ? { name } : { namespace, name }
    try {
      return succeeded("created", kind, await cluster.create(kind, object))
    } catch (error) {
      if (!isClusterError(error, "AlreadyExists")) throw error
    }
    const existing = await cluster.get(kind, key)
    if (existing?.metadata.annotations?.[causeAnnotation] === firing.cause) {
      return succeeded("created", kind, existing)
    }
  }
  return failed(`a ${kind.kind} called "${names[0] ?? ""}" already exists`)
}

/** The template laid over the live object: mappings merge, everything else is replaced. */
function overlay(live: JsonValue | undefined, template: JsonValue): JsonValue {
  if (!isJsonObject(live) || !isJsonObject(template)) return template
  const merged: { [key: string]: JsonValue } = { ...live }
  for (const [key, value] of Object.entries(template)) merged[key] = overlay(live[key], value)
  return merged
}

const conflictsMax = 5

async function update(
  kind: Kind,
  object: KubernetesObject,
  context: WriteContext,
): Promise<AttemptOutcome> {
  const key = keyOf(object)
  for (let conflicts = 0; ; conflicts++) {
    const live = await context.cluster.get(kind, key)
    if (live === undefined) return create(kind, object, context)
    const next = overlay(live as unknown as JsonValue, object as unknown as JsonValue)
    try {
      const written = await context.cluster.update(kind, next as unknown as KubernetesObject)
      return succeeded("updated", kind, written)
    } catch (error) {
      if (!isClusterError(error, "Conflict") || conflicts >= conflictsMax) throw error
    }
  }
}

function keyOf(object: KubernetesObject): ObjectKey {
  const { namespace, name = "" } = object.metadata
  return namespace === undefined ? { name } : { namespace, name }
}

async function patch(
  kind: Kind,
  object: KubernetesObject,
  strategy: KubernetesRequest["patchStrategy"],
  context: WriteContext,
): Promise<AttemptOutcome> {
  const { cluster } = context
  if (strategy === "application/json-patch+json") return failed("a JSON patch is not an object")
  const document = object as unknown as JsonObject
  try {
    if (strategy === "application/apply-patch+yaml") {
      const options = { fieldManager: "event-bus" }
      return succeeded("applied", kind, await cluster.apply(kind, object, options))
    }
    const type = strategy === "application/merge-patch+json" ? "merge" : "strategic"
    const written = await cluster.patch(kind, keyOf(object), { type, patch: document })
    return succeeded("patched", kind, written)
  } catch (error) {
    if (isClusterError(error, "NotFound")) return create(kind, object, context)
    throw error
  }
}

async function write(
  request: ObjectRequest,
  kind: Kind,
  context: WriteContext,
): Promise<AttemptOutcome> {
  const object = placed(request.object, kind, context.firing)
  if (request.type === "Submit" || request.operation === "create") {
    return create(kind, object, context)
  }
  const { name } = object.metadata
  if (name === undefined || name === "") {
    return failed(`to ${request.operation} a ${kind.kind} its name must be known`)
  }
  switch (request.operation) {
    case "update":
      return update(kind, object, context)
    case "patch":
      return patch(kind, object, request.patchStrategy, context)
    case "delete": {
      await context.cluster.delete(kind, keyOf(object))
      return succeeded("deleted", kind, object)
    }
  }
}

/**
 * Writes the object a trigger asks for. What the cluster refuses fails the attempt; a cluster that cannot answer
 * now rejects.
 */
export async function writeObject(
  request: ObjectRequest,
  context: WriteContext,
): Promise<AttemptOutcome> {
  const { apiVersion, kind: name } = request.object
  try {
    const kind = await kindOf(context.cluster, request.object)
    if (kind === undefined) {
      return failed(
        `the cluster serves no ${JSON.stringify(name)} in ${JSON.stringify(apiVersion)}`,
      )
    }
    return await write(request, kind, context)
  } catch (error) {
    if (isOperationError(error) && !error.retryable) return failed(error.message)
    throw error
  }
}
