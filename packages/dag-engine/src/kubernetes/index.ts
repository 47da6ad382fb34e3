/**
 * Workflows as controllers over the `Cluster` port.
 *
 * @packageDocumentation
 */
export { workflowKinds } from "../api/kinds.js"
export type { WorkflowParallelism } from "./admission.js"
export {
  type ArchiveRetention,
  type ArchiveStore,
  archiveKey,
  archivingLabel,
  type WorkflowArchive,
} from "./archive.js"
export { artifactFinalizer } from "./artifact-gc.js"
export { artifactRepositories, type ControllerRepository } from "./artifact-repositories.js"
export { type ConfigMap, semaphoreLimits } from "./config-maps.js"
export {
  type WorkflowControllerOptions,
  type WorkflowControllers,
  workflowControllers,
} from "./controllers.js"
export { type CronControllerOptions, cronWorkflowControllers } from "./cron-controllers.js"
export { type CustomMetricsOptions, customMetrics } from "./custom-metrics.js"
export { type ConfigMapCachesOptions, configMapCaches } from "./memo-config-maps.js"
export {
  memoryOffload,
  type NodeOffload,
  type PackOptions,
  packStatus,
  type StatusNodes,
  unpackStatus,
} from "./pack.js"
export { type PodExecutor, type PodExecutorOptions, podExecutor } from "./pods/executor.js"
export type { PodShape } from "./pods/shape.js"
export { type ResourceExecutorOptions, resourceExecutor } from "./resources/executor.js"
export { type ClusterRetryOptions, retryInCluster } from "./retry.js"
export { secretReader } from "./secrets.js"
export { completedLabel, phaseLabel } from "./status-patch.js"
