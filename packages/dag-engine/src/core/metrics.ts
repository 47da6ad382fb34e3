import type { JsonValue } from "@argo-ts/kernel"
import type { Metrics, PrometheusMetric } from "../api/metrics.js"
import type { MeasureAction, Measurement } from "./actions.js"
import { unset } from "./instants.js"
import { compileJson, type JsonText } from "./json-text.js"
import { evaluateWhen, type Rendered, type Scope } from "./languages.js"
import { isFulfilled, type NodeRecord } from "./node.js"
import { durationOf, propose, type Run } from "./run.js"
import { isLenient, nodePlace, runPlace, scopeOf } from "./scope.js"

/*
 * Custom metrics (spec/workflows §1.24): what a node or the workflow has come to, told once when it ends. A gauge that is
 * `realtime` is told when its node begins, as an instant from which it grows, and again at the end.
 */

/** Metrics made ready, once for a template. */
const compiled = new WeakMap<Metrics, JsonText>()

function textOf(metrics: Metrics): JsonText {
  let text = compiled.get(metrics)
  if (text === undefined) {
    text = compileJson(metrics.prometheus as unknown as JsonValue)
    compiled.set(metrics, text)
  }
  return text
}

/** Tells the metrics of a node that begins or has ended. */
export function measureNode(run: Run, node: NodeRecord, isOver: boolean): void {
  tell(run, measurementsOf(run, node, isOver))
}

/** Tells the metrics of the workflow. */
export function measureWorkflow(run: Run, isOver: boolean): void {
  tell(run, workflowMeasurements(run, isOver))
}

function tell(run: Run, measurements: readonly Measurement[]): void {
  if (measurements.length > 0) propose(run, measureAction(measurements))
}

function measureAction(measurements: readonly Measurement[]): MeasureAction {
  return { type: "Measure", key: "measure", node: "", measurements }
}

/** Attempts have no metrics: their Retry node has. */
function measurementsOf(run: Run, node: NodeRecord, isOver: boolean): readonly Measurement[] {
  const metrics = node.template?.source.metrics
  if (metrics === undefined || node.owner?.kind === "attempts") return noMeasurements
  return measure(run, { metrics, scope: nodeScope(run, node), since: node.startedAt, isOver })
}

/** Gauges that grow while something runs: told again whenever a run is opened. */
export function growingMeasurements(run: Run): readonly MeasureAction[] {
  if (run.isDone || run.startedAt === unset) return []
  const measurements = [...workflowMeasurements(run, false)]
  for (const node of run.byId.values()) {
    if (!isFulfilled(node)) measurements.push(...measurementsOf(run, node, false))
  }
  return measurements.length === 0 ? [] : [measureAction(measurements)]
}

function workflowMeasurements(run: Run, isOver: boolean): readonly Measurement[] {
  const { metrics } = run.spec
  if (metrics === undefined) return noMeasurements
  const below = scopeOf(run, runPlace)
  const scope: Scope = {
    now: below.now,
    get: (name) => workflowValue(run, name) ?? below.get(name),
    below: (path) => below.below(path),
  }
  return measure(run, { metrics, scope, since: run.startedAt, isOver })
}

const noMeasurements: readonly Measurement[] = []

interface Measuring {
  readonly metrics: Metrics
  readonly scope: Scope
  readonly since: number
  readonly isOver: boolean
}

function measure(run: Run, { metrics, scope, since, isOver }: Measuring): readonly Measurement[] {
  const isDue = (metric: PrometheusMetric): boolean => isOver || metric.gauge?.realtime === true
  if (!metrics.prometheus.some(isDue)) return noMeasurements
  const rendered = textOf(metrics).render(scope, isLenient)
  if (!rendered.ok) {
    fault(run, rendered.message)
    return noMeasurements
  }
  const measurements: Measurement[] = []
  for (const metric of rendered.value as unknown as readonly PrometheusMetric[]) {
    if (!isDue(metric)) continue
    const found = isOver ? measured(metric) : growing(metric, since)
    if (!found.ok) fault(run, found.message)
    else if (found.value !== undefined) measurements.push(found.value)
  }
  return measurements
}

function fault(run: Run, message: string): void {
  if (run.metricsFault !== "") return
  run.metricsFault = message
  run.isDirty = true
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/

function measured(metric: PrometheusMetric): Rendered<Measurement | undefined> {
  if (metric.when !== undefined && metric.when.trim() !== "") {
    const holds = evaluateWhen(metric.when)
    if (!holds.ok) return { ok: false, message: `metric '${metric.name}': ${holds.message}` }
    if (!holds.value) return { ok: true, value: undefined }
  }
  const { counter, gauge, histogram } = metric
  const text = (counter ?? gauge ?? histogram)?.value.trim() ?? ""
  const value = Number(text)
  if (text === "" || !Number.isFinite(value)) {
    const message = `metric '${metric.name}': its value is no number: ${JSON.stringify(text)}`
    return { ok: false, message }
  }
  const common = namesOf(metric)
  if (!common.ok) return common
  if (counter !== undefined) {
    return value < 0
      ? { ok: false, message: `metric '${metric.name}': a counter cannot take ${text}` }
      : { ok: true, value: { ...common.value, kind: "counter", value } }
  }
  if (histogram !== undefined) {
    const { buckets } = histogram
    return { ok: true, value: { ...common.value, kind: "histogram", value, buckets } }
  }
  const operation = gauge?.operation === "" ? "Set" : (gauge?.operation ?? "Set")
  return { ok: true, value: { ...common.value, kind: "gauge", value, operation } }
}

/** A gauge that grows with the seconds since its node began. */
function growing(metric: PrometheusMetric, since: number): Rendered<Measurement | undefined> {
  const common = namesOf(metric)
  return common.ok ? { ok: true, value: { ...common.value, kind: "growing", since } } : common
}

function namesOf({ name, help, labels = [] }: PrometheusMetric): Rendered<{
  readonly name: string
  readonly help: string
  readonly labels: { readonly [label: string]: string }
}> {
  if (!metricName.test(name)) {
    return { ok: false, message: `a metric's name is no name: ${JSON.stringify(name)}` }
  }
  const values = Object.create(null) as { [label: string]: string }
  for (const { key, value } of labels) values[key] = value
  return { ok: true, value: { name, help, labels: values } }
}

function seconds(from: number, to: number): string {
  return ((to - from) / 1000).toFixed(6)
}

function nodeScope(run: Run, node: NodeRecord): Scope {
  const below = scopeOf(run, nodePlace(node))
  return {
    now: below.now,
    get: (name) => nodeValue(run, node, name) ?? workflowValue(run, name) ?? below.get(name),
    below: (path) => below.below(path),
  }
}

function nodeValue(run: Run, node: NodeRecord, name: string): string | undefined {
  switch (name) {
    case "duration":
      return seconds(node.startedAt, node.finishedAt === unset ? run.now : node.finishedAt)
    case "status":
      return node.phase
    case "exitCode":
      return node.outputs?.exitCode
    case "retries":
      return String(node.body?.kind === "attempts" ? node.body.list.length - 1 : 0)
    case "outputs.result":
      return node.outputs?.result
    default:
      break
  }
  if (name.startsWith("resourcesDuration.")) {
    const seconds = node.extras?.resources?.[name.slice(18)]
    return seconds === undefined ? undefined : String(seconds)
  }
  if (!name.startsWith("outputs.parameters.")) return undefined
  const wanted = name.slice(19)
  const found = node.outputs?.parameters?.find((each) => each.name === wanted)?.value
  return found === undefined ? undefined : String(found)
}

function workflowValue(run: Run, name: string): string | undefined {
  if (name === "workflow.duration") {
    return run.finishedAt === unset ? durationOf(run) : seconds(run.startedAt, run.finishedAt)
  }
  return name === "workflow.status" ? run.phase : undefined
}
