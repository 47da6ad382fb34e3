import { fc, test as property } from "@fast-check/vitest"
import { expect, test } from "vitest"
import type { JsonObject, JsonValue } from "../json.js"
import { mergeSchemaOf } from "../schemas/index.js"
import { withFields, withoutFields } from "./entry-fields.js"
import { createFieldMemory } from "./field-memory.js"
import {
  type FieldSet,
  isEmptySet,
  readFields,
  subtractFields,
  uniteFields,
  writeFields,
} from "./field-set.js"
import { trackUpdate } from "./track-update.js"

/** Sets over few names, so that two of them meet. */
const sets: fc.Arbitrary<FieldSet> = fc
  .letrec<{ fields: JsonObject }>((tie) => ({
    fields: fc.dictionary(
      fc.constantFrom(".", "f:a", "f:b", 'k:{"name":"x"}', "v:1"),
      fc.oneof({ depthSize: "small" }, fc.constant({}), tie("fields")),
      { maxKeys: 3 },
    ) as fc.Arbitrary<JsonObject>,
  }))
  .fields.map((fields) => readFields(dotted(fields)))

/** A dot says that the path itself is meant, and nothing more. */
function dotted(fields: JsonObject): JsonObject {
  const entries = Object.entries(fields).map(([name, inner]): [string, JsonValue] => [
    name,
    name === "." ? {} : dotted(inner as JsonObject),
  ])
  return Object.fromEntries(entries)
}

/** Entries own parts of a document, never the document itself. */
const rootless = sets.map(({ children }): FieldSet => ({ isMember: false, children }))

property.prop([rootless, rootless])("takes away what subtracting the sets does", (left, right) => {
  const rest = subtractFields(left, right)
  const written = isEmptySet(rest) ? undefined : writeFields(rest)
  expect(withoutFields(writeFields(left), right)).toEqual(written)
})

property.prop([rootless, rootless])("adds what uniting the sets does", (left, right) => {
  const both = withFields(writeFields(left), right)
  expect(JSON.stringify(both)).toBe(JSON.stringify(writeFields(uniteFields(left, right))))
})

property.prop([rootless])("leaves fields alone that a change does not touch", (set) => {
  const fields = writeFields(set)
  const elsewhere = readFields({ "f:elsewhere": { "f:a": {} } })
  expect(withoutFields(fields, elsewhere)).toBe(isEmptySet(set) ? undefined : fields)
  if (!isEmptySet(set)) expect(withFields(fields, set)).toBe(fields)
})

const schema = mergeSchemaOf("v1", "Pod")
const manager = { manager: "m", apiVersion: "v1" }
const now = "2026-01-01T00:00:00Z"

function podOf(name: string, spec: JsonObject): JsonObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { name, labels: { app: name } }, spec }
}

test("objects of one part share what is written about it; a memory of one part is enough to be right", () => {
  const ports = Object.freeze([Object.freeze({ containerPort: 80 })])
  const containers = Object.freeze([Object.freeze({ name: "a", image: "i", ports })])
  const spec = Object.freeze({ containers })
  const before = { metadata: {} }
  const memory = createFieldMemory(1)
  const track = (after: JsonObject, known = memory) =>
    trackUpdate({ schema, before, after, manager, now, memory: known })[0]?.fieldsV1
  const first = track(podOf("a", spec))
  const second = track(podOf("b", spec))
  expect(second?.["f:spec"]).toBe(first?.["f:spec"])
  const other = podOf("c", { ...spec, hostNetwork: true })
  expect(track(other)).toEqual(track(other, createFieldMemory()))
  const plain = trackUpdate({ schema, before, after: podOf("a", spec), manager, now })
  expect([first, track(podOf("a", spec))]).toEqual([plain[0]?.fieldsV1, plain[0]?.fieldsV1])
})
