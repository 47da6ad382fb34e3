import type { EpochMs } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import type { WorkQueueObserver } from "../controller/work-queue.js"
import type { MetricsRegistry } from "./registry.js"

/** client-go's: from ten nanoseconds, each bound ten times the last. */
const durationBuckets: readonly number[] = Array.from({ length: 11 }).reduce<number[]>(
  (bounds) => [...bounds, (bounds.at(-1) as number) * 10],
  [10e-9],
)

/** Measures one queue; `stop` ends what is measured at each print. */
export interface QueueMetrics extends WorkQueueObserver {
  stop(): void
}

function defineMetrics(registry: MetricsRegistry) {
  const labels = ["name", "controller"] as const
  return {
    depth: registry.gauge({
      name: "workqueue_depth",
      help: "How many keys wait.",
      labels,
    }),
    adds: registry.counter({
      name: "workqueue_adds_total",
      help: "How many keys came to wait.",
      labels,
    }),
    waited: registry.histogram({
      name: "workqueue_queue_duration_seconds",
      help: "How long keys wait before work on them begins.",
      labels,
      buckets: durationBuckets,
    }),
    worked: registry.histogram({
      name: "workqueue_work_duration_seconds",
      help: "How long work on a key takes.",
      labels,
      buckets: durationBuckets,
    }),
    unfinished: registry.gauge({
      name: "workqueue_unfinished_work_seconds",
      help: "How long all work that still runs has run, added up: a stuck thread makes it grow steadily.",
      labels,
    }),
    longest: registry.gauge({
      name: "workqueue_longest_running_processor_seconds",
      help: "How long the work that has run longest has run.",
      labels,
    }),
    retries: registry.counter({
      name: "workqueue_retries_total",
      help: "How many failed keys were to be tried again.",
      labels,
    }),
  }
}

/** Measures a queue under client-go's names. */
export function measureQueue(registry: MetricsRegistry, clock: Clock, name: string): QueueMetrics {
  const metrics = defineMetrics(registry)
  const labels = { name, controller: name }
  const waiting = new Map<string, EpochMs>()
  const running = new Map<string, EpochMs>()
  const secondsSince = (at: EpochMs | undefined): number =>
    at === undefined ? 0 : (clock.now() - at) / 1000

  metrics.adds.add(labels, 0)
  metrics.retries.add(labels, 0)
  metrics.depth.set(labels, 0)
  const stop = registry.beforePrint(() => {
    const ages = [...running.values()].map(secondsSince)
    metrics.unfinished.set(
      labels,
      ages.reduce((sum, age) => sum + age, 0),
    )
    metrics.longest.set(labels, Math.max(0, ...ages))
  })
  return {
    stop,
    added(key) {
      waiting.set(key, clock.now())
      metrics.adds.add(labels)
      metrics.depth.set(labels, waiting.size)
    },
    started(key) {
      metrics.waited.observe(labels, secondsSince(waiting.get(key)))
      waiting.delete(key)
      running.set(key, clock.now())
      metrics.depth.set(labels, waiting.size)
    },
    ended(key) {
      metrics.worked.observe(labels, secondsSince(running.get(key)))
      running.delete(key)
    },
    retried: () => metrics.retries.add(labels),
  }
}
