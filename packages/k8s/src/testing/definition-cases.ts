import { defineKind, type JsonObject, type Kind } from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { expect } from "vitest"
import {
  type ConformanceCase,
  type ConformanceWorld,
  expectRefusal,
  type Loose,
  refusal,
} from "./world.js"

const definitions = builtInKind(
  "apiextensions.k8s.io/v1",
  "CustomResourceDefinition",
) as Kind<Loose>

const group = "definitions.argo-ts.dev"

function kindOf(plural: string): Kind<Loose> {
  const kind = `${plural.slice(0, 1).toUpperCase()}${plural.slice(1, -1)}`
  return defineKind({ group, version: "v1", kind, plural, scope: "Namespaced", hasStatus: false })
}

function definition(kind: Kind, spec: JsonObject): Loose {
  const openAPIV3Schema = { type: "object", properties: { spec } }
  const version = { name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }
  const names = { plural: kind.plural, kind: kind.kind }
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${kind.plural}.${group}` },
    spec: { group, scope: "Namespaced", names, versions: [version] },
  }
}

/** Runs with a kind of its own, whose objects have that spec, and takes it away again. */
async function withKind(
  { cluster, settle }: ConformanceWorld,
  plural: string,
  test: { readonly spec: JsonObject; readonly run: (kind: Kind<Loose>) => Promise<void> },
): Promise<void> {
  const kind = kindOf(plural)
  await cluster.create(definitions, definition(kind, test.spec))
  try {
    await settle()
    await test.run(kind)
  } finally {
    await cluster.delete(definitions, { name: `${plural}.${group}` })
    await settle()
  }
}

function object({ namespace }: ConformanceWorld, kind: Kind, spec: JsonObject): Loose {
  const apiVersion = `${group}/v1`
  return { apiVersion, kind: kind.kind, metadata: { namespace, name: "a" }, spec }
}

const text: JsonObject = { type: "string" }

/** Custom kinds, by spec/cluster §12 G. */
export const definitionCases: readonly ConformanceCase[] = [
  {
    name: "122: a definition with another name, without a schema, or with one that is not structural, is Invalid",
    async run({ cluster }) {
      const kind = kindOf("refusals")
      const named = { ...definition(kind, text), metadata: { name: `other.${group}` } }
      await expectRefusal(
        cluster.create(definitions, named),
        "Invalid",
        "must be spec.names.plural",
      )
      const untyped = definition(kind, { properties: { a: text } })
      const message = "must not be empty for specified object fields"
      await expectRefusal(cluster.create(definitions, untyped), "Invalid", message)
    },
  },
  {
    name: "124: unknown fields are dropped, and defaults come into objects that exist",
    async run(world) {
      const inner = { type: "object", properties: { b: { ...text, default: "B" } } }
      const spec = { type: "object", properties: { a: { ...text, default: "A" }, inner } }
      await withKind(world, "prunes", {
        spec,
        async run(kind) {
          const made = await world.cluster.create(kind, object(world, kind, { odd: 1, inner: {} }))
          expect(made.spec).toEqual({ a: "A", inner: { b: "B" } })
        },
      })
    },
  },
  {
    name: "125, 126: everything that is wrong is said at once, items that are there twice too",
    async run(world) {
      const properties: JsonObject = {
        size: { type: "integer", maximum: 10 },
        color: { ...text, enum: ["red", "blue"] },
        set: { type: "array", items: text, "x-kubernetes-list-type": "set" },
      }
      await withKind(world, "checks", {
        spec: { type: "object", properties },
        async run(kind) {
          const wrong = object(world, kind, { size: 50, color: "green", set: ["a", "a"] })
          const { code, details } = await refusal(world.cluster.create(kind, wrong))
          expect(code).toBe("Invalid")
          expect((details["causes"] as readonly object[]).toSorted(byField)).toEqual([
            {
              field: "spec.color",
              reason: "FieldValueNotSupported",
              message: 'Unsupported value: "green": supported values: "red", "blue"',
            },
            {
              field: "spec.set[1]",
              reason: "FieldValueDuplicate",
              message: 'Duplicate value: "a"',
            },
            {
              field: "spec.size",
              reason: "FieldValueInvalid",
              message: "Invalid value: 50: spec.size in body should be less than or equal to 10",
            },
          ])
        },
      })
    },
  },
  {
    name: "127: rules give their reason and place; a transition rule compares with the old value",
    async run(world) {
      const fixed = {
        ...text,
        "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "fixed is immutable" }],
      }
      const rule = {
        rule: "self.least <= self.most",
        message: "least is more than most",
        reason: "FieldValueForbidden",
        fieldPath: ".least",
      }
      const whole = { type: "integer" }
      const spec = {
        type: "object",
        required: ["least", "most"],
        properties: { least: whole, most: whole, fixed },
        "x-kubernetes-validations": [rule],
      }
      await withKind(world, "obeys", {
        spec,
        async run(kind) {
          const { cluster, namespace } = world
          const wrong = cluster.create(kind, object(world, kind, { least: 2, most: 1 }))
          await expectRefusal(wrong, "Invalid", "spec.least: Forbidden: least is more than most")
          await cluster.create(kind, object(world, kind, { least: 1, most: 2, fixed: "a" }))
          const patch = { type: "merge", patch: { spec: { fixed: "b" } } } as const
          const changed = cluster.patch(kind, { namespace, name: "a" }, patch)
          await expectRefusal(changed, "Invalid", 'Invalid value: "string": fixed is immutable')
        },
      })
    },
  },
]

function byField(left: object, right: object): number {
  const [a, b] = [left, right].map((each) => (each as { readonly field: string }).field)
  return (a ?? "") < (b ?? "") ? -1 : 1
}
