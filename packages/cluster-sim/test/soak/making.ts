import { type Cluster, isTerminating, setController } from "@argo-ts/k8s"
import {
  apiVersionOf,
  controllerOf,
  equalJson,
  type JsonObject,
  type JsonValue,
  type Kind,
  keyOf,
  OperationError,
  type Stored,
} from "@argo-ts/kernel"
import type { Loose } from "../world.js"
import { home, type Soaked, type SoakKind } from "./kinds.js"

/** What a reconcile throws that has to wait for somebody else. */
export function notYet(why: string): OperationError {
  return new OperationError(why, { code: "NotYet", retryable: true })
}

/** An object of a built-in kind, as an author writes it. */
export function made(kind: Kind<Loose>, name: string, fields: JsonObject): Loose {
  const metadata = { namespace: home, name }
  return { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata, ...fields }
}

/** The same, managed by `owner`. */
export function child(owner: Soaked, kind: Kind<Loose>, name: string, fields: JsonObject): Loose {
  return setController(made(kind, name, fields), owner)
}

/** Creates the object or brings those of its fields that are listed to where they should be. */
export async function ensure(
  cluster: Cluster,
  kind: Kind<Loose>,
  wanted: Loose,
  fields: readonly string[],
): Promise<Stored<Loose>> {
  const known = await cluster.get(kind, keyOf(wanted))
  if (known === undefined) return cluster.create(kind, wanted)
  if (isTerminating(known) || controllerOf(known)?.uid !== controllerOf(wanted)?.uid) {
    throw notYet(`${kind.kind} ${known.metadata.name} has not gone yet`)
  }
  const isSame = (field: string): boolean =>
    equalJson((known[field] ?? {}) as JsonValue, (wanted[field] ?? {}) as JsonValue)
  if (fields.every(isSame)) return known
  const changed = Object.fromEntries(fields.map((field) => [field, wanted[field]]))
  return cluster.update(kind, { ...known, ...changed })
}

/** Writes a status where it is another one. */
export async function report(
  cluster: Cluster,
  kind: SoakKind,
  object: Soaked,
  status: JsonObject,
): Promise<void> {
  const before = (object.status ?? {}) as JsonObject
  if (Object.entries(status).every(([key, value]) => equalJson(before[key] ?? null, value))) return
  const patch = { status }
  await cluster.patch(kind, keyOf(object), { type: "merge", patch }, { subresource: "status" })
}

/** `0`, `1`, … */
export function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_item, index) => index)
}
