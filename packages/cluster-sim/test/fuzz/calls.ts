import type { ApplyOptions, DeleteOptions, Patch, WriteOptions } from "@argo-ts/k8s"
import {
  apiVersionOf,
  type JsonObject,
  type Kind,
  type ObjectKey,
  type OwnerReference,
  type RandomStream,
} from "@argo-ts/kernel"
import type { Loose } from "../world.js"
import {
  chance,
  configMaps,
  deployments,
  type Found,
  type FuzzWorld,
  fuzzed,
  managers,
  names,
  namespaces,
  pick,
} from "./world.js"

/** A request as it was drawn. */
export type FuzzCall =
  | { readonly verb: "create"; readonly object: Loose; readonly options: WriteOptions }
  | { readonly verb: "update"; readonly object: Loose; readonly options: WriteOptions }
  | { readonly verb: "patch"; readonly patch: Patch; readonly options: WriteOptions }
  | { readonly verb: "apply"; readonly object: Loose; readonly options: ApplyOptions }
  | { readonly verb: "delete"; readonly options: DeleteOptions }
  | { readonly verb: "deletecollection" }

/** A request and what it is about. */
export type Drawn = FuzzCall & { readonly kind: Kind<Loose>; readonly key: ObjectKey }

function drawTexts(stream: RandomStream, keys: readonly string[]): JsonObject {
  const chosen = keys.filter(() => chance(stream, 0.5))
  return Object.fromEntries(chosen.map((key) => [key, pick(stream, ["1", "2", "3"])]))
}

/** The part of an object that users write. */
function drawBody(stream: RandomStream, kind: Kind): JsonObject {
  if (kind === configMaps) return { data: drawTexts(stream, ["x", "y", "z", "__proto__"]) }
  const count = stream.integer(4)
  if (kind !== deployments) {
    const list = [pick(stream, ["p", "q"]), "r"]
    return { spec: { count, nested: drawTexts(stream, ["u", "v"]), list } }
  }
  const labels = { app: "fuzz" }
  const named = ["main", ...(chance(stream, 0.3) ? ["side"] : [])]
  const containers = named.map((name) => ({ name, image: `app:${pick(stream, ["1", "2"])}` }))
  const template = { metadata: { labels }, spec: { containers } }
  return { spec: { replicas: count, selector: { matchLabels: labels }, template } }
}

async function drawOwners({ sim, stream }: FuzzWorld, key: ObjectKey): Promise<OwnerReference[]> {
  if (!chance(stream, 0.4)) return []
  const kind = pick(stream, fuzzed)
  const name = pick(stream, names)
  // Now and then an owner that was never there.
  const owner = await sim.cluster.get(kind, { namespace: key.namespace ?? "", name })
  const uid = owner?.metadata.uid ?? "00000000-0000-4000-8000-000000000000"
  if (owner === undefined && chance(stream, 0.8)) return []
  const blockOwnerDeletion = chance(stream, 0.5)
  return [{ apiVersion: apiVersionOf(kind), kind: kind.kind, name, uid, blockOwnerDeletion }]
}

async function drawObject(world: FuzzWorld, kind: Kind<Loose>, key: ObjectKey): Promise<Loose> {
  const { stream } = world
  const ownerReferences = await drawOwners(world, key)
  const labels = drawTexts(stream, ["l", "m"]) as { [name: string]: string }
  const annotations = drawTexts(stream, ["n"]) as { [name: string]: string }
  const finalizers = chance(stream, 0.2) ? ["fuzz.example.com/held"] : []
  const metadata = {
    ...key,
    ...(ownerReferences.length > 0 && { ownerReferences }),
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ...(finalizers.length > 0 && { finalizers }),
  }
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata, ...drawBody(stream, kind) }
}

function drawOptions(stream: RandomStream, kind: Kind): WriteOptions {
  const isStatus = kind.hasStatus && chance(stream, 0.15)
  return {
    fieldManager: pick(stream, managers),
    ...(chance(stream, 0.1) && { dryRun: true }),
    ...(isStatus && { subresource: "status" }),
  }
}

async function drawUpdate(world: FuzzWorld, drawn: Target, known: Found): Promise<FuzzCall> {
  const { stream } = world
  const { kind, key } = drawn
  const { metadata, ...fresh } = await drawObject(world, kind, key)
  const { resourceVersion: _version, ...unversioned } = known.metadata
  const stale = { ...known.metadata, resourceVersion: "1" }
  const base = chance(stream, 0.15) ? stale : chance(stream, 0.2) ? unversioned : known.metadata
  const body = chance(stream, 0.1) ? {} : fresh
  const next = chance(stream, 0.5) ? { ...base, ...metadata } : base
  const status = { seen: stream.integer(3), replicas: stream.integer(3) }
  const object = { ...known, ...body, metadata: next, status } as Loose
  return { verb: "update", object, options: drawOptions(stream, kind) }
}

function drawPatch(stream: RandomStream, kind: Kind, known: Found | undefined): Patch {
  const finalizers = {
    metadata: { finalizers: chance(stream, 0.6) ? null : ["fuzz.example.com/held"] },
  }
  const status = { status: { seen: stream.integer(3) } }
  const merge = pick<JsonObject>(stream, [
    drawBody(stream, kind),
    { metadata: { labels: { l: pick(stream, [null, "1", "2"]) } } },
    finalizers,
    status,
  ])
  const kindOf = stream.integer(3)
  if (kindOf === 0) return { type: "merge", patch: merge }
  if (kindOf === 1 && kind !== configMaps && kind.group === "apps") {
    const containers = [{ name: "main", image: `app:${pick(stream, ["1", "2", "3"])}` }]
    return { type: "strategic", patch: { spec: { template: { spec: { containers } } } } }
  }
  const version = chance(stream, 0.5) ? (known?.metadata.resourceVersion ?? "0") : "0"
  const test = { op: "test", path: "/metadata/resourceVersion", value: version } as const
  const add = {
    op: "add",
    path: "/metadata/labels",
    value: { m: pick(stream, ["1", "2"]) },
  } as const
  return { type: "json", operations: chance(stream, 0.5) ? [test, add] : [add] }
}

async function drawApply(world: FuzzWorld, { kind, key }: Target): Promise<FuzzCall> {
  const { stream } = world
  const object = await drawObject(world, kind, key)
  const { finalizers: _finalizers, ...metadata } = object.metadata
  const options = { fieldManager: pick(stream, managers), force: chance(stream, 0.5) }
  return { verb: "apply", object: { ...object, metadata } as Loose, options }
}

function drawDelete(stream: RandomStream, known: Found | undefined): FuzzCall {
  const propagationPolicy = pick(stream, [undefined, "Background", "Foreground", "Orphan"] as const)
  const uid = chance(stream, 0.5) ? known?.metadata.uid : "00000000-0000-4000-8000-000000000001"
  return {
    verb: "delete",
    options: {
      ...(propagationPolicy && { propagationPolicy }),
      ...(chance(stream, 0.3) && uid !== undefined && { preconditions: { uid } }),
      ...(chance(stream, 0.1) && { dryRun: true }),
    },
  }
}

interface Target {
  readonly kind: Kind<Loose>
  readonly key: ObjectKey
}

async function drawWrite(
  world: FuzzWorld,
  target: Target,
  known: Found | undefined,
): Promise<FuzzCall> {
  const { stream } = world
  const { kind, key } = target
  const at = stream.integer(100)
  if (at < 25 || (at < 45 && known === undefined)) {
    const object = await drawObject(world, kind, key)
    const { name: _name, ...nameless } = object.metadata
    const generated = { ...object, metadata: { ...nameless, generateName: "g-" } } as Loose
    const options = {
      fieldManager: pick(stream, managers),
      ...(chance(stream, 0.1) && { dryRun: true }),
    }
    return { verb: "create", object: chance(stream, 0.1) ? generated : object, options }
  }
  if (at < 45 && known !== undefined) return drawUpdate(world, target, known)
  if (at < 62)
    return {
      verb: "patch",
      patch: drawPatch(stream, kind, known),
      options: drawOptions(stream, kind),
    }
  if (at < 82) return drawApply(world, target)
  if (at < 99) return drawDelete(stream, known)
  return { verb: "deletecollection" }
}

/** One of the requests that somebody might send now. */
export async function drawCall(
  world: FuzzWorld,
): Promise<{ readonly call: Drawn; readonly known: Found | undefined }> {
  const { stream, sim } = world
  const kind = pick(stream, fuzzed)
  const key = { namespace: pick(stream, namespaces), name: pick(stream, names) }
  const known = await sim.cluster.get(kind, key)
  const call = await drawWrite(world, { kind, key }, known)
  return { call: { ...call, kind, key }, known }
}
