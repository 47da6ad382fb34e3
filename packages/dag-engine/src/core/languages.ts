import type { JsonValue } from "@argo-ts/kernel"
import { parseCondition } from "./boolean.js"

/** Values by name. `null` stands for an optional output that is absent, `undefined` for an unknown name. */
export interface Scope {
  get(name: string): string | null | undefined
}

/** Why a text could not be rendered. */
export interface RenderFailure {
  readonly ok: false
  readonly message: string
}

/** A rendered text, or why there is none. */
export type Rendered<T = string> = { readonly ok: true; readonly value: T } | RenderFailure

/** A text with tags, parsed once. */
export interface Text {
  readonly source: string
  /** True where it holds no tag: rendering gives `source`. */
  readonly isLiteral: boolean
  /** The names that its simple tags and expressions mention. */
  readonly names: readonly string[]
  /** Replaces the tags. Unknown names stay as they are, except those that `strict` claims: they fail. */
  render(scope: Scope, strict: (name: string) => boolean): Rendered
}

interface Part {
  readonly literal: string
  /** The tag after the literal: its trimmed name, and its text with braces. */
  readonly name: string | undefined
  readonly raw: string
}

function splitTags(source: string): readonly Part[] {
  const parts: Part[] = []
  let from = 0
  for (;;) {
    const start = source.indexOf("{{", from)
    const end = start < 0 ? -1 : source.indexOf("}}", start + 2)
    if (end < 0) break
    const raw = source.slice(start, end + 2)
    parts.push({ literal: source.slice(from, start), name: raw.slice(2, -2).trim(), raw })
    from = end + 2
  }
  parts.push({ literal: source.slice(from), name: undefined, raw: "" })
  return parts
}

function renderPart(part: Part, scope: Scope, strict: (name: string) => boolean): Rendered {
  const name = part.name ?? ""
  const value = scope.get(name)
  if (typeof value === "string") return { ok: true, value }
  if (value === null) {
    const message = `unable to substitute {{${name}}}: it is an optional output that is absent and has no default`
    return { ok: false, message }
  }
  const nested = name.lastIndexOf("{{")
  if (nested >= 0) {
    const inner = scope.get(name.slice(nested + 2))
    if (typeof inner === "string") {
      return { ok: true, value: `${part.raw.slice(0, part.raw.lastIndexOf("{{"))}${inner}` }
    }
  }
  if (strict(name)) return { ok: false, message: `failed to resolve {{${name}}}` }
  return { ok: true, value: part.raw }
}

const noNames: readonly string[] = []

function literalText(source: string): Text {
  return { source, isLiteral: true, names: noNames, render: renderLiteral }
}

function renderLiteral(this: Text): Rendered {
  return { ok: true, value: this.source }
}

/** Parses a text with `{{tags}}`. */
export function compileText(source: string): Text {
  if (!source.includes("{{")) return literalText(source)
  const parts = splitTags(source)
  if (parts.length < 2) return literalText(source)
  return {
    source,
    isLiteral: false,
    names: parts.flatMap((part) => (part.name === undefined ? [] : [part.name])),
    render(scope, strict) {
      let text = ""
      for (const part of parts) {
        text += part.literal
        if (part.name === undefined) continue
        const rendered = renderPart(part, scope, strict)
        if (!rendered.ok) return rendered
        text += rendered.value
      }
      return { ok: true, value: text }
    },
  }
}

/** Evaluates a `when` whose tags are replaced. */
export function evaluateWhen(text: string): Rendered<boolean> {
  if (text.trim() === "") return { ok: true, value: true }
  const parsed = parseCondition(text)
  if (!parsed.ok)
    return { ok: false, message: `Invalid 'when' expression '${text}': ${parsed.message}` }
  const value = parsed.evaluate((word) => word)
  if (typeof value !== "boolean") {
    return { ok: false, message: `Expected boolean evaluation for '${text}'. Got ${String(value)}` }
  }
  return { ok: true, value }
}

/** The results of one task that a `depends` may ask for. */
export interface TaskResults {
  readonly Succeeded: boolean
  readonly Failed: boolean
  readonly Errored: boolean
  readonly Skipped: boolean
  readonly Omitted: boolean
  readonly Daemoned: boolean
  readonly AnySucceeded: boolean
  readonly AllFailed: boolean
}

/** A `depends`, parsed once. */
export interface Depends {
  /** Tasks it names, each once, in order. */
  readonly tasks: readonly string[]
  /** Tasks asked for `AnySucceeded` or `AllFailed`. */
  readonly loops: readonly string[]
  /** True where it is a plain conjunction of bare names. */
  readonly isPlain: boolean
  evaluate(results: (task: string) => TaskResults): Rendered<boolean>
}

/** Evaluates an expression that stands without braces; the slice's conditions are plain booleans. */
export function evaluateExpression(source: string, scope: Scope): Rendered<JsonValue> {
  const text = compileText(source).render(scope, () => false)
  if (!text.ok) return text
  const parsed = parseCondition(text.value)
  if (!parsed.ok) return { ok: false, message: parsed.message }
  const value = parsed.evaluate((word) => scope.get(word) ?? word)
  return { ok: true, value }
}

export { compileDepends } from "./boolean.js"
