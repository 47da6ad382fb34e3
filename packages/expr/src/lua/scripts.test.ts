import type { JsonObject, JsonValue } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import {
  compileLuaAction,
  compileLuaDiscovery,
  compileLuaEventFilter,
  compileLuaEventTransform,
  compileLuaHealth,
} from "./index.js"

/** A script's answer, or why there is none. */
function answer(compiled: ReturnType<typeof compileLuaHealth> | unknown, env: unknown): unknown {
  const script = compiled as ReturnType<typeof compileLuaHealth>
  const result = script.ok ? script.value.evaluate(env as JsonObject) : script
  return result.ok ? result.value : result.issues[0]?.message
}

describe("health", () => {
  const script = `
    local hs = {}
    if obj.status ~= nil then
      for _, condition in ipairs(obj.status.conditions or {}) do
        if condition.type == "Ready" then
          if condition.status == "True" then
            hs.status = "Healthy"
          else
            hs.status = "Degraded"
          end
          hs.message = condition.message
          return hs
        end
      end
    end
    hs.status = "Progressing"
    hs.message = "Waiting for conditions of " .. obj.metadata.name
    return hs`
  const health = (status: JsonObject | null) =>
    answer(compileLuaHealth(script), { metadata: { name: "db" }, status })
  const ready = (status: string) => ({ conditions: [{ type: "Ready", status, message: "m" }] })

  test("a script in Argo CD's style judges an object", () => {
    expect(health(ready("True"))).toEqual({ status: "Healthy", message: "m" })
    expect(health(ready("False"))).toEqual({ status: "Degraded", message: "m" })
    const waiting = { status: "Progressing", message: "Waiting for conditions of db" }
    expect(health({})).toEqual(waiting)
    expect(health(null)).toEqual(waiting)
  })
  test.each<[string, unknown]>([
    ["return nil", undefined],
    ["", undefined],
    ["return {}", undefined],
    [
      "return {status = 'Fine'}",
      { status: "Unknown", message: "Lua returned an invalid health status" },
    ],
    ["return {status = 'Missing'}", { status: "Missing", message: "" }],
    ["return 1, {status = 'Healthy'}", { status: "Healthy", message: "" }],
    ["return 'Healthy'", "<string> expect"],
    ["return {status = print}", "cannot encode function to JSON"],
    ["return os.execute('x')", "attempt to call"],
  ])("%s", (source, expected) => {
    const found = answer(compileLuaHealth(source), {})
    if (typeof expected !== "string") expect(found).toEqual(expected)
    else
      expect(found).toContain(
        expected.replace("<string> expect", "expect table output from Lua script, not string"),
      )
  })
  test("it says what it reads", () => {
    const compiled = compileLuaHealth(script)
    const paths = compiled.ok ? compiled.value.references.map(({ path }) => path.join(".")) : []
    expect(paths).toEqual(["obj.status", "obj.status.conditions", "obj.metadata.name"])
  })
})

describe("actions", () => {
  const obj = { spec: { paused: false, strategy: {}, list: [] }, metadata: { labels: {} } }
  const act = (source: string, actionParams?: JsonObject) =>
    answer(compileLuaAction(source), { obj, ...(actionParams && { actionParams }) })

  test("a changed object is a patch, and its empty objects stay objects", () => {
    expect(act("obj.spec.paused = true return obj")).toEqual([
      { operation: "patch", resource: { ...obj, spec: { ...obj.spec, paused: true } } },
    ])
  })
  test("parameters are given; a list names its operations", () => {
    const source = `
      local job = {kind = "Job", metadata = {name = actionParams.name}}
      return {{operation = "create", resource = job}, {operation = "patch", resource = obj}}`
    expect(act(source, { name: "n" })).toEqual([
      { operation: "create", resource: { kind: "Job", metadata: { name: "n" } } },
      { operation: "patch", resource: obj },
    ])
  })
  test.each([
    ["return {{operation = 'delete', resource = obj}}", 'unsupported operation: "delete"'],
    ["return {{operation = 'patch'}}", "expected an operation with its resource"],
    ["return true", "expect table output from Lua script, not boolean"],
  ])("%s is refused", (source, message) => expect(act(source)).toContain(message))
})

describe("discovery", () => {
  const discover = (source: string) =>
    answer(compileLuaDiscovery(source), { spec: { paused: true } })
  test("names actions, and which are off", () => {
    expect(
      discover(`
        local actions = {}
        actions["restart"] = {}
        actions["pause"] = {["disabled"] = obj.spec.paused, ["displayName"] = "Pause", ["iconClass"] = "fa fa-pause"}
        return actions`),
    ).toEqual([
      { name: "pause", disabled: true, displayName: "Pause", iconClass: "fa fa-pause" },
      { name: "restart" },
    ])
    expect(discover("return {}")).toEqual([])
    expect(discover("return 5")).toContain("expect table output from Lua script, not number")
  })
})

describe("events", () => {
  const event = { body: { n: 3, list: [1, [2], null, { a: null }] } }
  test.each<[string, unknown]>([
    ["return event.body.n == 3", true],
    ["if event.body.n == 3 then return true end return false", true],
    ["return 1", false],
    ["return nil", false],
    ["return #event.body.list == 2", true],
    ["return event.a.b", "attempt to index a non-table object(nil) with key 'b'"],
  ])("filter %s", (source, expected) => {
    const found = answer(compileLuaEventFilter(source), event)
    if (typeof expected === "string") expect(found).toContain(expected)
    else expect(found).toBe(expected)
  })
  test.each<[string, JsonValue]>([
    ["event.body.n = nil event.x = {} return event", { body: { list: [1, {}] }, x: {} }],
    ["return {1, 2, a = 3}", [1, 2]],
    ["return {a = setmetatable({}, {__is_array = true})}", { a: [] }],
    ["return {[3] = 'c'}", [null, null, "c"]],
    ["return 1", "expect table output from Lua script, not number"],
  ])("transform %s", (source, expected) => {
    const found = answer(compileLuaEventTransform(source), event)
    if (typeof expected === "string") expect(found).toContain(expected)
    else expect(found).toEqual(expected)
  })
})
