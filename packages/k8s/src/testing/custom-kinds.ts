import { defineKind, type JsonObject, type Kind, type Stored } from "@argo-ts/kernel"
import { conditionOf, looseKind } from "./workload-pods.js"
import { type ConformanceWorld, type Loose, until } from "./world.js"

/** The kind of definitions. */
export const definitions: Kind<Loose> = looseKind(
  "apiextensions.k8s.io/v1",
  "CustomResourceDefinition",
)
/** The group of all kinds that the cases define. */
export const group: string = "battery.argo-ts.dev"
/** The schema of a text. */
export const text: JsonObject = { type: "string" }
/** The schema of a whole number. */
export const whole: JsonObject = { type: "integer" }

/** What of a definition a case is about. */
export interface Shape {
  readonly plural: string
  readonly spec: JsonObject
  readonly version?: JsonObject
  readonly names?: JsonObject
  readonly scale?: boolean
}

/** The kind that a definition of this shape serves. */
export function kindOf({ plural, version, scale }: Shape): Kind<Loose> {
  const kind = plural.slice(0, 1).toUpperCase() + plural.slice(1, -1)
  return defineKind({
    group,
    version: "v1",
    kind,
    plural,
    scope: "Namespaced",
    hasStatus: version?.["subresources"] !== undefined,
    ...(scale === true && { hasScale: true }),
  })
}

/** A definition of this shape. */
export function definitionOf(shape: Shape): Loose {
  const { plural, spec, version, names } = shape
  const status = { type: "object", "x-kubernetes-preserve-unknown-fields": true }
  const openAPIV3Schema = { type: "object", properties: { spec, status } }
  const served = { name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural, kind: kindOf(shape).kind, ...names },
      versions: [{ ...served, ...version }],
    },
  }
}

/** Waits until a definition is established. */
export function established(world: ConformanceWorld, plural: string): Promise<Loose> {
  return until(world, `${plural} is established`, async () => {
    const found = await world.cluster.get(definitions, { name: `${plural}.${group}` })
    return conditionOf(found, "Established")?.["status"] === "True" ? found : undefined
  })
}

/** Deletes a definition and waits until it is gone. */
export async function remove(world: ConformanceWorld, plural: string): Promise<void> {
  const key = { name: `${plural}.${group}` }
  await world.cluster.delete(definitions, key)
  await until(world, `${plural} is gone`, async () => {
    return (await world.cluster.get(definitions, key)) === undefined
  })
}

/** Runs with a kind of its own, served, and takes it away again. */
export async function withShape(
  world: ConformanceWorld,
  shape: Shape,
  run: (kind: Kind<Loose>) => Promise<void>,
): Promise<void> {
  await world.cluster.create(definitions, definitionOf(shape))
  try {
    await established(world, shape.plural)
    // A real server serves a moment after it has said so.
    const kind = kindOf(shape)
    await until(world, `${shape.plural} is served`, () =>
      world.cluster.list(kind, { namespace: world.namespace }).catch(() => undefined),
    )
    await run(kind)
  } finally {
    await remove(world, shape.plural)
  }
}

/** An object of such a kind, named `a` by default. */
export function objectOf(world: ConformanceWorld, kind: Kind, spec: JsonObject, name = "a"): Loose {
  const { namespace } = world
  return { apiVersion: `${group}/v1`, kind: kind.kind, metadata: { namespace, name }, spec }
}

/** Changes the object `a` by a merge patch. */
export function patchOf(
  world: ConformanceWorld,
  kind: Kind<Loose>,
  patch: JsonObject,
  subresource?: string,
): Promise<Stored<Loose>> {
  const key = { namespace: world.namespace, name: "a" }
  const options = subresource === undefined ? {} : { subresource }
  return world.cluster.patch(kind, key, { type: "merge", patch }, options)
}
