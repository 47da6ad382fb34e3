import type { MetricsRegistry } from "@argo-ts/k8s"
import type { Logger } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import type { Measurement } from "../core/actions.js"
import type { MetricsSink } from "../runtime/metrics-sink.js"

/** What custom metrics are told to. */
export interface CustomMetricsOptions {
  readonly registry: MetricsRegistry
  readonly clock: Clock
  readonly logger: Logger
}

/** Upstream puts it before the names of all metrics. */
const prefix = "argo_workflows_"

/** Keeps the custom metrics of workflows in a registry, under upstream's names: `argo_workflows_…`. */
export function customMetrics({ registry, clock, logger }: CustomMetricsOptions): MetricsSink {
  /** Gauges that grow: since when, by name and labels. */
  const growing = new Map<string, Measurement & { readonly kind: "growing" }>()
  registry.beforePrint(() => {
    for (const measurement of growing.values()) {
      tell(measurement, (clock.now() - measurement.since) / 1000)
    }
  })
  const definitionOf = ({ name, help, labels }: Measurement) => ({
    name: prefix + name,
    help,
    labels: Object.keys(labels).toSorted(),
  })
  const tell = (measurement: Measurement, value: number): void =>
    registry.gauge(definitionOf(measurement)).set(measurement.labels, value)
  const record = (measurement: Measurement): void => {
    const { labels, kind } = measurement
    const definition = definitionOf(measurement)
    const key = JSON.stringify([definition.name, definition.labels.map((label) => labels[label])])
    switch (kind) {
      case "counter":
        return registry.counter(definition).add(labels, measurement.value)
      case "histogram":
        return registry
          .histogram({ ...definition, buckets: measurement.buckets })
          .observe(labels, measurement.value)
      case "growing":
        growing.set(key, measurement)
        return
      case "gauge": {
        growing.delete(key)
        const { operation, value } = measurement
        if (operation === "Set") return tell(measurement, value)
        return registry.gauge(definition).add(labels, operation === "Add" ? value : -value)
      }
    }
  }
  return {
    record(measurement) {
      try {
        record(measurement)
      } catch (error) {
        // Two workflows may give one name two shapes; that is no reason to stop either.
        logger.warn("a custom metric is not told", { metric: measurement.name, error })
      }
    },
  }
}
