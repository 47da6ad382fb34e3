import {
  failed,
  type Issue,
  type IssuePath,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type KubernetesObject,
  ok,
  type Result,
} from "@argo-ts/kernel"
import { type PathStep, parsePath, readPath } from "./path.js"
import { type Mismatch, matchPattern, operators } from "./pattern.js"
import { nameOf, parseReference, type Reference, refersTo } from "./reference.js"

/**
 * What is expected of one object or set of objects: `present`, `absent`, or a mapping of path → pattern. Of a set
 * (a `*` or a label selector in the reference): `$count` (a pattern for the number), `$each` (at least one object,
 * and each fits the mapping), `$some` (one of them fits).
 */
export type ObjectExpectation = "present" | "absent" | JsonObject

/** A state of the cluster: reference → what is expected there. All must hold. */
export type ClusterState = { readonly [reference: string]: ObjectExpectation }

/** One thing that is not as expected. */
export interface StateMismatch extends Mismatch {
  readonly object: string
}

interface FieldCheck {
  readonly text: string
  readonly steps: readonly PathStep[]
  readonly pattern: JsonValue
}

interface ObjectCheck {
  readonly text: string
  readonly reference: Reference
  readonly presence?: "present" | "absent"
  readonly count?: JsonValue
  readonly each?: readonly FieldCheck[]
  readonly some?: readonly FieldCheck[]
}

/** A state that was read once and can be judged often. */
export type ParsedState = readonly ObjectCheck[]

function checkOperators(pattern: JsonValue, path: IssuePath): readonly Issue[] {
  if (Array.isArray(pattern)) {
    return pattern.flatMap((item, index) => checkOperators(item, [...path, index]))
  }
  if (!isJsonObject(pattern)) return []
  const keys = Object.keys(pattern)
  const hasOperators = keys.some((key) => key.startsWith("$"))
  return keys.flatMap((key) => {
    const isKnown = Object.hasOwn(operators, key)
    if (hasOperators && !isKnown) {
      const message = `expected one of ${Object.keys(operators).join(", ")}, found ${JSON.stringify(key)}`
      return [{ code: "UnknownOperator", path: [...path, key], message }]
    }
    return key === "$eq" ? [] : checkOperators(pattern[key] as JsonValue, [...path, key])
  })
}

function parseFields(match: JsonObject, at: IssuePath, issues: Issue[]): readonly FieldCheck[] {
  const checks: FieldCheck[] = []
  for (const [text, pattern] of Object.entries(match)) {
    const steps = parsePath(text)
    if (!steps.ok) issues.push(...steps.issues.map((issue) => ({ ...issue, path: [...at, text] })))
    else checks.push({ text, steps: steps.value, pattern })
    issues.push(...checkOperators(pattern, [...at, text]))
  }
  return checks
}

function parseSet(set: JsonObject, at: IssuePath, issues: Issue[]): Partial<ObjectCheck> {
  const check: { count?: JsonValue; each?: readonly FieldCheck[]; some?: readonly FieldCheck[] } =
    {}
  for (const [key, value] of Object.entries(set)) {
    if (key === "$count") {
      check.count = value
      issues.push(...checkOperators(value, [...at, key]))
    } else if ((key === "$each" || key === "$some") && isJsonObject(value)) {
      check[key === "$each" ? "each" : "some"] = parseFields(value, [...at, key], issues)
    } else {
      const message = `expected $count, $each or $some (mappings of path to pattern), found ${JSON.stringify(key)}`
      issues.push({ code: "InvalidValue", path: [...at, key], message })
    }
  }
  return check
}

function parseExpectation(
  reference: Reference,
  expectation: unknown,
  at: IssuePath,
  issues: Issue[],
): Partial<ObjectCheck> {
  if (expectation === "present" || expectation === "absent") return { presence: expectation }
  if (!isJsonObject(expectation)) {
    const message = `expected present, absent or a mapping of paths, found ${JSON.stringify(expectation)}`
    issues.push({ code: "InvalidValue", path: at, message })
    return {}
  }
  if (Object.keys(expectation).some((key) => key.startsWith("$"))) {
    return parseSet(expectation, at, issues)
  }
  if (!reference.isSingle) {
    const message = "expected $count, $each or $some: the reference may mean several objects"
    issues.push({ code: "InvalidValue", path: at, message })
    return {}
  }
  return { each: parseFields(expectation, at, issues) }
}

/** Reads a state; every issue at once. */
export function parseState(state: unknown, at: IssuePath = []): Result<ParsedState> {
  if (!isJsonObject(state)) {
    const message = `expected a mapping of object to expectation, found ${JSON.stringify(state)}`
    return failed([{ code: "InvalidValue", path: at, message }])
  }
  const issues: Issue[] = []
  const checks: ObjectCheck[] = []
  for (const [text, expectation] of Object.entries(state)) {
    const reference = parseReference(text)
    if (!reference.ok) {
      issues.push(...reference.issues.map((issue) => ({ ...issue, path: [...at, text] })))
      continue
    }
    const parsed = parseExpectation(reference.value, expectation, [...at, text], issues)
    checks.push({ text, reference: reference.value, ...parsed })
  }
  return issues.length > 0 ? failed(issues) : ok(checks)
}

function matchFields(
  checks: readonly FieldCheck[],
  object: KubernetesObject,
): readonly StateMismatch[] {
  return checks.flatMap(({ text, steps, pattern }) =>
    matchPattern(pattern, readPath(object, steps)).map((mismatch) => ({
      ...mismatch,
      object: nameOf(object),
      path: mismatch.path === "" ? text : `${text} → ${mismatch.path}`,
    })),
  )
}

function matchSome(
  check: ObjectCheck,
  objects: readonly KubernetesObject[],
): readonly StateMismatch[] {
  const { some } = check
  if (some === undefined) return []
  const attempts = objects.map((object) => matchFields(some, object))
  if (attempts.some((mismatches) => mismatches.length === 0)) return []
  const found = `none of ${objects.length}`
  return [{ object: check.text, path: "$some", expected: "one object that matches", found }]
}

function matchObject(
  check: ObjectCheck,
  objects: readonly KubernetesObject[],
): readonly StateMismatch[] {
  const found = `${objects.length} objects`
  const problem = (path: string, expected: string): StateMismatch => ({
    object: check.text,
    path,
    expected,
    found,
  })
  if (check.presence === "absent") return objects.length === 0 ? [] : [problem("", "no object")]
  const needsOne = check.presence === "present" || check.each !== undefined
  if (needsOne && objects.length === 0) return [problem("", "an object")]
  const count = check.count === undefined ? [] : matchPattern(check.count, objects.length, "$count")
  return [
    ...count.map((mismatch) => ({ ...mismatch, object: check.text })),
    ...(check.each === undefined
      ? []
      : objects.flatMap((object) => matchFields(check.each ?? [], object))),
    ...matchSome(check, objects),
  ]
}

/** How the objects differ from the state; nothing where all of it holds. */
export function matchState(
  state: ParsedState,
  objects: readonly KubernetesObject[],
): readonly StateMismatch[] {
  return state.flatMap((check) =>
    matchObject(
      check,
      objects.filter((object) => refersTo(check.reference, object)),
    ),
  )
}

/** One line for one mismatch. */
export function formatMismatch(mismatch: StateMismatch): string {
  const place = mismatch.path === "" ? mismatch.object : `${mismatch.object} ${mismatch.path}`
  return `${place}: expected ${mismatch.expected}, found ${mismatch.found}`
}
