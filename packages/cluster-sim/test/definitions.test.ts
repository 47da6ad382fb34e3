import type { JsonObject } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import {
  causes,
  definition,
  definitionOf,
  definitions,
  makeSim,
  namespace,
  refusal,
  text,
  widget,
  widgets,
} from "./custom-world.js"

describe("a definition", () => {
  test("serves its kind once it is established, and says so", async () => {
    const { sim, clock } = makeSim()
    const created = await sim.cluster.create(definitions, definition({ color: text }))
    expect(created.status).toEqual({
      conditions: null,
      acceptedNames: { plural: "", kind: "" },
      storedVersions: ["v1"],
    })
    expect((await refusal(sim.cluster.create(widgets, widget({})))).code).toBe("NotFound")
    await clock.advance(0)
    const served = await sim.cluster.get(definitions, { name: "widgets.example.com" })
    expect(served?.status).toMatchObject({
      acceptedNames: {
        plural: "widgets",
        singular: "widget",
        kind: "Widget",
        listKind: "WidgetList",
        shortNames: ["wd"],
      },
      conditions: [
        {
          type: "NamesAccepted",
          status: "True",
          reason: "NoConflicts",
          message: "no conflicts found",
        },
        {
          type: "Established",
          status: "True",
          reason: "InitialNamesAccepted",
          message: "the initial names have been accepted",
        },
      ],
    })
    await sim.cluster.create(widgets, widget({ color: "red" }))
    expect((await sim.cluster.list(widgets)).items).toHaveLength(1)
    expect((await sim.cluster.kinds()).at(-1)).toMatchObject({
      kind: "Widget",
      singular: "widget",
      shortNames: ["wd"],
    })
  })

  test("is refused with everything that is wrong with it", async () => {
    const { sim } = makeSim()
    const bad = definitionOf([
      {
        name: "v1",
        served: true,
        storage: false,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                properties: {
                  list: { type: "array", uniqueItems: true, items: text },
                  both: { type: "object", properties: { a: text }, additionalProperties: text },
                  pattern: { type: "string", pattern: "(?=x)" },
                  keyed: {
                    type: "array",
                    "x-kubernetes-list-type": "map",
                    items: { type: "object", properties: { name: text } },
                  },
                  either: { type: "string", anyOf: [{ type: "string", minLength: 1 }] },
                },
              },
            },
          },
        },
      },
    ])
    const found = await causes(sim.cluster.create(definitions, { ...bad, metadata: { name: "x" } }))
    const at = "spec.validation.openAPIV3Schema.properties[spec]"
    expect(found).toEqual([
      'metadata.name: Invalid value: "x": must be spec.names.plural+"."+spec.group',
      `${at}.type: Required value: must not be empty for specified object fields`,
      `${at}.properties[list].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic`,
      `${at}.properties[both].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive`,
      expect.stringContaining(
        `${at}.properties[pattern].pattern: Invalid value: "(?=x)": must be a valid regular expression`,
      ),
      `${at}.properties[keyed].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map`,
      `${at}.properties[either].anyOf[0].type: Forbidden: must be empty to be structural`,
      'spec.versions: Invalid value: ["v1"]: must have exactly one version marked as storage version',
    ])
    const bare = definitionOf([{ name: "v1", served: true, storage: true }])
    expect(await causes(sim.cluster.create(definitions, bare))).toEqual([
      "spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required",
    ])
  })

  test("has names that are labels, whole sentences say", async () => {
    const { sim } = makeSim()
    const schema = { openAPIV3Schema: { type: "object" } }
    const versions = [{ name: "1", served: true, storage: true, schema }]
    const odd = definitionOf(versions, { plural: "1s", kind: "Wid_get" })
    const why =
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
    expect(await causes(sim.cluster.create(definitions, odd))).toEqual([
      `spec.names.plural: Invalid value: "1s": ${why}`,
      `spec.names.kind: Invalid value: "Wid_get": may have mixed case, but should otherwise match: ${why}`,
      `spec.versions[0].name: Invalid value: "1": ${why}`,
    ])
  })

  test("with rules that cannot be evaluated, or a default that is not valid, is refused", async () => {
    const { sim } = makeSim()
    const rule = { ...text, "x-kubernetes-validations": [{ rule: "ip(self).family() == 4" }] }
    const [cause = ""] = await causes(sim.cluster.create(definitions, definition({ a: rule })))
    expect(cause).toContain(
      'x-kubernetes-validations[0].rule: Invalid value: "ip(self).family() == 4": compilation failed',
    )
    const wrong = await causes(
      sim.cluster.create(definitions, definition({ a: { ...text, default: 1 } })),
    )
    expect(wrong[0]).toContain("properties[a].default: Invalid value")
  })

  test("with webhook conversion is refused: nobody could be called", async () => {
    const { sim } = makeSim()
    const own = definition({})
    const spec: JsonObject = { ...own.spec, conversion: { strategy: "Webhook" } }
    const found = await causes(sim.cluster.create(definitions, { ...own, spec }))
    expect(found).toEqual([
      'spec.conversion.strategy: Unsupported value: "Webhook": supported values: "None"',
    ])
  })

  test("waits for names that another has, and gets them when they are free", async () => {
    const { sim } = makeSim({ instantCrds: true })
    await sim.cluster.create(definitions, definition({}))
    const versions = definition({}).spec?.["versions"] as readonly JsonObject[]
    await sim.cluster.create(
      definitions,
      definitionOf(versions, { plural: "gadgets", singular: "gadget", kind: "Gadget" }),
    )
    const waiting = await sim.cluster.get(definitions, { name: "gadgets.example.com" })
    expect(waiting?.status?.["conditions"]).toMatchObject([
      {
        type: "NamesAccepted",
        status: "False",
        reason: "ShortNamesConflict",
        message: '"wd" is already in use',
      },
      {
        type: "Established",
        status: "False",
        reason: "NotAccepted",
        message: "not all names are accepted",
      },
    ])
    await sim.cluster.delete(definitions, { name: "widgets.example.com" })
    const served = await sim.cluster.get(definitions, { name: "gadgets.example.com" })
    expect(served?.status?.["conditions"]).toMatchObject([{ status: "True" }, { status: "True" }])
  })

  test("keeps scope and kind once it is established", async () => {
    const { sim } = makeSim({ instantCrds: true })
    await sim.cluster.create(definitions, definition({}))
    const patch = {
      type: "merge",
      patch: { spec: { scope: "Cluster", names: { kind: "Wodget" } } },
    } as const
    const found = await causes(
      sim.cluster.patch(definitions, { name: "widgets.example.com" }, patch),
    )
    expect(found).toEqual([
      'spec.scope: Invalid value: "Cluster": field is immutable',
      'spec.names.kind: Invalid value: "Wodget": field is immutable',
    ])
  })

  test("takes its objects along when it goes, and waits for those that are held", async () => {
    const { sim, clock } = makeSim()
    await sim.cluster.create(definitions, definition({}))
    await clock.advance(0)
    await sim.cluster.create(widgets, widget({}, "free"))
    const metadata = { namespace, name: "held", finalizers: ["example.com/hold"] }
    await sim.cluster.create(widgets, { ...widget({}), metadata })
    const ended = new Promise((resolve) => {
      sim.cluster.watch(widgets, {}, { event() {}, end: () => resolve("ended") })
    })
    await sim.cluster.delete(definitions, { name: "widgets.example.com" })
    await clock.advance(0)
    expect((await sim.cluster.list(widgets)).items.map((item) => item.metadata.name)).toEqual([
      "held",
    ])
    const going = await sim.cluster.get(definitions, { name: "widgets.example.com" })
    expect(going?.status?.["conditions"]).toContainEqual(
      expect.objectContaining({
        type: "Terminating",
        status: "True",
        reason: "InstanceDeletionInProgress",
      }),
    )
    expect(await refusal(sim.cluster.create(widgets, widget({}, "late")))).toMatchObject({
      code: "MethodNotAllowed",
      message: "create not allowed while custom resource definition is terminating",
    })
    const release = { type: "merge", patch: { metadata: { finalizers: null } } } as const
    await sim.cluster.patch(widgets, { namespace, name: "held" }, release)
    await clock.advance(0)
    expect((await refusal(sim.cluster.list(widgets))).code).toBe("NotFound")
    expect(await sim.cluster.get(definitions, { name: "widgets.example.com" })).toBeUndefined()
    expect(await ended).toBe("ended")
  })

  test("of a kind that the cluster was created with changes nothing about it", async () => {
    const { sim } = makeSim({ instantCrds: true, kinds: [widgets] })
    await sim.cluster.create(definitions, definition({ color: text }))
    const created = await sim.cluster.create(widgets, widget({ other: 1 }))
    expect(created.spec).toEqual({ other: 1 })
  })

  test("is served again after going back to a snapshot", async () => {
    const { sim } = makeSim({ instantCrds: true })
    const without = sim.snapshot()
    await sim.cluster.create(definitions, definition({}))
    const served = sim.snapshot()
    sim.restore(without)
    expect((await refusal(sim.cluster.list(widgets))).code).toBe("NotFound")
    sim.restore(served)
    expect((await sim.cluster.list(widgets)).items).toEqual([])
  })
})
