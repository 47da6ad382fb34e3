import { describe, expect, test } from "vitest"
import type { JsonObject } from "../json.js"
import { mergeSchemaOf } from "../schemas/index.js"
import { formatConflicts, serverSideApply } from "./server-side-apply.js"
import { trackUpdate } from "./track-update.js"

const configMap = mergeSchemaOf("v1", "ConfigMap")
const deployment = mergeSchemaOf("apps/v1", "Deployment")

interface Options {
  readonly schema?: typeof configMap
  readonly apiVersion?: string
  readonly force?: boolean
  readonly now?: string
}

function apply(
  live: JsonObject | undefined,
  manager: string,
  config: JsonObject,
  options: Options = {},
) {
  const {
    schema = configMap,
    apiVersion = "v1",
    force = false,
    now = "2026-01-01T00:00:00Z",
  } = options
  const outcome = serverSideApply({
    schema,
    live,
    config,
    manager: { manager, apiVersion },
    force,
    now,
  })
  if (outcome.type === "Conflicted") return formatConflicts(outcome.conflicts)
  if (outcome.type === "Invalid") return outcome.issues.map((issue) => issue.message).join("; ")
  const metadata = {
    ...(outcome.object["metadata"] as JsonObject),
    managedFields: outcome.managedFields as never,
  }
  return { ...outcome.object, metadata } as JsonObject & {
    metadata: { managedFields: JsonObject[] }
  }
}

function applied(...parameters: Parameters<typeof apply>) {
  const result = apply(...parameters)
  if (typeof result === "string") throw new Error(result)
  return result
}

function update(live: JsonObject, manager: string, after: JsonObject): JsonObject {
  const now = "2026-01-01T00:00:05Z"
  const managedFields = trackUpdate({
    schema: configMap,
    before: live,
    after,
    manager: { manager, apiVersion: "v1" },
    now,
  })
  return {
    ...after,
    metadata: { ...(after["metadata"] as JsonObject), managedFields: managedFields as never },
  }
}

const map = (data: JsonObject): JsonObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "m" },
  data,
})

describe("serverSideApply", () => {
  test("records exactly the leaves that were sent", () => {
    const live = applied(undefined, "A", map({ a: "1", b: "2" }))
    expect(live.metadata.managedFields).toEqual([
      {
        manager: "A",
        operation: "Apply",
        apiVersion: "v1",
        time: "2026-01-01T00:00:00Z",
        fieldsType: "FieldsV1",
        fieldsV1: { "f:data": { "f:a": {}, "f:b": {} } },
      },
    ])
    expect(applied(live, "A", map({ a: "1", b: "2" }), { now: "2027-01-01T00:00:00Z" })).toEqual(
      live,
    )
  })

  test("the same value makes co-owners, without a time", () => {
    const live = applied(applied(undefined, "A", map({ a: "1" })), "B", map({ a: "1" }))
    expect(live.metadata.managedFields.map((entry) => [entry["manager"], entry["time"]])).toEqual([
      ["B", undefined],
      ["A", "2026-01-01T00:00:00Z"],
    ])
  })

  test("another value conflicts; force takes that path only", () => {
    const live = applied(undefined, "A", map({ a: "1", b: "2" }))
    expect(apply(live, "B", map({ a: "9" }))).toBe(
      'Apply failed with 1 conflict: conflict with "A": .data.a',
    )
    const forced = applied(live, "B", map({ a: "9" }), { force: true })
    expect(forced["data"]).toEqual({ a: "9", b: "2" })
    expect(forced.metadata.managedFields.map((entry) => entry["fieldsV1"])).toEqual([
      { "f:data": { "f:b": {} } },
      { "f:data": { "f:a": {} } },
    ])
  })

  test("a field that its only applier drops goes, a co-owned one stays", () => {
    const live = applied(applied(undefined, "A", map({ a: "1", b: "2" })), "B", map({ b: "2" }))
    const dropped = applied(live, "A", map({ c: "3" }))
    expect(dropped["data"]).toEqual({ b: "2", c: "3" })
  })

  test("an update steals, the next apply of the old value conflicts with it", () => {
    const live = applied(undefined, "A", map({ a: "1" }))
    const edited = update(live, "U", { ...live, data: { a: "2" } })
    expect(apply(edited, "A", map({ a: "1" }))).toBe(
      'Apply failed with 1 conflict: conflict with "U" using v1: .data.a',
    )
  })

  test("several conflicts are listed by manager", () => {
    const live = applied(undefined, "A", map({ a: "1", b: "2", c: "3" }))
    const edited = update(live, "U", { ...live, data: { a: "1", b: "2", c: "9" } })
    expect(apply(edited, "B", map({ a: "x", b: "x", c: "x" }))).toBe(
      'Apply failed with 3 conflicts: conflicts with "A":\n- .data.a\n- .data.b\nconflicts with "U" using v1:\n- .data.c',
    )
  })

  test("what was there before the first apply belongs to before-first-apply", () => {
    const live = applied(map({ a: "1" }), "A", map({ b: "2" }))
    expect(live.metadata.managedFields.map((entry) => entry["manager"])).toEqual([
      "A",
      "before-first-apply",
    ])
    expect(apply(map({ a: "1" }), "A", map({ a: "2" }))).toContain("before-first-apply")
  })

  test("thirteen updating managers become ten and the ancient ones", () => {
    let live: JsonObject = map({})
    for (let index = 0; index < 13; index++) {
      live = update(live, `u${index}`, {
        ...live,
        data: { ...(live["data"] as JsonObject), [`k${index}`]: "v" },
      })
    }
    const managers = (live["metadata"] as { managedFields: JsonObject[] }).managedFields
    expect(managers).toHaveLength(10)
    expect(managers.some((entry) => entry["manager"] === "ancient-changes")).toBe(true)
  })
})

describe("keyed lists", () => {
  const options: Options = { schema: deployment, apiVersion: "apps/v1" }
  const withContainers = (...containers: JsonObject[]): JsonObject => ({
    spec: { template: { spec: { containers } } },
  })

  test("two managers share a list; what one drops goes with all of its item", () => {
    const live = applied(undefined, "A", withContainers({ name: "c1", image: "1" }), options)
    const extra = withContainers(
      { name: "c1", env: [{ name: "X", value: "1" }] },
      { name: "c2", image: "2" },
    )
    const both = applied(live, "B", extra, options)
    expect(both["spec"]).toEqual(
      withContainers(
        { name: "c1", image: "1", env: [{ name: "X", value: "1" }] },
        { name: "c2", image: "2" },
      )["spec"],
    )
    const { metadata: _metadata, ...without } = applied(both, "B", {}, options)
    expect(without).toEqual(withContainers({ name: "c1", image: "1" }))
  })

  test("atomic lists conflict whole and print their item's key", () => {
    const live = applied(undefined, "A", withContainers({ name: "c1", args: ["a"] }), options)
    expect(apply(live, "B", withContainers({ name: "c1", args: ["b"] }), options)).toBe(
      'Apply failed with 1 conflict: conflict with "A": .spec.template.spec.containers[name="c1"].args',
    )
  })

  test("a key field that is absent counts as its default", () => {
    const port = (...ports: JsonObject[]): JsonObject => withContainers({ name: "c", ports })
    const live = applied(undefined, "A", port({ containerPort: 80 }), options)
    const both = applied(live, "B", port({ containerPort: 80, protocol: "UDP" }), options)
    expect(JSON.stringify(both.metadata.managedFields)).toContain(
      JSON.stringify('k:{"containerPort":80,"protocol":"TCP"}').slice(1, -1),
    )
    expect(JSON.stringify(both["spec"])).toContain("UDP")
  })

  test("refuses items without key and duplicates", () => {
    expect(apply(undefined, "A", withContainers({ image: "x" }), options)).toContain(
      'omits key field "name"',
    )
    expect(apply(undefined, "A", withContainers({ name: "a" }, { name: "a" }), options)).toContain(
      "duplicate",
    )
  })
})
