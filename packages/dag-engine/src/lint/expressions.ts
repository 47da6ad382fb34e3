import { compileExpr, workflowFunctions } from "@argo-ts/expr/expr"
import type { EpochMs, IssuePath } from "@argo-ts/kernel"
import type { Sample, Scope, Sight } from "./scope.js"
import { hintOf, type Place, report, type World } from "./world.js"

/** An expression without braces, and where it stands. */
export interface PlacedExpression {
  readonly path: IssuePath
  readonly source: string
}

/** Says what is wrong with a name, in front of every finding about it. */
const unknownName = "failed to resolve"

interface Reading {
  readonly path: readonly string[]
  readonly dynamic: boolean
  readonly guarded: boolean
  readonly offset: number
  readonly length: number
}

/** Parses an expression and judges everything it names. `openRoots` are names about which nothing is known. */
export function checkExpression(
  world: World,
  unit: Place,
  { path, source }: PlacedExpression,
  scope: Scope,
): void {
  if (source.trim() === "") return
  const compiled = compileExpr(source, { mode: "env" })
  if (!compiled.ok) {
    const message = compiled.issues[0]?.message ?? "invalid expression"
    return report(world, unit, path, { code: "InvalidExpression", message })
  }
  const { references, functions, evaluate } = compiled.value
  for (const name of functions) checkFunction(world, unit, path, name)
  const samples = Object.create(null) as { [name: string]: Sample }
  let isSound = true
  for (const reference of references) {
    const sight = checkReference(world, unit, { path, source, scope }, reference)
    if (sight?.is !== "value" || reference.dynamic) isSound = false
    else place(samples, reference.path, sight.sample)
  }
  // With one sample for every name, only a clash of types can fail in this way.
  if (!isSound) return
  const result = evaluate({ ...samples, ...workflowFunctions }, { now: 0 as EpochMs })
  const message = result.ok ? "" : (result.issues[0]?.message ?? "")
  if (message.startsWith("invalid operation")) {
    const hint = /\bint\b|\bfloat64\b/.test(message)
      ? { hint: "variables are texts: convert them with asInt(…) or asFloat(…)" }
      : {}
    report(world, unit, path, { code: "TypeClash", message, ...hint })
  }
}

function place(samples: { [name: string]: Sample }, path: readonly string[], sample: Sample): void {
  let at = samples as { [name: string]: Sample }
  for (const name of path.slice(0, -1)) {
    const inner = at[name]
    const isMap = typeof inner === "object" && !Array.isArray(inner)
    const map = isMap ? (inner as { [name: string]: Sample }) : Object.create(null)
    at[name] = map
    at = map
  }
  const last = path.at(-1)
  if (last !== undefined && typeof at[last] !== "object") at[last] = sample
}

function checkFunction(world: World, unit: Place, path: IssuePath, name: string): void {
  if (Object.hasOwn(workflowFunctions, name)) return
  const message = `there is no function "${name}"`
  const hint = hintOf(name, [...Object.keys(workflowFunctions), ...builtins])
  report(world, unit, path, { code: "UnknownFunction", message, hint })
}

const builtins =
  "all any one none map filter find findIndex findLast count sum groupBy sortBy reduce len type abs ceil floor round int float string trim trimPrefix trimSuffix upper lower split splitAfter replace repeat join indexOf lastIndexOf hasPrefix hasSuffix max min mean median toJSON fromJSON toBase64 fromBase64 now duration date timezone first last get take keys values toPairs fromPairs reverse uniq concat flatten sort".split(
    " ",
  )

function checkReference(
  world: World,
  unit: Place,
  { path, source, scope }: PlacedExpression & { readonly scope: Scope },
  reference: Reading,
): Sight | undefined {
  const { path: name, guarded, offset } = reference
  const [root = ""] = name
  if (root === "") return undefined
  if (root === "sprig") {
    checkSprig(world, unit, path, name[1])
    return undefined
  }
  const sight = scope(name)
  const shown = name.join(".")
  if (sight === undefined) {
    const severity = guarded ? "warning" : "error"
    const message = `${unknownName} ${shown}: there is no variable "${root}" here`
    const hint = roots.includes(root) ? undefined : hintOf(root, roots)
    report(world, unit, path, { code: "UnknownReference", message, hint, severity })
    return sight
  }
  if (sight.is === "unknown") {
    const dash = dashHint(source, reference)
    const hint = dash ?? sight.hint
    const message = `${unknownName} ${shown}: ${sight.message}`
    const severity = guarded ? "warning" : "error"
    report(world, unit, path, { code: "UnknownReference", message, hint, severity })
    return sight
  }
  if (sight.is !== "value") return sight
  if (sight.absent !== undefined && !guarded && !isBehindTest(source, offset)) {
    reportAbsent(world, unit, path, { shown, why: sight.absent, isExpression: true })
  }
  checkComparison(world, unit, path, { source, reference, sight, shown })
  return sight
}

/** Reports a value that may be absent. */
export function reportAbsent(
  world: World,
  unit: Place,
  path: IssuePath,
  finding: { readonly shown: string; readonly why: string; readonly isExpression: boolean },
): void {
  const message = `${finding.shown} may be absent: ${finding.why}`
  const hint = finding.isExpression
    ? "give it a default, or write `?? …` behind it"
    : "give the output a default, or test the status in when"
  report(world, unit, path, { code: "PossiblyAbsent", message, hint, severity: "warning" })
}

const roots = [
  "inputs",
  "workflow",
  "steps",
  "tasks",
  "item",
  "retries",
  "lastRetry",
  "outputs",
  "node",
  "pod",
  "sprig",
]

function checkSprig(world: World, unit: Place, path: IssuePath, name: string | undefined): void {
  const functions = workflowFunctions["sprig"]
  if (name === undefined || typeof functions !== "object" || functions === null) return
  if (Object.hasOwn(functions, name)) return
  const message = `there is no function "sprig.${name}"`
  const hint = hintOf(name, Object.keys(functions))
  report(world, unit, path, { code: "UnknownFunction", message, hint })
}

/** `tasks.my-task` subtracts: names with a dash are indexed. */
function dashHint(source: string, { path, offset, length }: Reading): string | undefined {
  const [root = "", name] = path
  if ((root !== "steps" && root !== "tasks" && root !== "inputs") || name === undefined)
    return undefined
  const rest = /^-[-\w]*/.exec(source.slice(offset + length))
  return rest === null
    ? undefined
    : `a name with "-" is indexed: ${path.slice(0, -1).join(".")}['${path.at(-1)}${rest[0]}']`
}

/** In a branch of `c ? a : b`, or behind `a && …`, somebody has thought about it. */
function isBehindTest(source: string, offset: number): boolean {
  return /\?(?![.?])|&&|\band\b|[!=]=\s*nil/.test(source.slice(0, offset))
}

interface Compared {
  readonly source: string
  readonly reference: Reading
  readonly sight: Sight & { readonly is: "value" }
  readonly shown: string
}

/** Holds what stands beside a name against the values that it can have. */
function checkComparison(
  world: World,
  unit: Place,
  path: IssuePath,
  { source, reference, sight, shown }: Compared,
): void {
  const after = source.slice(reference.offset + reference.length).replace(/^['"]?\]/, "")
  const before = source.slice(0, reference.offset)
  const right =
    /^\s*(==|!=)\s*(?:"([^"]*)"|'([^']*)'|(-?\d[\d.]*|true|false)\b(?!\s*[-+*/%]))/.exec(after)
  const left = /(?:"([^"]*)"|'([^']*)'|(?<![\w.])(-?\d[\d.]*|true|false))\s*(==|!=)\s*$/.exec(
    before,
  )
  const literal = right?.[4] ?? left?.[3]
  const text = right?.[2] ?? right?.[3] ?? left?.[1] ?? left?.[2]
  const operator = right?.[1] ?? left?.[4]
  if (literal !== undefined && typeof sight.sample === "string") {
    const always = operator === "!=" ? "always true" : "never true"
    const message = `${shown} is a text, ${literal} is none: the comparison is ${always}`
    const what = /^-?\d/.test(literal) ? "number" : "boolean"
    const hint = what === "number" ? `write "${literal}", or asInt(${shown})` : `write "${literal}"`
    report(world, unit, path, { code: "TypeClash", message, hint, severity: "warning" })
  }
  if (text !== undefined) checkPhase(world, unit, path, { shown, text, phases: sight.phases })
  for (const member of membersOf(after)) {
    checkPhase(world, unit, path, { shown, text: member, phases: sight.phases })
  }
}

/** The texts of `in [..]`. */
function membersOf(after: string): readonly string[] {
  const list = /^\s*(?:not\s+)?in\s*\[([^\]]*)\]/.exec(after)
  return [...(list?.[1] ?? "").matchAll(/"([^"]*)"|'([^']*)'/g)].map(
    ([, double, single]) => double ?? single ?? "",
  )
}

/** Reports a comparison with a phase that does not exist. */
export function checkPhase(
  world: World,
  unit: Place,
  path: IssuePath,
  compared: {
    readonly shown: string
    readonly text: string
    readonly phases: readonly string[] | undefined
  },
): void {
  const { shown, text, phases } = compared
  if (phases === undefined || phases.includes(text) || text.includes("{{")) return
  const message = `${shown} is never "${text}": it is one of ${phases.join(", ")}`
  report(world, unit, path, { code: "UnknownPhase", message, hint: hintOf(text, phases) })
}
