import { isJsonObject, type JsonValue } from "@argo-ts/kernel"

/** One step of a path. */
type Step =
  | { readonly type: "field"; readonly name: string }
  | { readonly type: "index"; readonly index: number }
  | { readonly type: "all" }
  | {
      readonly type: "filter"
      readonly path: readonly string[]
      readonly isEqual: boolean
      readonly value: JsonValue
    }

const literal = /"(?:[^"\\]|\\.)*"|'[^']*'|-?\d+(?:\.\d+)?|true|false/.source
const filter = new RegExp(String.raw`^\?\(\s*@((?:\.[\w-]+)+)\s*(==|!=)\s*(${literal})\s*\)$`)

function literalOf(text: string): JsonValue {
  if (text.startsWith("'")) return text.slice(1, -1)
  return JSON.parse(text) as JsonValue
}

function bracketStep(inside: string): Step | undefined {
  if (inside === "*") return { type: "all" }
  if (/^-?\d+$/.test(inside)) return { type: "index", index: Number(inside) }
  const quoted = /^(?:'([^']*)'|"([^"]*)")$/.exec(inside)
  if (quoted !== null) return { type: "field", name: quoted[1] ?? quoted[2] ?? "" }
  const match = filter.exec(inside)
  if (match === null) return undefined
  const [, path = "", operator, value = "null"] = match
  const names = path.split(".").slice(1)
  return { type: "filter", path: names, isEqual: operator === "==", value: literalOf(value) }
}

/** The end of a bracket that begins at `start`: quotes may hold brackets. */
function closing(text: string, start: number): number {
  let quote = ""
  for (let index = start; index < text.length; index++) {
    const char = text[index] as string
    if (quote !== "") {
      if (char === quote) quote = ""
    } else if (char === '"' || char === "'") quote = char
    else if (char === "]") return index
  }
  return -1
}

function readSteps(text: string): readonly Step[] | undefined {
  const steps: Step[] = []
  let at = 0
  while (at < text.length) {
    if (text[at] === "[") {
      const end = closing(text, at)
      const step = end < 0 ? undefined : bracketStep(text.slice(at + 1, end).trim())
      if (step === undefined) return undefined
      steps.push(step)
      at = end + 1
      continue
    }
    // A dot of a name is written `\.`.
    const match = /^\.?((?:\\.|[^.[\\])+)/.exec(text.slice(at))
    if (match === null) return undefined
    steps.push({ type: "field", name: (match[1] ?? "").replace(/\\(.)/g, "$1") })
    at += match[0].length
  }
  return steps
}

function fieldOf(value: JsonValue, name: string): readonly JsonValue[] {
  if (!isJsonObject(value) || !Object.hasOwn(value, name)) return []
  const found = value[name]
  return found === undefined ? [] : [found]
}

function take(value: JsonValue, step: Step): readonly JsonValue[] {
  switch (step.type) {
    case "field":
      return fieldOf(value, step.name)
    case "all":
      if (Array.isArray(value)) return value as readonly JsonValue[]
      return isJsonObject(value) ? (Object.values(value) as readonly JsonValue[]) : []
    case "index": {
      const found = Array.isArray(value)
        ? (value as readonly JsonValue[]).at(step.index)
        : undefined
      return found === undefined ? [] : [found]
    }
    case "filter": {
      if (!Array.isArray(value)) return []
      return (value as readonly JsonValue[]).filter((item) => {
        const found = step.path.reduce<readonly JsonValue[]>(
          (values, name) => values.flatMap((each) => fieldOf(each, name)),
          [item],
        )
        return found.length > 0 && (found[0] === step.value) === step.isEqual
      })
    }
  }
}

/**
 * The first value at a path of the sort that columns of definitions name: `.spec.x`, `.status.conditions[?(@.type=="Ready")].status`,
 * `.items[0]`, `.metadata.labels.a\.b`. Undefined where there is none, and for what is no such path.
 */
export function firstAt(value: JsonValue, path: string): JsonValue | undefined {
  const bare = path.replace(/^\{(.*)\}$/, "$1")
  const steps = readSteps(bare)
  if (steps === undefined) return undefined
  return steps.reduce<readonly JsonValue[]>(
    (values, step) => values.flatMap((each) => take(each, step)),
    [value],
  )[0]
}
