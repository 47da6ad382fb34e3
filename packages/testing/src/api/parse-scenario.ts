import {
  failed,
  type Issue,
  type IssuePath,
  isJsonObject,
  ok,
  own,
  parseDuration,
  parseInstant,
  type Result,
} from "@argo-ts/kernel"
import { parseReference } from "../match/reference.js"
import { parseState } from "../match/state.js"
import { type Scenario, scenarioApiVersion } from "./scenario.js"
import { type Shape, scenarioShape } from "./shapes.js"

type Report = (path: IssuePath, message: string, code?: string) => void

function nearest(name: string, known: readonly string[]): string | undefined {
  return known.find(
    (one) => one.toLowerCase() === name.toLowerCase() || one.startsWith(name.slice(0, 3)),
  )
}

const found = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "nothing"
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}

function checkText(
  shape: "duration" | "instant" | "single",
  value: unknown,
  at: IssuePath,
  report: Report,
): void {
  if (typeof value !== "string") return report(at, `expected a text, found ${found(value)}`)
  const parsed =
    shape === "duration"
      ? parseDuration(value)
      : shape === "instant"
        ? parseInstant(value)
        : parseReference(value)
  if (!parsed.ok) return report(at, parsed.issues[0]?.message ?? "expected another value")
  if (shape === "duration" && (parsed.value as number) < 0) {
    return report(at, `expected a duration that is not negative, found ${found(value)}`)
  }
  if (shape === "single" && !(parsed.value as { isSingle: boolean }).isSingle) {
    report(at, `expected a reference to one object, found ${found(value)}`)
  }
}

function checkFields(
  shape: Extract<Shape, { fields: unknown }>,
  value: unknown,
  at: IssuePath,
  report: Report,
): void {
  if (!isJsonObject(value)) return report(at, `expected a mapping, found ${found(value)}`)
  const known = Object.keys(shape.fields)
  for (const [key, inner] of Object.entries(value)) {
    const field = own(shape.fields, key)
    if (field !== undefined) check(field, inner, [...at, key], report)
    else {
      const near = nearest(key, known)
      const hint =
        near === undefined ? `one of ${known.join(", ")}` : `did you mean ${JSON.stringify(near)}?`
      report([...at, key], `unknown field ${JSON.stringify(key)} (${hint})`, "UnknownField")
    }
  }
  for (const key of shape.required ?? []) {
    if (!Object.hasOwn(value, key))
      report(at, `expected a field ${JSON.stringify(key)}, found none`)
  }
  for (const choice of shape.exactlyOne ?? []) {
    const given = choice.filter((key) => Object.hasOwn(value, key))
    if (given.length !== 1) {
      report(
        at,
        `expected exactly one of ${choice.join(", ")}, found ${given.join(", ") || "none"}`,
      )
    }
  }
  for (const choice of shape.atMostOne ?? []) {
    const given = choice.filter((key) => Object.hasOwn(value, key))
    if (given.length > 1) report(at, `expected at most one of ${choice.join(", ")}, found both`)
  }
}

function check(shape: Shape, value: unknown, at: IssuePath, report: Report): void {
  if (typeof shape === "object") {
    if ("fields" in shape) return checkFields(shape, value, at, report)
    if (!Array.isArray(value)) return report(at, `expected a list, found ${found(value)}`)
    value.forEach((item, index) => check(shape.list, item, [...at, index], report))
    return
  }
  switch (shape) {
    case "any":
      return
    case "object":
      if (!isJsonObject(value)) report(at, `expected a mapping, found ${found(value)}`)
      return
    case "text":
      if (typeof value !== "string") report(at, `expected a text, found ${found(value)}`)
      return
    case "number":
      if (typeof value !== "number") report(at, `expected a number, found ${found(value)}`)
      return
    case "probability":
      if (typeof value !== "number" || !(value >= 0 && value <= 1)) {
        report(at, `expected a number from 0 to 1, found ${found(value)}`)
      }
      return
    case "true":
      if (value !== true) report(at, `expected true, found ${found(value)}`)
      return
    case "state": {
      const state = parseState(value, at)
      if (!state.ok) for (const issue of state.issues) report(issue.path, issue.message, issue.code)
      return
    }
    default:
      checkText(shape, value, at, report)
  }
}

/** Reads a scenario; every issue at once: unknown fields, durations, references, paths and operators. */
export function parseScenario(value: unknown): Result<Scenario> {
  const issues: Issue[] = []
  const report: Report = (path, message, code = "InvalidValue") => {
    issues.push({ code, path, message })
  }
  check(scenarioShape, value, [], report)
  if (isJsonObject(value)) {
    if (value["apiVersion"] !== scenarioApiVersion) {
      report(["apiVersion"], `expected ${scenarioApiVersion}, found ${found(value["apiVersion"])}`)
    }
    if (value["kind"] !== "Scenario")
      report(["kind"], `expected Scenario, found ${found(value["kind"])}`)
  }
  return issues.length > 0 ? failed(issues) : ok(value as unknown as Scenario)
}
