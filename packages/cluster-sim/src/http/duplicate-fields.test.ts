import { expect, test } from "vitest"
import { duplicateFields } from "./duplicate-fields.js"

test.each([
  ["{}", []],
  ['{"a":1,"b":{"a":2}}', []],
  ['{"a":1,"a":2}', ["a"]],
  ['{"metadata":{"name":"a","name":"b"},"x":[{"k":1},{"k":1,"k":2}]}', ["metadata.name", "x[1].k"]],
  [String.raw`{"a\"b":"x,\"a","a\"b":1}`, ['a"b']],
  ['{"a":["a","a",{"b":1}],"b":"a"}', []],
])("%s has %j twice", (json, expected) => {
  expect(duplicateFields(json)).toEqual(expected)
})
