import { fc, test } from "@fast-check/vitest"
import { expect } from "vitest"
import {
  compileConditions,
  compileCron,
  compileDepends,
  compileExpr,
  compileGovaluate,
  compileKargo,
  compileSemver,
  compileTags,
  gjsonGet,
  sjsonSet,
} from "../src/index.js"

const words = [
  "a",
  "b",
  "x",
  "1",
  "2.5",
  "0x1f",
  '"s"',
  "'t'",
  "`r`",
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  ".",
  "?.",
  "..",
  "#",
  "#index",
  ",",
  ":",
  ";",
  "|",
  "??",
  "?",
  "+",
  "-",
  "*",
  "/",
  "%",
  "**",
  "==",
  "!=",
  "<",
  ">=",
  "&&",
  "||",
  "and",
  "or",
  "not",
  "in",
  "matches",
  "contains",
  "let",
  "if",
  "else",
  "map",
  "filter",
  "len",
  "sum",
  "sortBy",
  "groupBy",
  "reduce",
  "split",
  "date",
  "duration",
  "toJSON",
  "fromJSON",
  "string",
  "int",
  "nil",
  "true",
  "__proto__",
  "constructor",
  "toString",
  "$env",
  "::",
  "=",
  "@every 1s",
  "{{",
  "}}",
  "${{",
  "\ud83d",
  "🎉",
  "\u0000",
]
const source = fc
  .array(fc.constantFrom(...words), { maxLength: 14 })
  .map((parts) => parts.join(" "))
const hostile = fc.oneof(source, fc.string({ unit: "binary", maxLength: 30 }))
const env = { a: { b: 1, __proto__: null }, b: [1, "x", null], x: "text" }

test.prop([hostile], { numRuns: 3000 })("no source makes a language throw", (text) => {
  for (const mode of ["env", "noenv", "eval"] as const) {
    for (const dialect of ["1.17", "1.15"] as const) {
      const compiled = compileExpr(text, { mode, dialect })
      if (compiled.ok) compiled.value.evaluate(env)
    }
  }
  const govaluate = compileGovaluate(text)
  if (govaluate.ok) govaluate.value.evaluate({ a: 1, b: "x" })
  const kargo = compileKargo(text)
  if (kargo.ok) kargo.value.evaluate(env)
  const tags = compileTags(text)
  if (tags.ok) tags.value.evaluate({ a: "1" })
  compileDepends(text, [{ name: "a" }])
  compileConditions(text)
  compileCron(text)
  compileSemver(text)
  gjsonGet('{"a":[1,{"b":"x"}]}', text)
  sjsonSet('{"a":[1]}', text, 1)
})

test.prop([source])("an evaluation changes nothing and repeats itself", (text) => {
  const compiled = compileExpr(text)
  if (!compiled.ok) return
  const frozen = Object.freeze({
    a: Object.freeze({ b: 1 }),
    b: Object.freeze([1, "x", null]),
    x: "text",
  })
  expect(compiled.value.evaluate(frozen)).toEqual(compiled.value.evaluate(frozen))
})
