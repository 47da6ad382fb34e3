import type { Cluster } from "@argo-ts/k8s"
import {
  isOperationError,
  type Kind,
  type KubernetesObject,
  type UntypedObject,
} from "@argo-ts/kernel"
import type { ActionOutcome, GitopsAction } from "../core/actions.js"
import { names } from "../core/annotations.js"
import { refOf, refTitle } from "../core/resource.js"
import type { KindIndex } from "./kind-index.js"
import { mergeForApply } from "./three-way-apply.js"

/** The one who applies. */
export const fieldManager = "gitops-core"

type Apply = Extract<GitopsAction, { type: "ApplyObject" }>
type Delete = Extract<GitopsAction, { type: "DeleteObject" }>

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
  const { object, isDryRun } = action
  const { namespace, name = "" } = object.metadata
  const key = namespace === undefined ? { name } : { namespace, name }
  const options = { fieldManager, dryRun: isDryRun }
  const live = await cluster.get(kind, key)
  const title = `${refOf(object).kind.toLowerCase()}${kind.group === "" ? "" : `.${kind.group}`}/${name}`
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

async function apply(cluster: Cluster, kind: Kind<UntypedObject>, action: Apply): Promise<string> {
  const { object, mode, isDryRun } = action
  const { namespace, name = "" } = object.metadata
  const key = namespace === undefined ? { name } : { namespace, name }
  const options = { fieldManager, dryRun: isDryRun }
  if (mode === "server-side") {
    await cluster.apply(kind, object, { ...options, force: true })
    return `${refTitle(refOf(object))} serverside-applied`
  }
  if (mode === "client-side") return applyClientSide(cluster, kind, action)
  const live = await cluster.get(kind, key)
  if (live === undefined) {
    await cluster.create(kind, object, options)
    return `${refTitle(refOf(object))} created`
  }
  const { resourceVersion } = live.metadata
  await cluster.update(
    kind,
    { ...object, metadata: { ...object.metadata, resourceVersion } },
    options,
  )
  return `${refTitle(refOf(object))} replaced`
}

async function remove(cluster: Cluster, kind: Kind, action: Delete): Promise<string> {
  const { ref, uid, propagationPolicy } = action
  const key =
    ref.namespace === "" ? { name: ref.name } : { namespace: ref.namespace, name: ref.name }
  await cluster.delete(kind, key, { fieldManager, propagationPolicy, preconditions: { uid } })
  return "pruned"
}

/** Performs one action on objects. What a cluster refuses for good is an outcome; what may pass rejects. */
export async function perform(
  cluster: Cluster,
  kinds: KindIndex,
  action: Apply | Delete,
): Promise<ActionOutcome> {
  const ref = action.type === "ApplyObject" ? refOf(action.object) : action.ref
  const kind = await kinds.find(ref.group, ref.kind)
  if (kind === undefined) {
    const message = `the server could not find the requested resource (${refTitle(ref)})`
    return { ok: false, message }
  }
  try {
    const typed = kind as Kind<KubernetesObject> as Kind<UntypedObject>
    const message =
      action.type === "ApplyObject"
        ? await apply(cluster, typed, action)
        : await remove(cluster, kind, action)
    return { ok: true, message }
  } catch (error) {
    if (isOperationError(error) && !error.retryable) return { ok: false, message: error.message }
    throw error
  }
}
