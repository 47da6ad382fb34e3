import { isJsonObject, type JsonValue } from "@argo-ts/kernel"
import { compileText, type Rendered, type Scope, type Text } from "./languages.js"

/** A JSON value whose strings may hold tags. */
export interface JsonText {
  readonly isLiteral: boolean
  /** The names that its tags and expressions mention. */
  readonly names: readonly string[]
  readonly tags: readonly string[]
  readonly faults: readonly string[]
  render(scope: Scope, strict: (name: string) => boolean): Rendered<JsonValue>
}

type Strict = (name: string) => boolean

function literal(value: JsonValue): JsonText {
  return { isLiteral: true, names: [], tags: [], faults: [], render: () => ({ ok: true, value }) }
}

/** Parses the tags in every string of a value, once. The literal parts are shared by all renderings. */
export function compileJson(value: JsonValue): JsonText {
  if (typeof value === "string") {
    const text = compileText(value)
    return text.isLiteral ? literal(value) : text
  }
  if (Array.isArray(value)) return compileList(value as readonly JsonValue[])
  return isJsonObject(value) ? compileObject(value) : literal(value)
}

function compileList(list: readonly JsonValue[]): JsonText {
  const parts = list.map(compileJson)
  if (parts.every((part) => part.isLiteral)) return literal(list)
  return {
    isLiteral: false,
    names: parts.flatMap((part) => part.names),
    tags: parts.flatMap((part) => part.tags),
    faults: parts.flatMap((part) => part.faults),
    render(scope, strict) {
      const items: JsonValue[] = []
      for (const part of parts) {
        const rendered = part.render(scope, strict)
        if (!rendered.ok) return rendered
        items.push(rendered.value)
      }
      return { ok: true, value: items }
    },
  }
}

function compileObject(object: { readonly [key: string]: JsonValue }): JsonText {
  const keys = Object.keys(object)
  const keyTexts = keys.map(compileText)
  const parts = keys.map((key) => compileJson(object[key] as JsonValue))
  if (parts.every((part) => part.isLiteral) && keyTexts.every((key) => key.isLiteral)) {
    return literal(object)
  }
  return {
    isLiteral: false,
    names: [...keyTexts, ...parts].flatMap((part) => part.names),
    tags: [...keyTexts, ...parts].flatMap((part) => part.tags),
    faults: [...keyTexts, ...parts].flatMap((part) => part.faults),
    render(scope: Scope, strict: Strict): Rendered<JsonValue> {
      const result = Object.create(null) as { [key: string]: JsonValue }
      for (const [index, part] of parts.entries()) {
        const key = (keyTexts[index] as Text).render(scope, strict)
        if (!key.ok) return key
        const rendered = part.render(scope, strict)
        if (!rendered.ok) return rendered
        result[key.value] = rendered.value
      }
      return { ok: true, value: result }
    },
  }
}
