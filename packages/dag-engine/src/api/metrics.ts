/** `metrics` of a workflow or template. */
export interface Metrics {
  readonly prometheus: readonly PrometheusMetric[]
}

/** One custom metric, told when its node or workflow has ended. Exactly one of counter, gauge, histogram. */
export interface PrometheusMetric {
  /** `[a-zA-Z_:][a-zA-Z0-9_:]*`. */
  readonly name: string
  readonly help: string
  readonly labels?: readonly MetricLabel[]
  /** Told only where this holds, in the language of a step's `when`. Default: always. */
  readonly when?: string
  readonly counter?: CounterMetric
  readonly gauge?: GaugeMetric
  readonly histogram?: HistogramMetric
}

/** `labels[]`. */
export interface MetricLabel {
  readonly key: string
  readonly value: string
}

/** `counter`: adds its value. */
export interface CounterMetric {
  readonly value: string
}

/** `gauge`: sets its value. */
export interface GaugeMetric {
  readonly value: string
  /** True: it shows while its node runs; only for `{{duration}}` and `{{workflow.duration}}`. Default false. */
  readonly realtime?: boolean
  /** Set (default), Add or Sub. */
  readonly operation?: "Set" | "Add" | "Sub" | ""
}

/** `histogram`: observes its value. */
export interface HistogramMetric {
  readonly value: string
  /** Upper bounds in ascending order. */
  readonly buckets: readonly number[]
}
