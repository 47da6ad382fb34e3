import { type Controller, controller } from "@argo-ts/k8s"
import { own } from "@argo-ts/kernel"
import { replicaSets, services } from "../api/foreign.js"
import {
  analysisRuns,
  analysisTemplates,
  clusterAnalysisTemplates,
  rollouts,
} from "../api/kinds.js"
import { managedByAnnotation } from "../core/labels.js"
import type { MetricProviders } from "../metrics/metric-provider.js"
import { reconcileAnalysisRun } from "../runtime/reconcile-analysis-run.js"
import { reconcileRollout } from "../runtime/reconcile-rollout.js"
import { createInMemoryRouter, inMemoryRouterName } from "../traffic/in-memory-router.js"
import type { TrafficRouters } from "../traffic/traffic-router.js"

/** What the controllers work with. */
export interface RolloutControllersOptions {
  /** Who measures; see `createWebProvider` and `createPrometheusProvider`. */
  readonly metrics: MetricProviders
  /**
   * Routers by name (`smi`, or a key of `trafficRouting.plugins`), beside the in-memory one that serves `smi` and
   * `argo-ts/in-memory`. An entry of the same name replaces it.
   */
  readonly traffic?: TrafficRouters
}

/**
 * The controllers for Rollouts (`progressive-delivery`) and AnalysisRuns (`progressive-delivery/analysis`).
 *
 * @example
 * ```ts
 * const http = createHttpClient({ clock, logger })
 * const metrics = { web: createWebProvider(http), prometheus: createPrometheusProvider({ http }) }
 * createManager({ cluster, clock, logger }).add(...rolloutControllers({ metrics })).start()
 * ```
 */
export function rolloutControllers(options: RolloutControllersOptions): readonly Controller[] {
  const inMemory = createInMemoryRouter()
  const routers: TrafficRouters = {
    smi: inMemory,
    [inMemoryRouterName]: inMemory,
    ...options.traffic,
  }
  const ofRollouts = controller("progressive-delivery", rollouts)
    .owns(replicaSets)
    .owns(analysisRuns)
    .watches(services, ({ metadata }) => {
      const name = own(metadata.annotations, managedByAnnotation)
      const { namespace } = metadata
      if (name === undefined) return []
      return [namespace === undefined ? { name } : { namespace, name }]
    })
    // Read from memory; a change of a template concerns the runs that start after it.
    .watches(analysisTemplates, () => [])
    .watches(clusterAnalysisTemplates, () => [])
    .reconcile((key, context) => reconcileRollout(key, context, routers))
  const ofRuns = controller("progressive-delivery/analysis", analysisRuns).reconcile(
    (key, context) => reconcileAnalysisRun(key, context, options.metrics),
  )
  return [ofRollouts, ofRuns]
}
