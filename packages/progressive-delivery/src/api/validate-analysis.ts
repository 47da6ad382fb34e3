import { compileRolloutsCondition } from "@argo-ts/expr"
import { compilePattern } from "@argo-ts/expr/regexp"
import { type Issue, parseDuration } from "@argo-ts/kernel"
import type { AnalysisRunSpec, AnalysisTemplateSpec, Metric } from "./analysis.js"
import { below, type IssueSink, invalid } from "./issues.js"

/** Text with a tag is judged when its arguments are known. */
function isTemplated(value: number | string | undefined): boolean {
  return typeof value === "string" && value.includes("{{")
}

function limitOf(
  sink: IssueSink,
  metric: Metric,
  field: keyof Metric & string,
  min: number,
): number | undefined {
  const value = metric[field] as number | string | undefined
  if (value === undefined || isTemplated(value)) return undefined
  const number = typeof value === "number" || /^-?\d+$/.test(value) ? Number(value) : Number.NaN
  if (Number.isSafeInteger(number) && number >= min) return number
  invalid(
    sink,
    [field],
    `expected a whole number of at least ${min}, found ${JSON.stringify(value)}`,
  )
  return undefined
}

function durationIssue(
  sink: IssueSink,
  field: "interval" | "initialDelay",
  text: string | undefined,
): void {
  if (text === undefined || isTemplated(text) || /^\d+$/.test(text)) return
  const parsed = parseDuration(text)
  if (parsed.ok && parsed.value >= 0) return
  const hint = /^\d+d$/.test(text) ? "; days are written in hours" : ""
  invalid(
    sink,
    [field],
    `expected a duration like 30s or 1h30m, found ${JSON.stringify(text)}${hint}`,
  )
}

function limitIssues(sink: IssueSink, metric: Metric): void {
  const count = limitOf(sink, metric, "count", 0)
  const failureLimit = limitOf(sink, metric, "failureLimit", -1)
  const inconclusiveLimit = limitOf(sink, metric, "inconclusiveLimit", 0)
  const successes = limitOf(sink, metric, "consecutiveSuccessLimit", 0)
  limitOf(sink, metric, "consecutiveErrorLimit", 0)
  const hasTags = [metric.failureLimit, metric.consecutiveSuccessLimit, metric.count].some(
    isTemplated,
  )
  const failures = failureLimit ?? 0
  const inARow = successes ?? 0
  if (!hasTags && failures === -1 && inARow === 0) {
    invalid(
      sink,
      ["failureLimit"],
      "is -1 and consecutiveSuccessLimit is 0: nothing could ever end the metric",
    )
  }
  if (count === undefined || count === 0 || hasTags) return
  if (failures >= 0 && count < failures + inARow) {
    invalid(
      sink,
      ["count"],
      `is ${count}, less than failureLimit and consecutiveSuccessLimit together (${failures + inARow})`,
    )
  }
  if (failures === -1 && count < inARow) {
    invalid(sink, ["count"], `is ${count}, less than the consecutiveSuccessLimit of ${inARow}`)
  }
  if (inconclusiveLimit !== undefined && count < inconclusiveLimit) {
    invalid(sink, ["count"], `is ${count}, less than the inconclusiveLimit of ${inconclusiveLimit}`)
  }
  if (count > 1 && metric.interval === undefined)
    invalid(sink, ["interval"], `is required for a count of ${count}`)
}

function conditionIssue(
  sink: IssueSink,
  field: "successCondition" | "failureCondition",
  source: string | undefined,
): void {
  if (source === undefined || isTemplated(source)) return
  const compiled = compileRolloutsCondition(source)
  if (!compiled.ok) {
    invalid(sink, [field], compiled.issues.map(({ message }) => message).join("; "))
    return
  }
  const stranger = compiled.value.references.find(({ path }) => path[0] !== "result")
  if (stranger !== undefined) {
    invalid(sink, [field], `unknown name ${stranger.path[0]}: a condition reads only \`result\``)
  }
}

function providerIssues(sink: IssueSink, metric: Metric): void {
  const given = Object.values(metric.provider).filter((each) => each !== undefined).length
  if (given !== 1) invalid(sink, ["provider"], `needs exactly one provider; found ${given}`)
  const { web } = metric.provider
  if (web === undefined) return
  const place = below(sink, "provider", "web")
  const hasBody = web.body !== undefined || web.jsonBody !== undefined
  if (hasBody && (web.method ?? "GET") === "GET")
    invalid(place, ["method"], "is GET, which sends no body")
  if (web.body !== undefined && web.jsonBody !== undefined)
    invalid(place, ["jsonBody"], "and body cannot both be sent")
}

/** The rules for one metric. */
function metricIssues(sink: IssueSink, metric: Metric): void {
  if (metric.name === "") invalid(sink, ["name"], "is required, and empty")
  durationIssue(sink, "interval", metric.interval)
  durationIssue(sink, "initialDelay", metric.initialDelay)
  limitIssues(sink, metric)
  conditionIssue(sink, "successCondition", metric.successCondition)
  conditionIssue(sink, "failureCondition", metric.failureCondition)
  providerIssues(sink, metric)
}

function duplicateIssues(
  sink: IssueSink,
  list: string,
  field: string,
  names: readonly string[],
): void {
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) < index)
      invalid(sink, [list, index, field], `a second one is named "${name}"`)
  }
}

function unknownArguments(sink: IssueSink, spec: AnalysisTemplateSpec): void {
  const known = new Set((spec.args ?? []).map((argument) => argument.name))
  for (const [index, metric] of (spec.metrics ?? []).entries()) {
    for (const match of JSON.stringify(metric).matchAll(/\{\{([\s\S]*?)\}\}/g)) {
      const name = (match[1] ?? "").trim()
      if (name.startsWith("args.") && known.has(name.slice("args.".length))) continue
      invalid(sink, ["metrics", index], `uses {{${name}}}, which is no argument of this object`)
    }
  }
}

function matches(pattern: string, name: string): boolean {
  try {
    return pattern === name || compilePattern(pattern).test(name)
  } catch {
    return false
  }
}

/** A rule for no metric is a slip of the pen. */
function idleRules(
  sink: IssueSink,
  list: "dryRun" | "measurementRetention",
  spec: AnalysisTemplateSpec,
): void {
  for (const [index, { metricName }] of (spec[list] ?? []).entries()) {
    if ((spec.metrics ?? []).some(({ name }) => matches(metricName, name))) continue
    invalid(sink, [list, index, "metricName"], `matches no metric: ${JSON.stringify(metricName)}`)
  }
}

/** The rules of spec/rollouts §1.16 for the spec of a template or of a run. */
export function validateAnalysis(spec: AnalysisTemplateSpec | AnalysisRunSpec): readonly Issue[] {
  const sink: IssueSink = { issues: [], path: ["spec"] }
  const metrics = spec.metrics ?? []
  const nested = "templates" in spec ? (spec.templates ?? []) : []
  if (metrics.length === 0 && nested.length === 0)
    invalid(sink, ["metrics"], "needs at least one metric")
  for (const [index, metric] of metrics.entries())
    metricIssues(below(sink, "metrics", index), metric)
  duplicateIssues(
    sink,
    "metrics",
    "name",
    metrics.map((metric) => metric.name),
  )
  duplicateIssues(
    sink,
    "dryRun",
    "metricName",
    (spec.dryRun ?? []).map((rule) => rule.metricName),
  )
  duplicateIssues(
    sink,
    "measurementRetention",
    "metricName",
    (spec.measurementRetention ?? []).map((rule) => rule.metricName),
  )
  // What nested templates bring is known only when they are joined.
  if (nested.length === 0) {
    unknownArguments(sink, spec)
    idleRules(sink, "dryRun", spec)
    idleRules(sink, "measurementRetention", spec)
  }
  return sink.issues
}

/** True where a metric ends by itself: needed for analyses that a rollout waits for. */
export function hasFiniteCount(metric: Metric): boolean {
  return metric.interval === undefined || (metric.count !== undefined && Number(metric.count) !== 0)
}
