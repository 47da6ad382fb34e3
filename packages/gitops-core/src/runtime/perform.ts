import { type Cluster, isClusterError, type WriteOptions } from "@argo-ts/k8s"
import {
  isOperationError,
  type Kind,
  type KubernetesObject,
  keyOf,
  type ObjectKey,
  type UntypedObject,
} from "@argo-ts/kernel"
import type { ActionOutcome, GitopsAction } from "../core/actions.js"
import { names } from "../core/annotations.js"
import { type ResourceRef, refOf, refTitle } from "../core/resource.js"
import type { KindIndex } from "./kind-index.js"
import { mergeForApply } from "./three-way-apply.js"

/** The one who applies. */
export const fieldManager = "gitops-core"

type Apply = Extract<GitopsAction, { type: "ApplyObject" }>
type Delete = Extract<GitopsAction, { type: "DeleteObject" }>
type Release = Extract<GitopsAction, { type: "ReleaseObject" }>

/** The actions that concern objects, not the application itself. */
export type ObjectAction = Apply | Delete | Release

/** The object with the annotation by which the next client-side apply knows what it set this time. */
function withLastApplied(object: UntypedObject): UntypedObject {
  const { annotations = {}, ...metadata } = object.metadata
  const { [names.lastApplied]: _old, ...others } = annotations
  const plain = { ...object, metadata: { ...metadata, annotations: others } }
  return {
    ...object,
    metadata: {
      ...metadata,
      annotations: { ...others, [names.lastApplied]: `${JSON.stringify(plain)}\n` },
    },
  }
}

async function applyClientSide(
  cluster: Cluster,
  kind: Kind<UntypedObject>,
  action: Apply,
): Promise<string> {
  const { object } = action
  const options = writeOptions(action)
  const live = await cluster.get(kind, keyOf(object))
  const title = titleOf(kind, object)
  if (live === undefined) {
    await cluster.create(kind, withLastApplied(object), options)
    return `${title} created`
  }
  const merged = mergeForApply(withLastApplied(object), live)
  const updated = await cluster.update(kind, merged, options)
  return updated.metadata.resourceVersion === live.metadata.resourceVersion
    ? `${title} unchanged`
    : `${title} configured`
}

function titleOf(kind: Kind, object: UntypedObject): string {
  const group = kind.group === "" ? "" : `.${kind.group}`
  return `${kind.kind.toLowerCase()}${group}/${object.metadata.name ?? ""}`
}

function writeOptions(action: Apply): WriteOptions {
  return { fieldManager, ...(action.isValidated ? { fieldValidation: "Strict" } : {}) }
}

async function replace(
  cluster: Cluster,
  kind: Kind<UntypedObject>,
  action: Apply,
): Promise<string> {
  const { object } = action
  const live = await cluster.get(kind, keyOf(object))
  if (live === undefined) {
    await cluster.create(kind, object, writeOptions(action))
    return `${titleOf(kind, object)} created`
  }
  const { resourceVersion } = live.metadata
  const metadata = { ...object.metadata, resourceVersion }
  await cluster.update(kind, { ...object, metadata }, writeOptions(action))
  return `${titleOf(kind, object)} replaced`
}

async function applyOnce(
  cluster: Cluster,
  kind: Kind<UntypedObject>,
  action: Apply,
): Promise<string> {
  switch (action.mode) {
    case "server-side":
      await cluster.apply(kind, action.object, {
        ...writeOptions(action),
        fieldManager,
        force: true,
      })
      return `${titleOf(kind, action.object)} serverside-applied`
    case "client-side":
      return applyClientSide(cluster, kind, action)
    case "replace":
      return replace(cluster, kind, action)
    default:
      return action.mode satisfies never
  }
}

/** With `Force=true`, what cannot be changed is deleted and created anew. */
async function apply(cluster: Cluster, kind: Kind<UntypedObject>, action: Apply): Promise<string> {
  try {
    return await applyOnce(cluster, kind, action)
  } catch (error) {
    if (!action.isForced || !isClusterError(error, "Invalid")) throw error
    await cluster.delete(kind, keyOf(action.object), {
      fieldManager,
      propagationPolicy: "Background",
    })
    return applyOnce(cluster, kind, action)
  }
}

async function release(
  cluster: Cluster,
  kind: Kind<UntypedObject>,
  action: Release,
): Promise<string> {
  const { ref, uid, finalizer } = action
  const live = await cluster.get(kind, keyOfRef(ref))
  const finalizers = live?.metadata.finalizers ?? []
  if (live === undefined || live.metadata.uid !== uid || !finalizers.includes(finalizer)) {
    return "released"
  }
  const metadata = { ...live.metadata, finalizers: finalizers.filter((one) => one !== finalizer) }
  await cluster.update(kind, { ...live, metadata }, { fieldManager })
  return "released"
}

function keyOfRef(ref: ResourceRef): ObjectKey {
  return ref.namespace === "" ? { name: ref.name } : { namespace: ref.namespace, name: ref.name }
}

async function remove(cluster: Cluster, kind: Kind, action: Delete): Promise<string> {
  const { ref, uid, propagationPolicy } = action
  await cluster.delete(kind, keyOfRef(ref), {
    fieldManager,
    propagationPolicy,
    preconditions: { uid },
  })
  return "pruned"
}

/** Performs one action on objects. What a cluster refuses for good is an outcome; what may pass rejects. */
export async function perform(
  cluster: Cluster,
  kinds: KindIndex,
  action: ObjectAction,
): Promise<ActionOutcome> {
  const ref = action.type === "ApplyObject" ? refOf(action.object) : action.ref
  const kind = await kinds.find(ref.group, ref.kind)
  if (kind === undefined) {
    const message = `the server could not find the requested resource (${refTitle(ref)})`
    return { ok: false, message }
  }
  try {
    return { ok: true, message: await performOn(cluster, kind, action) }
  } catch (error) {
    if (isOperationError(error) && !error.retryable) return { ok: false, message: error.message }
    throw error
  }
}

function performOn(cluster: Cluster, kind: Kind, action: ObjectAction): Promise<string> {
  const typed = kind as Kind<KubernetesObject> as Kind<UntypedObject>
  switch (action.type) {
    case "ApplyObject":
      return apply(cluster, typed, action)
    case "DeleteObject":
      return remove(cluster, kind, action)
    case "ReleaseObject":
      return release(cluster, typed, action)
    default:
      return action satisfies never
  }
}
