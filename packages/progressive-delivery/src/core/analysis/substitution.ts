import { failed, type JsonValue, ok, type Result } from "@argo-ts/kernel"

/** Looks up `{{args.name}}`: a value, null to leave the tag for later, undefined where there is no such argument. */
export type ArgumentLookup = (name: string) => string | null | undefined

const tag = /\{\{([\s\S]*?)\}\}/g

function replaceTags(
  text: string,
  lookup: ArgumentLookup,
  escape: (value: string) => string,
): Result<string> {
  let unresolved: string | undefined
  const replaced = text.replace(tag, (whole, inner: string) => {
    const name = inner.trim()
    const value = name.startsWith("args.") ? lookup(name.slice("args.".length)) : undefined
    if (value === null) return whole
    if (value === undefined) {
      unresolved = name
      return whole
    }
    return escape(value)
  })
  if (unresolved === undefined) return ok(replaced)
  const message = `failed to resolve {{${unresolved}}}`
  return failed([{ code: "InvalidValue", path: [], message }])
}

/**
 * Replaces `{{args.name}}` everywhere in a JSON value. As the replacement works on text, `count: "{{args.n}}"` works
 * (spec/rollouts §2.15.1). Where several tags fail the last one is reported.
 */
export function substituteArguments<Value>(value: Value, lookup: ArgumentLookup): Result<Value> {
  const text = JSON.stringify(value)
  if (!text.includes("{{")) return ok(value)
  const replaced = replaceTags(text, lookup, (argument) => JSON.stringify(argument).slice(1, -1))
  if (!replaced.ok) return replaced
  return ok(JSON.parse(replaced.value) as JsonValue as Value)
}

/** Names of all arguments that `{{args.name}}` mentions in a JSON value, in order, once each. */
export function mentionedArguments(value: unknown): readonly string[] {
  const names = new Set<string>()
  for (const match of JSON.stringify(value).matchAll(tag)) {
    const name = (match[1] ?? "").trim()
    if (name.startsWith("args.")) names.add(name.slice("args.".length))
  }
  return [...names]
}
