import type { Reference } from "../issue.js"
import type { Node, Pattern } from "./ast.js"

/** Where in the program's input a filter works; undefined where no reading of the source can tell. */
interface Place {
  readonly path: readonly string[]
  /** True where the path goes on with keys that are computed. */
  readonly isDynamic: boolean
  /** True where its absence is no error. */
  readonly isGuarded: boolean
}

interface Context {
  readonly place: Place | undefined
  readonly isGuarded: boolean
}

const root: Place = { path: [], isDynamic: false, isGuarded: false }

/** Filters that run their arguments for what is in the input, not for the input. */
const onItems: ReadonlySet<string> = new Set(
  "map map_values sort_by group_by unique_by min_by max_by any all INDEX with_entries walk".split(
    " ",
  ),
)

/** What a program reads from its input, in source order. What goes through variables or functions is not followed. */
export function referencesOf(program: Node): Reference[] {
  const found: Reference[] = []
  use(found, program, { place: root, isGuarded: false })
  return found
}

/** Notes what a filter reads. */
function use(found: Reference[], node: Node | undefined, context: Context): void {
  if (node === undefined) return
  note(found, { ...context, place: resolve(found, node, context) }, node.offset)
}

function note(found: Reference[], { place, isGuarded }: Context, offset: number): void {
  if (place === undefined || (place.path.length === 0 && !place.isDynamic)) return
  found.push({
    path: place.path,
    guarded: isGuarded || place.isGuarded,
    dynamic: place.isDynamic,
    offset,
    length: 0,
  })
}

const nowhere = undefined

/** The place that a filter selects; what it reads besides is noted. */
function resolve(found: Reference[], node: Node, context: Context): Place | undefined {
  const inside = { ...context, place: nowhere }
  switch (node.kind) {
    case "identity":
      return context.place
    case "recurse":
      return opened(context.place)
    case "index":
      if (node.key.kind !== "literal") use(found, node.key, context)
      return node.key.kind === "literal"
        ? extended(resolve(found, node.target, context), String(node.key.value))
        : opened(resolve(found, node.target, context))
    case "slice":
      use(found, node.from, context)
      use(found, node.to, context)
      return opened(resolve(found, node.target, context))
    case "iterate":
      return opened(resolve(found, node.target, context))
    case "pipe":
      return resolve(found, node.right, { ...context, place: resolve(found, node.left, context) })
    case "try":
      use(found, node.handler, inside)
      return guarded(resolve(found, node.body, { ...context, isGuarded: true }))
    case "call":
      return resolveCall(found, node, context)
    case "define":
      use(found, node.definition.body, inside)
      return resolve(found, node.body, context)
    case "bind":
      use(found, node.source, context)
      for (const pattern of node.patterns) usePattern(found, pattern, inside)
      return resolve(found, node.body, context)
    case "label":
      return resolve(found, node.body, context)
    default:
      useParts(found, node, context)
      return nowhere
  }
}

type Call = Extract<Node, { readonly kind: "call" }>

function resolveCall(found: Reference[], node: Call, context: Context): Place | undefined {
  const place = onItems.has(node.name) ? opened(context.place) : context.place
  for (const arg of node.args) use(found, arg, { ...context, place })
  if (node.name === "select") return context.place
  if (node.name !== "empty" && node.name !== "error") note(found, context, node.offset)
  return nowhere
}

function usePattern(found: Reference[], pattern: Pattern, context: Context): void {
  if (pattern.kind === "array") for (const item of pattern.items) usePattern(found, item, context)
  if (pattern.kind !== "object") return
  for (const entry of pattern.entries) {
    use(found, entry.key, context)
    if (entry.pattern !== undefined) usePattern(found, entry.pattern, context)
  }
}

/** Notes what the parts of a filter that makes values read. */
function useParts(found: Reference[], node: Node, context: Context): void {
  for (const [part, isGuarded] of partsOf(node)) {
    use(found, part, { ...context, isGuarded: context.isGuarded || isGuarded })
  }
  if (node.kind === "format") note(found, context, node.offset)
  if (node.kind === "reduce" || node.kind === "foreach") {
    use(found, node.update, { ...context, place: nowhere })
  }
}

type Part = readonly [node: Node | undefined, isGuarded: boolean]

/** The filters that run on the same input as the one they are part of. */
function partsOf(node: Node): Part[] {
  switch (node.kind) {
    case "text":
      return node.parts.map((part): Part => [typeof part === "string" ? undefined : part, false])
    case "array":
      return [[node.body, false]]
    case "object":
      return node.entries.flatMap(({ key, value }): Part[] => [
        [key, false],
        [value, false],
      ])
    case "negate":
      return [[node.operand, false]]
    case "comma":
    case "binary":
    case "assign":
    case "choice":
      return [
        [node.left, node.kind === "choice" && node.operator === "//"],
        [node.right, false],
      ]
    case "if":
      return [
        [node.condition, false],
        [node.then, false],
        [node.otherwise, false],
      ]
    case "reduce":
    case "foreach":
      return [
        [node.source, false],
        [node.start, false],
      ]
    default:
      return []
  }
}

function opened(place: Place | undefined): Place | undefined {
  return place === undefined ? undefined : { ...place, isDynamic: true }
}

function extended(place: Place | undefined, key: string): Place | undefined {
  if (place === undefined || place.isDynamic) return place
  return { ...place, path: [...place.path, key] }
}

function guarded(place: Place | undefined): Place | undefined {
  return place === undefined ? undefined : { ...place, isGuarded: true }
}
