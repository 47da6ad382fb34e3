import { expect, test } from "vitest"
import { compilePlainTags, replaceTags } from "./index.js"

const scope = {
  "inputs.parameters.name": 'say "hi"',
  "inputs.parameters.n": "42",
  "tasks.a.outputs.parameters.x": null,
}

test("simple and expression tags are replaced inside a document", () => {
  const document = { args: ["{{inputs.parameters.name}}", "{{=asInt(inputs.parameters.n) + 1}}"] }
  expect(replaceTags(document, scope)).toEqual({ ok: true, value: { args: ['say "hi"', "43"] } })
})

test("an unresolved tag stays, or is an issue where it is refused", () => {
  expect(replaceTags("{{steps.a.outputs.result}}", scope)).toEqual({
    ok: true,
    value: "{{steps.a.outputs.result}}",
  })
  const refused = replaceTags("{{steps.a.outputs.result}}", scope, { unresolved: ["steps"] })
  expect(refused.ok ? [] : refused.issues).toMatchObject([
    { code: "UnresolvedTag", message: "failed to resolve {{steps.a.outputs.result}}" },
  ])
})

test("an absent optional output is never replaced silently", () => {
  const result = replaceTags("{{tasks.a.outputs.parameters.x}}", scope)
  expect(result.ok ? [] : result.issues).toMatchObject([{ code: "AbsentOptional" }])
})

test("plain tags keep or refuse what they do not know", () => {
  const kept = compilePlainTags("{{ a }}-{{b}}", { unknown: "keep" })
  expect(kept.ok && kept.value.evaluate({ a: "1" })).toEqual({ ok: true, value: "1-{{b}}" })
})
