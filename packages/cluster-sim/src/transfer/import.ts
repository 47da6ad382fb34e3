import type { Cluster } from "@argo-ts/k8s"
import { apiVersionOf, type Kind, type KubernetesObject, type UntypedObject } from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { authored } from "./objects.js"

/** What came of an import. Objects are named `Kind namespace/name`. */
export interface ImportResult {
  readonly created: readonly string[]
  /** Were there already, and were left as they were. */
  readonly present: readonly string[]
  /** Could not be created, and why. */
  readonly refused: readonly { readonly object: string; readonly reason: string }[]
}

const namespaces = builtInKind("v1", "Namespace") as Kind
const serviceAccounts = builtInKind("v1", "ServiceAccount") as Kind
/** How many turns of the event loop a definition has to be served. */
const turnsMax = 1_000

/**
 * The kind of an object. Where a definition of it may only just have been created, waits some turns of the event loop
 * for it to be served.
 */
export async function servedKind(
  cluster: Cluster,
  object: Pick<KubernetesObject, "apiVersion" | "kind">,
  isAwaited: boolean,
): Promise<Kind | undefined> {
  for (let turn = 0; ; turn++) {
    const found = (await cluster.kinds()).find(
      (kind) => kind.kind === object.kind && apiVersionOf(kind) === object.apiVersion,
    )
    if (found !== undefined || !isAwaited || turn === turnsMax) return found
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** How many turns a new namespace has to get its service account, where somebody makes one. */
const accountTurnsMax = 50

/** Waits for what pods of a new namespace need. */
async function awaitAccount(cluster: Cluster, namespace: string): Promise<void> {
  for (let turn = 0; turn < accountTurnsMax; turn++) {
    if ((await cluster.get(serviceAccounts, { namespace, name: "default" })) !== undefined) return
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Makes a namespace where there is none of the name. */
export async function ensureNamespace(
  cluster: Cluster,
  name: string,
  fieldManager: string,
): Promise<void> {
  if ((await cluster.get(namespaces, { name })) !== undefined) return
  const object = { apiVersion: "v1", kind: "Namespace", metadata: { name } }
  await cluster.create(namespaces, object as KubernetesObject, { fieldManager })
  await awaitAccount(cluster, name)
}

function rank({ kind, apiVersion }: UntypedObject): number {
  if (kind === "Namespace" && apiVersion === "v1") return 0
  if (kind === "CustomResourceDefinition") return 1
  return kind === "ServiceAccount" || kind === "PriorityClass" ? 2 : 3
}

/** Namespaces first, then definitions, what pods have to have, and owners before what they own; else as they came. */
export function inCreationOrder(objects: readonly UntypedObject[]): readonly UntypedObject[] {
  const byUid = new Map(objects.map((object) => [object.metadata.uid, object]))
  byUid.delete(undefined)
  const done = new Set<UntypedObject>()
  const result: UntypedObject[] = []
  const sorted = objects
    .map((object, index) => ({ object, index }))
    .toSorted((a, b) => rank(a.object) - rank(b.object) || a.index - b.index)
  for (const { object } of sorted) {
    const open = [object]
    for (let next = open.at(-1); next !== undefined; next = open.at(-1)) {
      const owners = (next.metadata.ownerReferences ?? [])
        .map(({ uid }) => byUid.get(uid))
        .filter((owner): owner is UntypedObject => owner !== undefined)
      // An object that waits already owns itself by a detour; it cannot wait twice.
      const missing = owners.find((owner) => !done.has(owner) && !open.includes(owner))
      if (missing !== undefined) open.push(missing)
      else {
        open.pop()
        if (!done.has(next)) result.push(next)
        done.add(next)
      }
    }
  }
  return result
}

interface Import {
  readonly cluster: Cluster
  readonly fieldManager: string
  /** Uids there by uids here. */
  readonly uids: Map<string, string>
  readonly hasDefinitions: boolean
}

/**
 * An object of another cluster with its owners by the uids that they have here. Owners that are not here are left out, or
 * the garbage collector would take the object with it.
 */
export function withOwnersHere(
  object: UntypedObject,
  uids: ReadonlyMap<string, string>,
): UntypedObject {
  const references = object.metadata.ownerReferences
  if (references === undefined) return object
  const ownerReferences = references.flatMap((each) => {
    const uid = uids.get(each.uid)
    return uid === undefined ? [] : [{ ...each, uid }]
  })
  return { ...object, metadata: { ...object.metadata, ownerReferences } } as UntypedObject
}

async function importOne(
  { cluster, fieldManager, uids, hasDefinitions }: Import,
  object: UntypedObject,
): Promise<"created" | "present"> {
  const kind = await servedKind(cluster, object, hasDefinitions)
  if (kind === undefined)
    throw new Error(`the cluster serves no ${object.apiVersion} ${object.kind}`)
  const { name = "", uid = "" } = object.metadata
  const namespace = kind.scope === "Cluster" ? undefined : (object.metadata.namespace ?? "default")
  const key = namespace === undefined ? { name } : { namespace, name }
  const known = await cluster.get(kind, key)
  if (known !== undefined) {
    uids.set(uid, known.metadata.uid)
    return "present"
  }
  if (namespace !== undefined) await ensureNamespace(cluster, namespace, fieldManager)
  const bare = withOwnersHere(authored(object, kind), uids)
  const wanted = { ...bare, metadata: { ...bare.metadata, ...key } } as KubernetesObject
  const created = await cluster.create(kind, wanted, { fieldManager })
  uids.set(uid, created.metadata.uid)
  if (kind.hasStatus && object["status"] !== undefined) {
    const status = { ...created, status: object["status"] } as KubernetesObject
    await cluster.update(kind, status, { fieldManager, subresource: "status" })
  }
  return "created"
}

/**
 * Creates objects as another cluster had them — what {@link exportObjects} or `kubectl get -o yaml` gave — with their
 * status. Uids are new, and owners are found by them again; an owner that is not among the objects is left out, or the
 * garbage collector would take what it owned. Missing namespaces are made. What is there already stays as it is.
 */
export async function importObjects(
  cluster: Cluster,
  objects: readonly UntypedObject[],
  { fieldManager = "import" }: { readonly fieldManager?: string } = {},
): Promise<ImportResult> {
  const created: string[] = []
  const present: string[] = []
  const refused: { readonly object: string; readonly reason: string }[] = []
  const hasDefinitions = objects.some((object) => rank(object) === 1)
  const context: Import = { cluster, fieldManager, uids: new Map(), hasDefinitions }
  for (const object of inCreationOrder(objects)) {
    const { namespace, name = "" } = object.metadata
    const label = `${object.kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`
    try {
      const outcome = await importOne(context, object)
      if (outcome === "created") created.push(label)
      else present.push(label)
    } catch (error) {
      refused.push({
        object: label,
        reason: error instanceof Error ? error.message : String(error),
      })
    }
  }
  return { created, present, refused }
}
