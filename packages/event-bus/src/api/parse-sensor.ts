import { failed, type IssuePath, ok, type Result } from "@argo-ts/kernel"
import { anyZone } from "../core/languages.js"
import { compileSensor, type SensorOptions } from "../core/plan.js"
import type { EventDependency } from "./filters.js"
import { checkManifest, type Findings, invalid, requireText } from "./manifest.js"
import type { Sensor } from "./sensor.js"
import type { HTTPTrigger, Trigger, TriggerParameter, TriggerTemplate } from "./triggers.js"

function checkDependency(each: EventDependency, path: IssuePath, findings: Findings): void {
  requireText(findings, [...path, "name"], each.name)
  requireText(findings, [...path, "eventSourceName"], each.eventSourceName)
  requireText(findings, [...path, "eventName"], each.eventName)
  const { data = [], exprs = [], context } = each.filters ?? {}
  for (const [index, filter] of data.entries()) {
    const at = [...path, "filters", "data", index]
    requireText(findings, [...at, "path"], filter.path)
    if (filter.value.every((value) => value === "")) {
      invalid(findings, [...at, "value"], "expected at least one value that is not empty")
    }
  }
  for (const [index, filter] of exprs.entries()) {
    const at = [...path, "filters", "exprs", index]
    requireText(findings, [...at, "expr"], filter.expr)
    if (filter.fields.length === 0) {
      invalid(findings, [...at, "fields"], "expected at least one field")
    }
    for (const [field, { path: where, name }] of filter.fields.entries()) {
      requireText(findings, [...at, "fields", field, "path"], where)
      requireText(findings, [...at, "fields", field, "name"], name)
    }
  }
  if (context === undefined) return
  const { type = "", subject = "", source = "", datacontenttype = "" } = context
  if (type + subject + source + datacontenttype === "") {
    const message = "expected one of type, subject, source and datacontenttype"
    invalid(findings, [...path, "filters", "context"], message)
  }
}

interface TriggerCheck {
  readonly findings: Findings
  readonly dependencies: ReadonlySet<string>
}

function checkParameters(
  check: TriggerCheck,
  path: IssuePath,
  parameters: readonly TriggerParameter[] | undefined,
  isPayload = false,
): void {
  const { findings, dependencies } = check
  for (const [index, { src, dest }] of (parameters ?? []).entries()) {
    const at = [...path, index]
    requireText(findings, [...at, "src", "dependencyName"], src.dependencyName)
    if (!isPayload) requireText(findings, [...at, "dest"], dest)
    if (src.dependencyName !== "" && !dependencies.has(src.dependencyName)) {
      const message = `"${src.dependencyName}" is no dependency of this sensor`
      const where = [...at, "src", "dependencyName"]
      findings.issues.push({ code: "UnknownDependency", path: where, message })
    }
  }
}

function checkHttp(check: TriggerCheck, path: IssuePath, http: HTTPTrigger): void {
  requireText(check.findings, [...path, "url"], http.url)
  checkParameters(check, [...path, "payload"], http.payload, true)
  checkParameters(check, [...path, "parameters"], http.parameters)
  checkParameters(check, [...path, "dynamicHeaders"], http.dynamicHeaders)
  for (const [index, { name, valueFrom }] of (http.secureHeaders ?? []).entries()) {
    requireText(check.findings, [...path, "secureHeaders", index, "name"], name)
    if ((valueFrom.secretKeyRef === undefined) === (valueFrom.configMapKeyRef === undefined)) {
      const at = [...path, "secureHeaders", index, "valueFrom"]
      invalid(check.findings, at, "expected one of secretKeyRef and configMapKeyRef")
    }
  }
  const { basicAuth } = http
  if (basicAuth !== undefined && (basicAuth.username ?? basicAuth.password) !== undefined) {
    const isWhole = basicAuth.username !== undefined && basicAuth.password !== undefined
    if (!isWhole) invalid(check.findings, [...path, "basicAuth"], "expected username and password")
  }
}

function checkTemplate(check: TriggerCheck, path: IssuePath, template: TriggerTemplate): void {
  const { k8s, argoWorkflow, http, function: call } = template
  requireText(check.findings, [...path, "name"], template.name)
  if (k8s !== undefined) {
    if (k8s.source === undefined) invalid(check.findings, [...path, "k8s", "source"], "is required")
    if (k8s.patchStrategy === "application/json-patch+json") {
      const at = [...path, "k8s", "patchStrategy"]
      const message = "JSON patches are not built yet; use another strategy"
      check.findings.issues.push({ code: "UnsupportedField", path: at, message })
    }
    checkParameters(check, [...path, "k8s", "parameters"], k8s.parameters)
  }
  if (argoWorkflow !== undefined) {
    const at = [...path, "argoWorkflow"]
    const { source, operation } = argoWorkflow
    if (source === undefined) invalid(check.findings, [...at, "source"], "is required")
    if (operation === undefined) invalid(check.findings, [...at, "operation"], "is required")
    if (operation !== undefined && operation !== "submit") {
      const message = `operation "${operation}" is not built yet; submit is`
      const issue = { code: "UnsupportedField", path: [...at, "operation"], message }
      check.findings.issues.push(issue)
    }
    checkParameters(check, [...at, "parameters"], argoWorkflow.parameters)
  }
  if (http !== undefined) checkHttp(check, [...path, "http"], http)
  if (call !== undefined) {
    requireText(check.findings, [...path, "function", "name"], call.name)
    checkParameters(check, [...path, "function", "payload"], call.payload, true)
  }
}

function checkTrigger(check: TriggerCheck, path: IssuePath, trigger: Trigger): void {
  const { template, parameters, policy, rateLimit } = trigger
  if (template === undefined) {
    invalid(check.findings, [...path, "template"], "is required, and missing")
  } else {
    checkTemplate(check, [...path, "template"], template)
  }
  checkParameters(check, [...path, "parameters"], parameters)
  if (policy?.status !== undefined && policy.status.allow.length === 0) {
    invalid(check.findings, [...path, "policy", "status", "allow"], "expected at least one code")
  }
  if (rateLimit !== undefined && !((rateLimit.requestsPerUnit ?? 0) > 0)) {
    const at = [...path, "rateLimit", "requestsPerUnit"]
    invalid(check.findings, at, "expected at least 1; 0 would never permit anything")
  }
}

function checkUnique(
  findings: Findings,
  path: IssuePath,
  what: string,
  names: readonly (string | undefined)[],
): void {
  for (const [index, name] of names.entries()) {
    if (name !== undefined && name !== "" && names.indexOf(name) < index) {
      invalid(findings, [...path, index], `another ${what} is called "${name}"`)
    }
  }
}

/**
 * Reads a Sensor, or lists everything that is wrong with it: its fields, upstream's rules, and what upstream only
 * finds out when it runs — conditions, paths, patterns, expressions and templates that cannot be compiled, names of
 * dependencies that do not exist. Without `zones` the names of time zones are not checked.
 */
export function parseSensor(value: unknown, options: SensorOptions = {}): Result<Sensor> {
  const { findings, manifest } = checkManifest("Sensor", value)
  if (findings.issues.length > 0) return failed(findings.issues)
  const sensor = manifest as Sensor
  const { dependencies, triggers } = sensor.spec
  if (dependencies.length === 0) {
    invalid(findings, ["spec", "dependencies"], "expected at least one dependency")
  }
  if (triggers.length === 0)
    invalid(findings, ["spec", "triggers"], "expected at least one trigger")
  const names = dependencies.map(({ name }) => name)
  checkUnique(findings, ["spec", "dependencies"], "dependency", names)
  const triggerNames = triggers.map(({ template }) => template?.name)
  checkUnique(findings, ["spec", "triggers"], "trigger", triggerNames)
  for (const [index, each] of dependencies.entries()) {
    checkDependency(each, ["spec", "dependencies", index], findings)
  }
  const check = { findings, dependencies: new Set(names) }
  for (const [index, trigger] of triggers.entries()) {
    checkTrigger(check, ["spec", "triggers", index], trigger)
  }
  const plan = compileSensor(sensor, { zones: anyZone, ...options })
  if (!plan.ok)
    findings.issues.push(...plan.issues.filter((issue) => !isReported(findings, issue.path)))
  return findings.issues.length > 0 ? failed(findings.issues) : ok(sensor)
}

/** An empty path or expression is told once, not again as one that cannot be compiled. */
function isReported(findings: Findings, path: IssuePath): boolean {
  const text = JSON.stringify(path)
  return findings.issues.some((issue) => JSON.stringify(issue.path) === text)
}
