import { compareUtf8, countPoints } from "../go/text.js"
import { Fault } from "../issue.js"
import { int64Type } from "../values/types.js"
import { isList, isPlainMap, SizedNumber, typeOf, type Value } from "../values/value.js"
import { evaluateFormula } from "./selector-evaluate.js"
import type { Formula, SelectorToken } from "./selector-token.js"

/** One run of a selector. */
export interface SelectorRun {
  readonly root: Value
  steps: number
}

const nestingMax = 1000

function kindOf(value: Value): string {
  if (value === null) return "nil"
  if (isList(value)) return "slice"
  return isPlainMap(value) ? "map" : typeOf(value).name
}

function misfit(token: string, expected: string, value: Value): Fault {
  const found = kindOf(value)
  return new Fault(`${token}: invalid token target. expected [${expected}] got [${found}]`)
}

/** What the tokens from `at` on select. Throws a `Fault`. */
export function applyTokens(
  run: SelectorRun,
  value: Value,
  tokens: readonly SelectorToken[],
  at: number,
): Value {
  let current = value
  for (let index = at; index < tokens.length; index++) {
    const token = tokens[index] as SelectorToken
    spend(run, 1)
    switch (token.kind) {
      case "key":
        current = member(current, token.key)
        break
      case "index":
        current = item(current, token.index)
        break
      case "script":
        current = computed(run, current, token.formula)
        break
      case "recursive":
        return everywhere(run, current, tokens, index + 1)
      case "wildcard":
        return rest(run, children(current, "wildcard"), tokens, index + 1)
      default:
        return selected(run, many(run, current, token), tokens, index + 1)
    }
  }
  return current
}

/** Takes from the budget of a run. */
export function spend(run: SelectorRun, steps: number): void {
  run.steps -= steps
  if (run.steps < 0) throw new Fault("the path visits too many values", -1, "budget")
}

function member(value: Value, key: string): Value {
  const isMap = isPlainMap(value)
  if (isMap && Object.hasOwn(value, key)) return value[key] as Value
  if (key === "length") return lengthOf(value)
  if (!isMap) throw misfit("key", "map", value)
  throw new Fault(`key: invalid token key '${key}' not found`)
}

function lengthOf(value: Value): Value {
  const length = isList(value)
    ? value.length
    : isPlainMap(value)
      ? Object.keys(value).length
      : typeof value === "string"
        ? countPoints(value)
        : undefined
  if (length === undefined) throw misfit("length", "array map slice string", value)
  return new SizedNumber(int64Type, BigInt(length))
}

function item(value: Value, index: number): Value {
  if (!isList(value)) throw misfit("index", "array slice", value)
  const found = value.at(index)
  if (found === undefined) throw new Fault("index: invalid token out of range")
  return found
}

function judge(run: SelectorRun, formula: Formula, value: Value): Value {
  return evaluateFormula(formula, ({ ofRoot, tokens }) =>
    applyTokens(run, ofRoot ? run.root : value, tokens, 0),
  )
}

function computed(run: SelectorRun, value: Value, formula: Formula): Value {
  const key = judge(run, formula, value)
  if (typeof key === "string") return member(value, key)
  const index = key instanceof SizedNumber ? Number(key.value) : key
  if (typeof index === "number" && Number.isInteger(index)) return item(value, index)
  throw new Fault("expression: invalid token key. expected an index or a key")
}

function children(value: Value, token: string): readonly Value[] {
  if (isList(value)) return value
  if (!isPlainMap(value)) throw misfit(token, "array map slice", value)
  return Object.keys(value)
    .toSorted(compareUtf8)
    .map((key) => value[key] as Value)
}

type Many = Extract<SelectorToken, { kind: "range" | "union" | "filter" }>

function many(run: SelectorRun, value: Value, token: Many): readonly Value[] {
  switch (token.kind) {
    case "range":
      return slice(value, token)
    case "union":
      return union(value, token.members)
    default:
      return filtered(run, value, token.formula)
  }
}

function filtered(run: SelectorRun, value: Value, formula: Formula | undefined): readonly Value[] {
  const values = children(value, "filter")
  if (formula === undefined) throw new Fault("invalid expression. is empty")
  return values.filter((each) => passes(run, formula, each))
}

/** An expression that fails lets nothing pass. */
function passes(run: SelectorRun, formula: Formula, value: Value): boolean {
  spend(run, 1)
  try {
    const result = judge(run, formula, value)
    return result !== null && result !== false && result !== ""
  } catch (fault) {
    if (fault instanceof Fault && fault.phase === "run") return false
    throw fault
  }
}

function union(value: Value, members: readonly (string | number)[]): readonly Value[] {
  if (typeof members[0] === "string") {
    if (!isPlainMap(value)) throw misfit("union", "map", value)
    const keys = members.map(String).filter((key) => Object.hasOwn(value, key))
    return keys.map((key) => value[key] as Value)
  }
  if (!isList(value)) throw misfit("union", "array slice", value)
  return members.flatMap((index) => value.at(Number(index)) ?? [])
}

type Range = Extract<SelectorToken, { kind: "range" }>

/** Bounds beyond the ends stop there, as in Python; a negative step goes backwards. */
function slice(value: Value, { from, to, step = 1 }: Range): readonly Value[] {
  if (!isList(value)) throw misfit("range", "array slice", value)
  if (step === 0) throw new Fault("range: invalid token step. should be greater than 0")
  const { length } = value
  const place = (index: number, least: number, most: number): number =>
    Math.min(Math.max(index < 0 ? index + length : index, least), most)
  const found: Value[] = []
  if (step > 0) {
    const end = place(to ?? length, 0, length)
    for (let at = place(from ?? 0, 0, length); at < end; at += step) found.push(value[at] as Value)
    return found
  }
  const end = to === undefined ? -1 : place(to, -1, length - 1)
  const start = from === undefined ? length - 1 : place(from, -1, length - 1)
  for (let at = start; at > end; at += step) found.push(value[at] as Value)
  return found
}

/** After a filter, slice or union an index counts in what was selected; anything else goes into each of it. */
function selected(
  run: SelectorRun,
  values: readonly Value[],
  tokens: readonly SelectorToken[],
  at: number,
): Value {
  return tokens[at]?.kind === "index"
    ? applyTokens(run, values, tokens, at)
    : rest(run, values, tokens, at)
}

function attempt(
  run: SelectorRun,
  value: Value,
  tokens: readonly SelectorToken[],
  at: number,
): Value {
  try {
    return applyTokens(run, value, tokens, at)
  } catch (fault) {
    if (fault instanceof Fault && fault.phase === "run") return null
    throw fault
  }
}

/** The rest of the path in each value; what lacks it, or has null there, is left out. */
function rest(
  run: SelectorRun,
  values: readonly Value[],
  tokens: readonly SelectorToken[],
  at: number,
): Value {
  spend(run, values.length)
  if (at === tokens.length) return values
  return values.map((value) => attempt(run, value, tokens, at)).filter((found) => found !== null)
}

/** The rest of the path from every value below, outside in; lists that it finds are joined. */
function everywhere(
  run: SelectorRun,
  value: Value,
  tokens: readonly SelectorToken[],
  at: number,
): Value {
  const found: Value[] = []
  const waiting: (readonly [Value, number])[] = [[value, 0]]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [current, depth] = next
    spend(run, 1)
    if (depth > nestingMax) throw new Fault("the document is nested too deeply", -1, "budget")
    const isEnd = at === tokens.length
    const here = isEnd ? current : attempt(run, current, tokens, at)
    if (isList(here) && !isEnd) for (const each of here) found.push(each)
    else if (here !== null) found.push(here)
    if (!isList(current) && !isPlainMap(current)) continue
    const below = children(current, "recursive")
    for (let index = below.length - 1; index >= 0; index--) {
      waiting.push([below[index] as Value, depth + 1])
    }
  }
  return found
}
