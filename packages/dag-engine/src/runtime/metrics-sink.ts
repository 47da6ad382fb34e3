import type { Measurement } from "../core/actions.js"

/** Takes the custom metrics of workflows (`metrics.prometheus`). */
export interface MetricsSink {
  record(measurement: Measurement): void
}
