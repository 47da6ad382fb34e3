import type { JsonObject } from "@argo-ts/kernel"
import { expect } from "vitest"
import { isClusterError } from "../cluster-error.js"
import {
  definitionOf,
  definitions,
  established,
  group,
  kindOf,
  objectOf,
  patchOf,
  remove,
  text,
  whole,
  withShape,
} from "./custom-kinds.js"
import { conditionOf } from "./workload-pods.js"
import { type ConformanceCase, expectRefusal, type Loose, refusal, until } from "./world.js"

/** Custom kinds besides, by spec/cluster §12 G. */
export const customCases: readonly ConformanceCase[] = [
  {
    name: "123: a kind is not served before it is established, and is told so",
    async run(world) {
      const { cluster, namespace } = world
      const shape = { plural: "earlies", spec: { type: "object" } }
      const made = await cluster.create(definitions, definitionOf(shape))
      expect(conditionOf(made, "Established")).toBeUndefined()
      const done = await established(world, shape.plural)
      expect(conditionOf(done, "NamesAccepted")).toMatchObject({
        status: "True",
        reason: "NoConflicts",
        message: "no conflicts found",
      })
      expect(conditionOf(done, "Established")).toMatchObject({
        reason: "InitialNamesAccepted",
        message: "the initial names have been accepted",
      })
      expect(done.status).toMatchObject({
        acceptedNames: { plural: "earlies", kind: "Earlie" },
        storedVersions: ["v1"],
      })
      const { items } = await until(world, "the kind is served", () =>
        cluster.list(kindOf(shape), { namespace }).catch(() => undefined),
      )
      expect(items).toEqual([])
      await remove(world, shape.plural)
    },
  },
  {
    name: "124: null is kept where it may be, and replaced by a default where it may not",
    async run(world) {
      const properties = {
        kept: { ...text, nullable: true, default: "x" },
        filled: { ...text, default: "y" },
        dropped: text,
      }
      const shape = { plural: "nullables", spec: { type: "object", properties } }
      await withShape(world, shape, async (kind) => {
        const sent = { kept: null, filled: null, dropped: null }
        const made = await world.cluster.create(kind, objectOf(world, kind, sent))
        expect(made.spec).toEqual({ kept: null, filled: "y" })
        const { spec: _spec, ...bare } = objectOf(world, kind, {}, "b")
        const none = await world.cluster.create(kind, bare as Loose)
        expect(none).not.toHaveProperty("spec")
        const odd = { ...objectOf(world, kind, { odd: 1 }, "c") }
        const warnings: string[] = []
        const onWarning = (warning: string): void => {
          warnings.push(warning)
        }
        await world.cluster.create(kind, odd, { onWarning })
        expect(warnings).toEqual(['unknown field "spec.odd"'])
        const strict = world.cluster.create(kind, odd, { fieldValidation: "Strict" })
        await expectRefusal(strict, "BadRequest", 'strict decoding error: unknown field "spec.odd"')
      })
    },
  },
  {
    name: "125: rules wait until the schema is content",
    async run(world) {
      const spec = {
        type: "object",
        properties: { size: whole, color: text },
        "x-kubernetes-validations": [{ rule: "self.size < 10" }],
      }
      await withShape(world, { plural: "waiters", spec }, async (kind) => {
        const wrong = objectOf(world, kind, { size: "big", color: 3 })
        const { details } = await refusal(world.cluster.create(kind, wrong))
        const causes = details["causes"] as readonly { readonly field: string }[]
        expect(causes.map(({ field }) => field).toSorted()).toEqual([
          "<nil>",
          "spec.color",
          "spec.size",
        ])
        expect(causes.find(({ field }) => field === "<nil>")).toMatchObject({
          message:
            'Invalid value: "null": some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
        })
      })
    },
  },
  {
    name: "128: an embedded object says what it is",
    async run(world) {
      const tmpl = {
        type: "object",
        "x-kubernetes-embedded-resource": true,
        "x-kubernetes-preserve-unknown-fields": true,
      }
      const spec = { type: "object", properties: { tmpl } }
      await withShape(world, { plural: "embedders", spec }, async (kind) => {
        const { details } = await refusal(
          world.cluster.create(kind, objectOf(world, kind, { tmpl: { a: 1 } })),
        )
        const causes = details["causes"] as readonly JsonObject[]
        expect(causes.map(({ field, reason }) => `${field}: ${reason}`).toSorted()).toEqual([
          "spec.tmpl.apiVersion: FieldValueRequired",
          "spec.tmpl.kind: FieldValueRequired",
        ])
        const whole = { apiVersion: "v1", kind: "Any", metadata: { name: "x" }, a: 1 }
        const made = await world.cluster.create(kind, objectOf(world, kind, { tmpl: whole }))
        expect(made.spec).toEqual({ tmpl: whole })
      })
    },
  },
  {
    name: "129: status and scale are apart, and scale is held to the rules of the object",
    async run(world) {
      const replicas = {
        ...whole,
        "x-kubernetes-validations": [{ rule: "self < 5", message: "few" }],
      }
      const scale = { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" }
      const shape = {
        plural: "scalables",
        spec: { type: "object", properties: { replicas } },
        version: { subresources: { status: {}, scale } },
        scale: true,
      }
      await withShape(world, shape, async (kind) => {
        const { cluster, namespace } = world
        await cluster.create(kind, objectOf(world, kind, { replicas: 1 }))
        const status = { status: { replicas: 1 }, spec: { replicas: 4 } }
        const stated = await patchOf(world, kind, status, "status")
        expect(stated).toMatchObject({ spec: { replicas: 1 }, status: { replicas: 1 } })
        const options = { subresource: "scale" }
        const found = await cluster.get(kind, { namespace, name: "a" }, options)
        expect(found).toMatchObject({
          apiVersion: "autoscaling/v1",
          kind: "Scale",
          spec: { replicas: 1 },
          status: { replicas: 1 },
        })
        await patchOf(world, kind, { spec: { replicas: 3 } }, "scale")
        expect((await cluster.get(kind, { namespace, name: "a" }))?.spec).toEqual({ replicas: 3 })
        const many = patchOf(world, kind, { spec: { replicas: 7 } }, "scale")
        await expectRefusal(many, "Invalid", "few")
      })
    },
  },
  {
    name: "130: a deprecated version warns, one that is not served is not there",
    async run(world) {
      const spec = { type: "object" }
      const shape = { plural: "deprecateds", spec, version: { deprecated: true } }
      const definition = definitionOf(shape) as Loose & { spec: { versions: JsonObject[] } }
      const [first] = definition.spec.versions as [JsonObject]
      const hidden = { ...first, name: "v2", served: false, storage: false, deprecated: false }
      definition.spec.versions.push(hidden)
      const { cluster, namespace } = world
      await cluster.create(definitions, definition)
      await established(world, shape.plural)
      const kind = kindOf(shape)
      const warnings: string[] = []
      await until(world, "the kind is served", async () => {
        warnings.length = 0
        const onWarning = (warning: string): void => {
          warnings.push(warning)
        }
        return cluster.create(kind, objectOf(world, kind, {}), { onWarning }).catch(() => undefined)
      })
      expect(warnings).toEqual([`${group}/v1 Deprecated is deprecated`])
      await expectRefusal(cluster.list({ ...kind, version: "v2" }, { namespace }), "NotFound")
      await remove(world, shape.plural)
    },
  },
  {
    name: "131: fields that a kind is selected by",
    async run(world) {
      const shape = {
        plural: "selectables",
        spec: { type: "object", properties: { color: text } },
        version: { selectableFields: [{ jsonPath: ".spec.color" }] },
      }
      await withShape(world, shape, async (kind) => {
        const { cluster, namespace } = world
        for (const [name, color] of [
          ["a", "red"],
          ["b", "blue"],
        ] as const)
          await cluster.create(kind, objectOf(world, kind, { color }, name))
        const red = { namespace, fieldSelector: { "spec.color": "red" } }
        const { items } = await cluster.list(kind, red)
        expect(items.map(({ metadata }) => metadata.name)).toEqual(["a"])
        const excludedFields = { "spec.color": ["red"] }
        const others = await cluster.list(kind, { namespace, excludedFields })
        expect(others.items.map(({ metadata }) => metadata.name)).toEqual(["b"])
        const size = { namespace, fieldSelector: { "spec.size": "1" } }
        await expectRefusal(cluster.list(kind, size), "BadRequest")
      })
    },
  },
  {
    name: "133: lists of a kind's own merge by their type when they are applied",
    async run(world) {
      const item = { type: "object", required: ["k"], properties: { k: text, v: text } }
      const properties = {
        map: {
          type: "array",
          items: item,
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["k"],
        },
        set: { type: "array", items: text, "x-kubernetes-list-type": "set" },
        whole: { type: "array", items: text },
      }
      const shape = { plural: "appliers", spec: { type: "object", properties } }
      await withShape(world, shape, async (kind) => {
        const apply = (fieldManager: string, spec: JsonObject): Promise<Loose> =>
          world.cluster.apply(kind, objectOf(world, kind, spec), { fieldManager })
        await apply("A", { map: [{ k: "a", v: "1" }], set: ["a"], whole: ["a"] })
        const both = await apply("B", { map: [{ k: "b", v: "2" }], set: ["b"] })
        expect(both.spec).toEqual({
          map: [
            { k: "a", v: "1" },
            { k: "b", v: "2" },
          ],
          set: ["a", "b"],
          whole: ["a"],
        })
        await expectRefusal(apply("C", { whole: ["c"] }), "Conflict", ".spec.whole")
        await expectRefusal(apply("C", { map: [{ k: "a", v: "3" }] }), "Conflict", '[k="a"].v')
        expect((await apply("B", {})).spec).toMatchObject({ map: [{ k: "a" }], set: ["a"] })
      })
    },
  },
  {
    name: "134: scope and kind of what is established stay",
    async run(world) {
      const shape = { plural: "fixeds", spec: { type: "object" } }
      await withShape(world, shape, async () => {
        const change = (spec: JsonObject): Promise<unknown> =>
          world.cluster.patch(
            definitions,
            { name: `fixeds.${group}` },
            { type: "merge", patch: { spec } },
          )
        await expectRefusal(change({ scope: "Cluster" }), "Invalid", "field is immutable")
        await expectRefusal(change({ names: { kind: "Other" } }), "Invalid", "field is immutable")
      })
    },
  },
  {
    name: "135: a name that is taken is not accepted, and nothing is served by it",
    async run(world) {
      const shape = { plural: "holders", spec: { type: "object" }, names: { shortNames: ["hold"] } }
      await withShape(world, shape, async () => {
        const rival = {
          plural: "rivals",
          spec: { type: "object" },
          names: { shortNames: ["hold"] },
        }
        await world.cluster.create(definitions, definitionOf(rival))
        const refused = await until(world, "the rival is told", async () => {
          const found = await world.cluster.get(definitions, { name: `rivals.${group}` })
          return conditionOf(found, "NamesAccepted") === undefined ? undefined : found
        })
        expect(conditionOf(refused, "NamesAccepted")).toMatchObject({
          status: "False",
          reason: "ShortNamesConflict",
          message: '"hold" is already in use',
        })
        expect(conditionOf(refused, "Established")).toMatchObject({
          status: "False",
          reason: "NotAccepted",
          message: "not all names are accepted",
        })
        await remove(world, "rivals")
      })
    },
  },
  {
    name: "136: a definition goes with its objects, one by one, and nothing new comes",
    async run(world) {
      const { cluster, namespace } = world
      const shape = { plural: "goers", spec: { type: "object" } }
      await cluster.create(definitions, definitionOf(shape))
      await established(world, "goers")
      const kind = kindOf(shape)
      await until(world, "the kind is served", () =>
        cluster.list(kind, { namespace }).catch(() => undefined),
      )
      const held = objectOf(world, kind, {})
      const finalizers = ["example.com/hold"]
      await cluster.create(kind, { ...held, metadata: { ...held.metadata, finalizers } })
      await cluster.delete(definitions, { name: `goers.${group}` })
      await until(world, "the definition is terminating", async () => {
        const found = await cluster.get(definitions, { name: `goers.${group}` })
        return conditionOf(found, "Terminating")?.["status"] === "True"
      })
      await until(world, "nothing new comes", async () => {
        const request = cluster.create(kind, objectOf(world, kind, {}, "b"))
        const error = await request.then(
          () => undefined,
          (found: unknown) => found,
        )
        return isClusterError(error, "MethodNotAllowed")
      })
      await until(world, "the object is told to go", async () => {
        const found = await cluster.get(kind, { namespace, name: "a" })
        return found?.metadata.deletionTimestamp !== undefined
      })
      await patchOf(world, kind, { metadata: { finalizers: null } })
      await until(world, "the definition is gone", async () => {
        return (await cluster.get(definitions, { name: `goers.${group}` })) === undefined
      })
      await until(world, "the kind is not served any more", async () => {
        const error = await cluster.list(kind, { namespace }).then(
          () => undefined,
          (found: unknown) => found,
        )
        return isClusterError(error, "NotFound")
      })
    },
  },
]
