import type { Node } from "./ast.js"
import type { Compiler, Scope } from "./compiler.js"
import { textOf, typePreview } from "./encode.js"
import { JqError } from "./fault.js"
import {
  type Apply,
  type Env,
  each,
  type Filter,
  lift,
  many,
  none,
  outputsOf,
  single,
} from "./filter.js"
import { formats } from "./formats.js"
import { grow, growText } from "./machine.js"
import { type JqValue, openObject } from "./value.js"

type Text = Extract<Node, { readonly kind: "text" }>
type ObjectNode = Extract<Node, { readonly kind: "object" }>

/** The function of a format such as `@base64`. An unknown one fails when it is used, as in gojq. */
export function formatNamed(name: string): (value: JqValue) => string {
  const known = formats.get(name)
  if (known !== undefined) return known
  return () => {
    throw new JqError(() => `format not defined: ${name}`)
  }
}

/** `@base64` alone. */
export function compileFormat(compiler: Compiler, name: string): Filter {
  const format = formatNamed(name)
  return single("one", (_env, input) => {
    const text = format(input)
    growText(compiler.machine, text.length)
    return text
  })
}

/** A string with interpolations; the last one varies slowest. */
export function compileText(compiler: Compiler, node: Text, scope: Scope): Filter {
  const format = node.format === "" ? textOf : formatNamed(node.format)
  const inner = node.parts.filter((part) => typeof part !== "string")
  const filters = inner.map((part) => compiler.compile(part, scope))
  const places = node.parts.map((part) => (typeof part === "string" ? part : inner.indexOf(part)))
  const write: Apply = (_input, values) => {
    const text = places
      .map((place) => (typeof place === "string" ? place : format(values[place] ?? null)))
      .join("")
    growText(compiler.machine, text.length)
    return text
  }
  return lift(filters, write)
}

interface Entry {
  readonly key: Filter
  readonly value: Filter
}

/** `{…}`; the first entry varies slowest, and a key before its value. */
export function compileObject(compiler: Compiler, node: ObjectNode, scope: Scope): Filter {
  const entries = node.entries.map(
    ({ key, value }): Entry => ({
      key: compiler.compile(key, scope),
      value: compiler.compile(value, scope),
    }),
  )
  const outputs = outputsOf(entries.flatMap(({ key, value }) => [key, value]))
  if (outputs === "many") {
    return many((env, input, path, emit) =>
      products(entries, env, input, (pairs) => emit(objectOf(compiler, pairs), path)),
    )
  }
  return single(outputs, (env, input) => {
    grow(compiler.machine, entries.length)
    const object = openObject()
    for (const { key, value } of entries) {
      const name = key.compute(env, input)
      if (name === none) return none
      const text = keyOf(name)
      const item = value.compute(env, input)
      if (item === none) return none
      object[text] = item
    }
    return object
  })
}

function keyOf(key: JqValue): string {
  if (typeof key === "string") return key
  throw new JqError(() => `expected a string for object key but got: ${typePreview(key)}`)
}

type Pair = readonly [key: string, value: JqValue]

function objectOf(compiler: Compiler, pairs: readonly Pair[]): JqValue {
  grow(compiler.machine, pairs.length)
  const object = openObject()
  for (const [key, value] of pairs) object[key] = value
  return object
}

function products(
  entries: readonly Entry[],
  env: Env,
  input: JqValue,
  take: (pairs: readonly Pair[]) => boolean,
): boolean {
  const pairs: Pair[] = []
  const next = (index: number): boolean => {
    const entry = entries[index]
    if (entry === undefined) return take(pairs)
    return each(entry.key, env, input, (key) => {
      const name = keyOf(key)
      return each(entry.value, env, input, (value) => {
        pairs[index] = [name, value]
        return next(index + 1)
      })
    })
  }
  return next(0)
}
