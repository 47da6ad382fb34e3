import { Fault } from "../issue.js"
import { isPlainMap, Pointer, typeOf, type Value } from "../values/value.js"
import type { Implementations, Methods } from "./decode.js"

function integer(value: Value | undefined): bigint {
  return typeof value === "bigint" ? value : 0n
}

function sum(values: readonly Value[]): bigint {
  return BigInt.asIntN(
    64,
    values.reduce((total: bigint, value) => total + integer(value), 0n),
  )
}

function fails(message: string): () => never {
  return () => {
    throw new Fault(message)
  }
}

function isAbsent(value: Value | undefined): boolean {
  return (
    value === null ||
    value === undefined ||
    (typeOf(value).kind === "pointer" && !(value instanceof Pointer))
  )
}

/** What the functions of the recorded environments do. */
export const recordedFunctions: Implementations = {
  add: ([left, right]) => BigInt.asIntN(64, integer(left) + integer(right)),
  anyfn: ([value]) => value === null,
  cat: (texts) => texts.map(String).join(""),
  div: ([left, right]) =>
    integer(right) === 0n
      ? fails("runtime error: integer divide by zero")()
      : integer(left) / integer(right),
  f32f: ([value = null]) => value,
  fail: fails("boom"),
  failArg: fails("panicked"),
  fn: () => 1n,
  greet: ([name]) => `Hello, ${String(name)}`,
  half: ([value]) => Number(value) / 2,
  i32f: ([value = null]) => value,
  id: ([value = null]) => value,
  mapfn: ([map = null]) => BigInt(map === null || !isPlainMap(map) ? 0 : Object.keys(map).length),
  noret: fails("runtime error: index out of range [0] with length 0"),
  ptrf: ([pointer]) => isAbsent(pointer),
  score: sum,
  slicefn: ([list]) => BigInt(Array.isArray(list) ? list.length : 0),
  u8f: ([value = null]) => value,
  vari: sum,
  vfn: ([value = null]) => value,
}

const foo = {
  String: ["func() string", () => "foo"],
  Qux: ["func(string) string", (fields, [text]) => `${String(fields.get("Bar"))}${String(text)}`],
} satisfies Methods[string]

/** What the methods of the recorded environments do. */
export const recordedMethods: Methods = {
  "main.Foo": foo,
  "main.FuzzFoo": foo,
  "main.User": {
    Hello: [
      "func(string) string",
      (fields, [text]) => `hello ${String(text)} from ${String(fields.get("Name"))}`,
    ],
  },
}
