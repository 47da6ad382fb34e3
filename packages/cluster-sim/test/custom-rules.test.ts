import type { JsonObject } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import {
  causes,
  definitionOf,
  definitions,
  key,
  makeSim,
  open,
  refusal,
  serving,
  text,
  widget,
  widgets,
} from "./custom-world.js"

describe("objects of a definition, as they live", () => {
  test("obey rules: reasons, places, messages that are computed, and transitions", async () => {
    const sim = await serving(
      {
        replicas: { type: "integer" },
        max: { type: "integer" },
        fixed: {
          ...text,
          "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "fixed is immutable" }],
        },
      },
      {
        "x-kubernetes-validations": [
          {
            rule: "!has(self.max) || self.replicas <= self.max",
            messageExpression: "'at most ' + string(self.max)",
            reason: "FieldValueForbidden",
            fieldPath: ".replicas",
          },
          { rule: "!has(self.replicas) || self.replicas != 13" },
        ],
      },
    )
    expect(await causes(sim.cluster.create(widgets, widget({ replicas: 5, max: 3 })))).toEqual([
      "spec.replicas: Forbidden: at most 3",
    ])
    expect(await causes(sim.cluster.create(widgets, widget({ replicas: 13 })))).toEqual([
      'spec: Invalid value: "object": failed rule: !has(self.replicas) || self.replicas != 13',
    ])
    await sim.cluster.create(widgets, widget({ replicas: 1, fixed: "a" }))
    const change = { type: "merge", patch: { spec: { fixed: "b" } } } as const
    expect(await causes(sim.cluster.patch(widgets, key, change))).toEqual([
      'spec.fixed: Invalid value: "string": fixed is immutable',
    ])
  })

  test("are not held up by a pattern that backtracks", async () => {
    const sim = await serving({
      a: { ...text, pattern: "^(a+)+$" },
      b: { ...text, "x-kubernetes-validations": [{ rule: "self.matches('^(b+)+$')" }] },
    })
    const spec = { a: `${"a".repeat(20_000)}!`, b: `${"b".repeat(20_000)}!` }
    const started = performance.now()
    expect(await causes(sim.cluster.create(widgets, widget(spec)))).toHaveLength(2)
    expect(performance.now() - started).toBeLessThan(2_000)
  })

  test("merge lists by their keys when they are applied, and know only declared fields", async () => {
    const item = { type: "object", required: ["name"], properties: { name: text, v: text } }
    const sim = await serving({
      map: {
        type: "array",
        items: item,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
      },
      set: { type: "array", items: text, "x-kubernetes-list-type": "set" },
      atomic: { type: "array", items: text },
    })
    await sim.cluster.apply(
      widgets,
      widget({ map: [{ name: "x", v: "1" }], set: ["a"], atomic: ["a"] }),
      { fieldManager: "A" },
    )
    const both = await sim.cluster.apply(widgets, widget({ map: [{ name: "y" }], set: ["b"] }), {
      fieldManager: "B",
    })
    expect(both.spec).toEqual({
      map: [{ name: "x", v: "1" }, { name: "y" }],
      set: ["a", "b"],
      atomic: ["a"],
    })
    const conflict = sim.cluster.apply(widgets, widget({ atomic: ["b"] }), { fieldManager: "B" })
    expect((await refusal(conflict)).code).toBe("Conflict")
    const unknown = sim.cluster.apply(widgets, widget({ colour: "x" }), { fieldManager: "A" })
    expect(await refusal(unknown)).toMatchObject({
      code: "InternalError",
      message:
        "failed to create typed patch object (default/a; example.com/v1, Kind=Widget): .spec.colour: field not declared in schema",
    })
  })

  test("have a status of their own, and a scale where it says", async () => {
    const { sim } = makeSim({ instantCrds: true })
    const schema = {
      openAPIV3Schema: {
        type: "object",
        properties: {
          spec: { type: "object", properties: { size: { type: "integer", maximum: 5 } } },
          status: { type: "object", properties: { ready: { type: "integer" }, selector: text } },
        },
      },
    }
    const scale = {
      specReplicasPath: ".spec.size",
      statusReplicasPath: ".status.ready",
      labelSelectorPath: ".status.selector",
    }
    await sim.cluster.create(
      definitions,
      definitionOf([
        { name: "v1", served: true, storage: true, schema, subresources: { status: {}, scale } },
      ]),
    )
    const created = await sim.cluster.create(widgets, {
      ...widget({ size: 2 }),
      status: { ready: 9 },
    })
    expect(created.status).toBeUndefined()
    const status = {
      type: "merge",
      patch: { status: { ready: 1, selector: "a=b", odd: 1 }, spec: { size: 3 } },
    } as const
    const told = await sim.cluster.patch(widgets, key, status, { subresource: "status" })
    expect([told.spec, told.status, told.metadata.generation]).toEqual([
      { size: 2 },
      { ready: 1, selector: "a=b" },
      1,
    ])
    const wrong = { type: "merge", patch: { status: { ready: "x" } } } as const
    expect(
      await causes(sim.cluster.patch(widgets, key, wrong, { subresource: "status" })),
    ).toHaveLength(1)
    const grow = { type: "merge", patch: { spec: { replicas: 4 } } } as const
    const scaled = await sim.cluster.patch(widgets, key, grow, { subresource: "scale" })
    expect(scaled).toMatchObject({
      kind: "Scale",
      spec: { replicas: 4 },
      status: { replicas: 1, selector: "a=b" },
    })
    expect((await sim.cluster.get(widgets, key))?.spec).toEqual({ size: 4 })
    const tooMany = { type: "merge", patch: { spec: { replicas: 6 } } } as const
    expect(
      (await refusal(sim.cluster.patch(widgets, key, tooMany, { subresource: "scale" }))).code,
    ).toBe("Invalid")
  })

  test("are the same in every served version", async () => {
    const { sim } = makeSim({ instantCrds: true })
    const schema = { openAPIV3Schema: { type: "object", properties: { spec: open } } }
    const version = (name: string, storage: boolean): JsonObject => ({
      name,
      served: true,
      storage,
      schema,
    })
    await sim.cluster.create(
      definitions,
      definitionOf([
        version("v1beta1", false),
        version("v1", true),
        { ...version("v2", false), served: false },
      ]),
    )
    const beta = { ...widgets, version: "v1beta1" }
    const seen: string[] = []
    sim.cluster.watch(
      beta,
      {},
      {
        event: (event) => event.type !== "BOOKMARK" && seen.push(event.object.apiVersion),
        end() {},
      },
    )
    const created = await sim.cluster.create(beta, {
      ...widget({ a: 1 }),
      apiVersion: "example.com/v1beta1",
    })
    expect(created.apiVersion).toBe("example.com/v1beta1")
    const read = await sim.cluster.get(widgets, key)
    expect(read?.apiVersion).toBe("example.com/v1")
    const same = await sim.cluster.update(beta, created)
    expect(same.metadata.resourceVersion).toBe(created.metadata.resourceVersion)
    await sim.cluster.update(beta, { ...created, spec: { a: 2 } })
    expect(
      (await sim.cluster.list(widgets)).items.map(({ apiVersion, spec }) => [apiVersion, spec]),
    ).toEqual([["example.com/v1", { a: 2 }]])
    expect(seen).toEqual(["example.com/v1beta1", "example.com/v1beta1"])
    expect((await refusal(sim.cluster.list({ ...widgets, version: "v2" }))).code).toBe("NotFound")
    const all = await sim.cluster.kinds({ allVersions: true })
    expect(all.filter(({ kind }) => kind === "Widget").map(({ version: name }) => name)).toEqual([
      "v1",
      "v1beta1",
    ])
  })

  test("are selected by the fields that the definition names", async () => {
    const { sim } = makeSim({ instantCrds: true })
    const schema = {
      openAPIV3Schema: {
        type: "object",
        properties: { spec: { type: "object", properties: { color: text } } },
      },
    }
    await sim.cluster.create(
      definitions,
      definitionOf([
        {
          name: "v1",
          served: true,
          storage: true,
          schema,
          selectableFields: [{ jsonPath: ".spec.color" }],
        },
      ]),
    )
    await sim.cluster.create(widgets, widget({ color: "red" }))
    await sim.cluster.create(widgets, widget({ color: "blue" }, "b"))
    const { items } = await sim.cluster.list(widgets, { fieldSelector: { "spec.color": "blue" } })
    expect(items.map((item) => item.metadata.name)).toEqual(["b"])
  })
})
