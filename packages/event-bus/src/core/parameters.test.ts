import type { JsonValue } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import type { TriggerParameter, TriggerParameterSource } from "../api/triggers.js"
import { anEvent } from "../testing/builders.js"
import { applyParameters, buildPayload, compileParameters } from "./parameters.js"

const event = anEvent({
  id: "e1",
  data: { body: { n: 8, s: "text", empty: "", nil: null, list: [1, { a: "<b>" }] } },
})
const events = new Map([["dep", event]])

function apply(
  parameters: readonly TriggerParameter[],
  document: JsonValue = {},
): JsonValue | string {
  const compiled = compileParameters(parameters)
  if (!compiled.ok) return compiled.issues.map((issue) => issue.message).join("; ")
  const result = applyParameters(document, compiled.value, events)
  return result.ok ? result.value : result.issues.map((issue) => issue.message).join("; ")
}

function from(
  src: Partial<TriggerParameterSource>,
  rest: Partial<TriggerParameter> = {},
): TriggerParameter {
  return { src: { dependencyName: "dep", ...src }, dest: "v", ...rest }
}

describe("sources", () => {
  test.each<[Partial<TriggerParameterSource>, JsonValue]>([
    [{ dataKey: "body.n" }, "8"],
    [{ dataKey: "body.n", useRawData: true }, 8],
    [{ dataKey: "body.s", useRawData: true }, "text"],
    [{ dataKey: "body.list" }, '[1,{"a":"\\u003cb\\u003e"}]'],
    [{ dataKey: "body.empty", value: "x" }, ""],
    [{ dataKey: "body.nil" }, "null"],
    [{ dataKey: "body.absent", value: "x" }, "x"],
    [{ contextKey: "subject" }, "example"],
    [{ contextKey: "time" }, "2026-01-01T00:00:00Z"],
    [{ contextKey: "subject", dataKey: "body.absent", value: "x" }, "x"],
    [{ value: "x" }, "x"],
    [{ dependencyName: "other", dataKey: "body.n", value: "x" }, "x"],
  ])("%j gives %j", (src, expected) => {
    expect(apply([from(src)])).toEqual({ v: expected })
  })

  test("a dependency that took no part is skipped", () => {
    expect(apply([from({ dependencyName: "other", dataKey: "body.n" })], { v: 1 })).toEqual({
      v: 1,
    })
  })
  test("nothing found fails and says what was sought", () => {
    expect(apply([from({ dataKey: "body.absent" })])).toBe(
      'event "e1" of dependency "dep" has no "body.absent"',
    )
  })
  test("no key at all is the whole event", () => {
    const whole = JSON.parse((apply([from({})]) as { v: string }).v) as { data: string }
    expect(JSON.parse(Buffer.from(whole.data, "base64").toString())).toEqual(event.data)
    expect(whole).toMatchObject({ context: { id: "e1", type: "webhook" } })
  })
})

describe("operations", () => {
  const write = (operation: "append" | "prepend", document: JsonValue): unknown =>
    apply([from({ dataKey: "body.s" }, { operation })], document)
  test("append and prepend join texts, or set where nothing is", () => {
    expect(write("append", { v: "a-" })).toEqual({ v: "a-text" })
    expect(write("prepend", { v: "-a" })).toEqual({ v: "text-a" })
    expect(write("append", {})).toEqual({ v: "text" })
    expect(write("append", { v: [1, 2] })).toEqual({ v: "[1,2]text" })
  })
  test("a payload is a document, or the value without dest", () => {
    const build = (parameters: readonly TriggerParameter[]): unknown => {
      const compiled = compileParameters(parameters)
      const payload = compiled.ok ? buildPayload(compiled.value, events) : compiled
      return payload.ok ? payload.value : payload.issues
    }
    const nested = from({ dataKey: "body.n" }, { dest: "a.b", operation: "append" })
    expect(build([nested])).toEqual({ document: { a: { b: "8" } } })
    expect(build([{ src: { dependencyName: "dep", dataKey: "body" } }])).toMatchObject({
      whole: expect.stringContaining('"n":8'),
    })
  })
})
