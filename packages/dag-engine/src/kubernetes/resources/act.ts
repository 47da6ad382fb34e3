import { type Cluster, isClusterError, type Patch } from "@argo-ts/k8s"
import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type KubernetesObject,
  type ObjectKey,
  OperationError,
  parseLabelSelector,
  safeEncode,
  sha1,
} from "@argo-ts/kernel"
import { workflows } from "../../api/kinds.js"
import type { ResourceTemplate } from "../../api/leaf.js"
import { mergeStrategies, resourceActions } from "../../api/validate/leaf.js"
import type { Task } from "../../executors/executor.js"
import type { Target } from "./target.js"

const fieldManager = "argo"

function refuse(message: string): never {
  throw new OperationError(message, { code: "InvalidResource", retryable: false })
}

/** Does what `action` says; `undefined` where nothing is left to look at. Doing it twice does it once. */
export async function act(
  task: Task,
  target: Target,
  cluster: Cluster,
): Promise<JsonValue | undefined> {
  const { action } = task.template.resource as ResourceTemplate
  switch (action) {
    case "get":
      return read(target, cluster)
    case "delete":
      return remove(target, cluster)
    case "patch":
      return patch(task, target, cluster)
    case "create":
    case "apply":
    case "replace":
      return write(task, target, cluster)
    default:
      return refuse(`resource.action: is one of ${resourceActions.join(", ")}, found "${action}"`)
  }
}

function keyOf({ kind, namespace, name }: Target): ObjectKey {
  if (name === undefined) return refuse(`resource: expected the name of a ${kind.kind}`)
  return namespace === undefined ? { name } : { namespace, name }
}

async function read(target: Target, cluster: Cluster): Promise<JsonValue | undefined> {
  const key = keyOf(target)
  const found = await cluster.get(target.kind, key)
  if (found !== undefined) return found as unknown as JsonValue
  return target.isLenient ? undefined : missing(target)
}

function missing({ kind, name = "" }: Target): never {
  throw new OperationError(`the ${kind.kind} ${name} does not exist`, {
    code: "ResourceNotFound",
    retryable: false,
  })
}

async function remove(target: Target, cluster: Cluster): Promise<undefined> {
  if (target.selector === undefined) {
    const isGone = await cluster.delete(target.kind, keyOf(target), { fieldManager })
    return isGone || target.isLenient ? undefined : missing(target)
  }
  const selector = parseLabelSelector(target.selector)
  if (!selector.ok) return refuse(`resource.flags: ${selector.issues[0]?.message ?? "no selector"}`)
  const { kind, namespace } = target
  const where = namespace === undefined ? {} : { namespace }
  const { items } = await cluster.list(kind, { ...where, labelSelector: selector.value })
  for (const { metadata } of items) {
    await cluster.delete(kind, { ...where, name: metadata.name }, { fieldManager })
  }
  return undefined
}

async function patch(task: Task, target: Target, cluster: Cluster): Promise<JsonValue> {
  const { mergeStrategy = "strategic" } = task.template.resource as ResourceTemplate
  const body = patchOf(mergeStrategy, target)
  const patched = await cluster.patch(target.kind, keyOf(target), body, { fieldManager })
  return patched as unknown as JsonValue
}

function patchOf(mergeStrategy: string, { manifest }: Target): Patch {
  switch (mergeStrategy) {
    case "json":
      return {
        type: "json",
        operations: manifest as unknown as (Patch & { type: "json" })["operations"],
      }
    case "strategic":
    case "merge":
      return { type: mergeStrategy, patch: (manifest ?? {}) as JsonObject }
    default: {
      const words = mergeStrategies.join(", ")
      return refuse(`resource.mergeStrategy: is one of ${words}, found "${mergeStrategy}"`)
    }
  }
}

async function write(task: Task, target: Target, cluster: Cluster): Promise<JsonValue> {
  const resource = task.template.resource as ResourceTemplate
  const object = await completed(task, target, cluster)
  const { kind } = target
  if (resource.action === "apply") {
    const applied = await cluster.apply(kind, object, { fieldManager, force: true })
    return applied as unknown as JsonValue
  }
  if (resource.action === "replace") {
    return (await cluster.update(kind, object, { fieldManager })) as unknown as JsonValue
  }
  try {
    return (await cluster.create(kind, object, { fieldManager })) as unknown as JsonValue
  } catch (error) {
    // An earlier life of this program may have made it and not have lived to say so.
    if (!task.isResumed || !isClusterError(error, "AlreadyExists")) throw error
    return (await cluster.get(
      kind,
      keyOf({ ...target, name: object.metadata.name }),
    )) as unknown as JsonValue
  }
}

/** The manifest with namespace, owner, and a name that is the same whenever this attempt makes it. */
async function completed(task: Task, target: Target, cluster: Cluster): Promise<KubernetesObject> {
  const { manifest, namespace } = target
  if (!isJsonObject(manifest)) return refuse("resource.manifest: expected an object")
  const metadata = isJsonObject(manifest["metadata"]) ? manifest["metadata"] : {}
  const { generateName } = metadata
  const name =
    target.name ??
    (typeof generateName === "string"
      ? generateName + safeEncode(sha1(task.key).slice(0, 5))
      : undefined)
  const resource = task.template.resource as ResourceTemplate
  const owners = resource.setOwnerReference === true ? [await ownerOf(task, cluster)] : []
  return {
    ...manifest,
    metadata: {
      ...metadata,
      ...(name === undefined ? {} : { name }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(owners.length === 0 ? {} : { ownerReferences: owners }),
    },
  } as unknown as KubernetesObject
}

async function ownerOf(task: Task, cluster: Cluster): Promise<JsonObject> {
  const key = { namespace: task.namespace, name: task.workflow }
  const owner = await cluster.get(workflows, key)
  if (owner === undefined) {
    return refuse("resource.setOwnerReference: the workflow is no object of this cluster")
  }
  const { name, uid } = owner.metadata
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid }
}
