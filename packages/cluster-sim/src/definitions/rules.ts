import { type CelProgram, compileCel } from "@argo-ts/expr/cel"
import { isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"

/** One of `x-kubernetes-validations`. */
export interface ValidationRule {
  readonly source: string
  readonly program: CelProgram
  readonly message: string
  readonly messageProgram: CelProgram | undefined
  readonly reason: string
  /** `.spec.replicas` below the place of the rule; empty for the place itself. */
  readonly fieldPath: string
  /** True where the rule compares with the old value. */
  readonly isTransition: boolean
  /** True where `oldSelf` may be absent: the rule runs at creation too. */
  readonly isOldOptional: boolean
}

/** A rule that does not compile, and where it says so. */
export interface RuleProblem {
  /** `rule` or `messageExpression`. */
  readonly field: string
  readonly index: number
  readonly message: string
}

const reasons = [
  "FieldValueInvalid",
  "FieldValueForbidden",
  "FieldValueRequired",
  "FieldValueDuplicate",
]

function text(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : ""
}

/** Compiles the rules of one place, and tells which do not compile. */
export function compileRules(value: JsonValue | undefined): {
  readonly rules: readonly ValidationRule[]
  readonly problems: readonly RuleProblem[]
} {
  const rules: ValidationRule[] = []
  const problems: RuleProblem[] = []
  const list = Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : []
  for (const [index, each] of list.entries()) compileRule(each, index, { rules, problems })
  return { rules, problems }
}

function compileRule(
  raw: JsonObject,
  index: number,
  found: { readonly rules: ValidationRule[]; readonly problems: RuleProblem[] },
): void {
  const source = text(raw["rule"])
  const isOldOptional = raw["optionalOldSelf"] === true
  const variables = { self: "dyn", oldSelf: isOldOptional ? "optional" : "dyn" } as const
  const compile = (field: string, rule: string, type: string): CelProgram | undefined => {
    const compiled = compileCel(rule, variables)
    if (!compiled.ok) {
      const [issue] = compiled.issues
      const place = issue === undefined ? "1:1" : `${issue.line}:${issue.column}`
      const message = `compilation failed: ERROR: <input>:${place}: ${issue?.message ?? ""}`
      found.problems.push({ field, index, message })
      return undefined
    }
    if (compiled.value.type === type || compiled.value.type === "dyn") return compiled.value
    const message = `must evaluate to a ${type}, found ${compiled.value.type}`
    found.problems.push({ field, index, message })
    return undefined
  }
  const reason = text(raw["reason"])
  if (source.trim() === "") {
    found.problems.push({ field: "rule", index, message: "must not be empty" })
    return
  }
  if (reason !== "" && !reasons.includes(reason)) {
    const message = `expected one of ${reasons.join(", ")}, found ${reason}`
    found.problems.push({ field: "reason", index, message })
  }
  const program = compile("rule", source, "bool")
  const expression = text(raw["messageExpression"])
  const messageProgram =
    expression === "" ? undefined : compile("messageExpression", expression, "string")
  if (program === undefined) return
  found.rules.push({
    source,
    program,
    message: text(raw["message"]),
    messageProgram,
    reason: reason === "" ? "FieldValueInvalid" : reason,
    fieldPath: text(raw["fieldPath"]),
    isTransition: /\boldSelf\b/.test(source),
    isOldOptional,
  })
}
