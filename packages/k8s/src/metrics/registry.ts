import { compareText, invariant } from "@argo-ts/kernel"
import { formatHeader, formatNumber, formatSample, type LabelPairs } from "./exposition.js"

/** What a metric is called and what it tells. */
export interface MetricDefinition<L extends string> {
  readonly name: string
  readonly help: string
  /** The labels of every sample, in the order they are written. */
  readonly labels: readonly L[]
}

/** The value of each label. */
export type LabelValues<L extends string> = { readonly [label in L]: string }

/** Grows only. */
export interface Counter<L extends string> {
  /** Adds `amount`, default 1; 0 makes the sample appear. */
  add(labels: LabelValues<L>, amount?: number): void
}

/** Goes up and down. */
export interface Gauge<L extends string> {
  set(labels: LabelValues<L>, value: number): void
  add(labels: LabelValues<L>, amount: number): void
}

/** Counts observations by size. */
export interface Histogram<L extends string> {
  observe(labels: LabelValues<L>, value: number): void
}

/**
 * Metrics of one process, printed as Prometheus reads them. Asking for a metric twice answers the same one, so that
 * several managers share it; with another shape it is refused.
 */
export interface MetricsRegistry {
  counter<L extends string>(definition: MetricDefinition<L>): Counter<L>
  gauge<L extends string>(definition: MetricDefinition<L>): Gauge<L>
  /** `buckets` are upper bounds in ascending order, without infinity. */
  histogram<L extends string>(
    definition: MetricDefinition<L> & { readonly buckets: readonly number[] },
  ): Histogram<L>
  /** Calls back before each print, for gauges that are computed. Returns what stops it. */
  beforePrint(update: () => void): () => void
  /** The text format, version 0.0.4: metrics and samples sorted. */
  print(): string
}

/** Content type of what {@link MetricsRegistry.print} answers. */
export const metricsContentType = "text/plain; version=0.0.4; charset=utf-8"

interface Sample {
  readonly labels: LabelPairs
  value: number
  /** Of a histogram: how many observations each bucket alone holds, and how many there are. */
  readonly buckets: number[]
  count: number
}

interface Metric {
  readonly definition: MetricDefinition<string>
  readonly type: "counter" | "gauge" | "histogram"
  readonly buckets: readonly number[]
  readonly samples: Map<string, Sample>
}

function sampleOf(metric: Metric, values: LabelValues<string>): Sample {
  const { labels: names, name } = metric.definition
  const labels = names.map((label) => [label, values[label] ?? ""] as const)
  const id = JSON.stringify(labels)
  const known = metric.samples.get(id)
  if (known !== undefined) return known
  invariant(
    metric.samples.size < samplesMax,
    `"${name}" has more samples than any machine can read`,
  )
  const fresh = { labels, value: 0, buckets: metric.buckets.map(() => 0), count: 0 }
  metric.samples.set(id, fresh)
  return fresh
}

/** A label whose values come from users would grow without end. */
const samplesMax = 100_000

function printHistogram({ definition, buckets }: Metric, sample: Sample): string {
  const { name } = definition
  let below = 0
  const lines = buckets.map((bound, index) => {
    below += sample.buckets[index] ?? 0
    return formatSample(`${name}_bucket`, [...sample.labels, ["le", formatNumber(bound)]], below)
  })
  const all = formatSample(`${name}_bucket`, [...sample.labels, ["le", "+Inf"]], sample.count)
  const sum = formatSample(`${name}_sum`, sample.labels, sample.value)
  const count = formatSample(`${name}_count`, sample.labels, sample.count)
  return [...lines, all, sum, count].join("")
}

function printMetric(metric: Metric): string {
  const { name, help } = metric.definition
  const sorted = [...metric.samples].toSorted(([left], [right]) => compareText(left, right))
  const lines = sorted.map(([, sample]) =>
    metric.type === "histogram"
      ? printHistogram(metric, sample)
      : formatSample(name, sample.labels, sample.value),
  )
  return lines.length === 0 ? "" : formatHeader(name, help, metric.type) + lines.join("")
}

function observeIn(metric: Metric, values: LabelValues<string>, value: number): void {
  const sample = sampleOf(metric, values)
  const index = metric.buckets.findIndex((bound) => value <= bound)
  if (index >= 0) sample.buckets[index] = (sample.buckets[index] ?? 0) + 1
  sample.count++
  sample.value += value
}

/** A registry without metrics. */
export function createMetricsRegistry(): MetricsRegistry {
  const metrics = new Map<string, Metric>()
  const updates = new Set<() => void>()
  const open = (
    type: Metric["type"],
    definition: MetricDefinition<string>,
    buckets: readonly number[] = [],
  ): Metric => {
    const known = metrics.get(definition.name)
    const shape = JSON.stringify([type, definition.labels, buckets])
    if (known === undefined) {
      const metric: Metric = { definition, type, buckets, samples: new Map() }
      metrics.set(definition.name, metric)
      return metric
    }
    const found = JSON.stringify([known.type, known.definition.labels, known.buckets])
    invariant(found === shape, `"${definition.name}" is ${found} already and cannot be ${shape}`)
    return known
  }
  return {
    counter(definition) {
      const metric = open("counter", definition)
      return {
        add(labels, amount = 1) {
          invariant(amount >= 0, `the counter "${definition.name}" does not go down`)
          sampleOf(metric, labels).value += amount
        },
      }
    },
    gauge(definition) {
      const metric = open("gauge", definition)
      return {
        set(labels, value) {
          sampleOf(metric, labels).value = value
        },
        add(labels, amount) {
          sampleOf(metric, labels).value += amount
        },
      }
    },
    histogram(definition) {
      const metric = open("histogram", definition, definition.buckets)
      return { observe: (labels, value) => observeIn(metric, labels, value) }
    },
    beforePrint(update) {
      const own = (): void => update()
      updates.add(own)
      return () => updates.delete(own)
    },
    print() {
      for (const update of updates) update()
      const sorted = [...metrics].toSorted(([left], [right]) => compareText(left, right))
      return sorted.map(([, metric]) => printMetric(metric)).join("")
    },
  }
}
