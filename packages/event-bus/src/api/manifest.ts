import { type Issue, type IssuePath, isJsonObject } from "@argo-ts/kernel"
import { validate } from "@argo-ts/kernel/validation"
import { schemas } from "./schema.gen.js"

/** Where a parser gathers what is wrong. */
export interface Findings {
  readonly issues: Issue[]
}

/** Notes an invalid value. */
export function invalid(findings: Findings, path: IssuePath, message: string): void {
  findings.issues.push({ code: "InvalidValue", path, message })
}

/** Notes a text that must not be empty and is. */
export function requireText(findings: Findings, path: IssuePath, value: string | undefined): void {
  if (value === undefined || value === "")
    invalid(findings, path, "expected a text that is not empty")
}

function hasNull(value: unknown): boolean {
  if (value === null) return true
  if (Array.isArray(value)) return value.some((each) => each !== null && hasNull(each))
  return isJsonObject(value) && Object.values(value).some(hasNull)
}

/** Null fields are absent, as a Go decoder reads them; items of lists stay. Depth was bounded by validation. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isJsonObject(value)) return value
  const entries = Object.entries(value).filter(([, each]) => each !== null)
  return Object.fromEntries(entries.map(([key, each]) => [key, withoutNulls(each)]))
}

/** What every kind has in common: its schema, its type and a name. */
export function checkManifest(
  kind: "EventSource" | "EventBus" | "Sensor",
  value: unknown,
): { readonly findings: Findings; readonly manifest: unknown } {
  const findings: Findings = { issues: [...validate(schemas(), kind, value)] }
  if (findings.issues.length > 0 || !isJsonObject(value)) return { findings, manifest: value }
  const wanted = { apiVersion: "argoproj.io/v1alpha1", kind }
  for (const [field, expected] of Object.entries(wanted)) {
    if (value[field] !== expected) {
      const found = JSON.stringify(value[field])
      invalid(findings, [field], `expected "${expected}", found ${found}`)
    }
  }
  const manifest = hasNull(value) ? withoutNulls(value) : value
  const { metadata } = manifest as { readonly metadata: { readonly [field: string]: unknown } }
  const isNamed =
    typeof metadata["name"] === "string" || typeof metadata["generateName"] === "string"
  if (!isNamed) invalid(findings, ["metadata", "name"], `a ${kind} needs a name`)
  return { findings, manifest }
}
