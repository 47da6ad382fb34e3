import type { Clock } from "@argo-ts/kernel/clock"
import type { ReconcileResult } from "../controller/controller.js"
import { isTerminal } from "../controller/terminal.js"
import type { MetricsRegistry } from "./registry.js"

/** controller-runtime's. */
const timeBuckets = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1,
  1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
]

const results = ["error", "requeue_after", "requeue", "success"] as const

function defineMetrics(registry: MetricsRegistry) {
  const labels = ["controller"] as const
  return {
    total: registry.counter({
      name: "controller_runtime_reconcile_total",
      help: "How many reconciles ended, by how they ended.",
      labels: ["controller", "result"],
    }),
    errors: registry.counter({
      name: "controller_runtime_reconcile_errors_total",
      help: "How many reconciles failed.",
      labels,
    }),
    terminal: registry.counter({
      name: "controller_runtime_terminal_reconcile_errors_total",
      help: "How many reconciles failed in a way that trying again does not mend.",
      labels,
    }),
    panics: registry.counter({
      name: "controller_runtime_reconcile_panics_total",
      help: "How many reconciles ended in a mistake of the program: a broken invariant, a wrong type.",
      labels,
    }),
    time: registry.histogram({
      name: "controller_runtime_reconcile_time_seconds",
      help: "How long reconciles take.",
      labels,
      buckets: timeBuckets,
    }),
    limit: registry.gauge({
      name: "controller_runtime_max_concurrent_reconciles",
      help: "How many keys may be reconciled at once.",
      labels,
    }),
    active: registry.gauge({
      name: "controller_runtime_active_workers",
      help: "How many keys are being reconciled.",
      labels,
    }),
  }
}

/** True for what a program that is right does not throw. */
function isMistake(error: unknown): boolean {
  const kinds = [TypeError, RangeError, ReferenceError]
  return kinds.some((kind) => error instanceof kind) || (error as Error).name === "InvariantError"
}

/** Measures the reconciles of one controller. */
export interface ReconcileMetrics {
  around(work: () => Promise<ReconcileResult | undefined>): Promise<ReconcileResult | undefined>
}

/** Measures under controller-runtime's names. */
export function measureReconciles(
  registry: MetricsRegistry,
  clock: Clock,
  of: { readonly controller: string; readonly concurrency: number },
): ReconcileMetrics {
  const { controller, concurrency } = of
  const metrics = defineMetrics(registry)
  const labels = { controller }
  for (const result of results) metrics.total.add({ controller, result }, 0)
  metrics.errors.add(labels, 0)
  metrics.terminal.add(labels, 0)
  metrics.panics.add(labels, 0)
  metrics.limit.set(labels, concurrency)
  metrics.active.set(labels, 0)
  return {
    async around(work) {
      const startedAt = clock.now()
      metrics.active.add(labels, 1)
      try {
        const result = await work()
        const isLater = result?.wakeAt !== undefined
        metrics.total.add({ controller, result: isLater ? "requeue_after" : "success" })
        return result
      } catch (error) {
        metrics.total.add({ controller, result: "error" })
        metrics.errors.add(labels)
        if (isTerminal(error)) metrics.terminal.add(labels)
        if (isMistake(error)) metrics.panics.add(labels)
        throw error
      } finally {
        metrics.active.add(labels, -1)
        metrics.time.observe(labels, (clock.now() - startedAt) / 1000)
      }
    },
  }
}
