/**
 * Ports to a Kubernetes cluster, and what a controller is made of.
 *
 * @packageDocumentation
 */
export {
  ClusterError,
  type ClusterErrorReason,
  isClusterError,
  reasonCodes,
  type StatusCause,
  type StatusDetails,
} from "./cluster-error.js"
export { controller } from "./controller/builder.js"
export type {
  Controller,
  ControllerBuilder,
  ControllerName,
  IndexSource,
  Reconcile,
  ReconcileContext,
  ReconcileResult,
  WatchNarrowing,
  WatchSource,
} from "./controller/controller.js"
export {
  type ChangeListener,
  createInformer,
  type Informer,
  type InformerOptions,
} from "./controller/informer.js"
export { createManager, type Manager, type RunningManager } from "./controller/manager.js"
export type { ManagerOptions } from "./controller/manager-options.js"
export type { ObjectStore } from "./controller/object-store.js"
export {
  type OpenTelemetrySpan,
  type OpenTelemetryTracer,
  openTelemetryTracing,
} from "./controller/opentelemetry.js"
export {
  allOf,
  annotationsChanged,
  anyOf,
  type ChangePredicate,
  deletionBegan,
  generationChanged,
  labelsChanged,
  versionChanged,
} from "./controller/predicates.js"
export {
  createRetryLimiter,
  exponentialBackoff,
  type RateLimiter,
  type RetryLimits,
  slowestOf,
  type TokenBucket,
  tokenBucket,
} from "./controller/rate-limiter.js"
export type { SpanAttributes, Tracing } from "./controller/tracing.js"
export {
  createWorkQueue,
  type WorkQueue,
  type WorkQueueObserver,
  type WorkQueueOptions,
} from "./controller/work-queue.js"
export {
  type CorrelatedEvent,
  createEventCorrelator,
  type EventCorrelator,
  type EventLimits,
  type EventRecord,
} from "./events/event-correlator.js"
export {
  createEventRecorder,
  type EventObject,
  type EventRecorder,
  type EventRecorderOptions,
  events,
} from "./events/event-recorder.js"
export { type ClusterRequest, type Interceptor, interceptCluster } from "./intercept.js"
export {
  type Counter,
  createMetricsRegistry,
  type Gauge,
  type Histogram,
  type LabelValues,
  type MetricDefinition,
  type MetricsRegistry,
  metricsContentType,
} from "./metrics/registry.js"
export {
  type ConditionChange,
  type Conditioned,
  changeConditions,
  isConditionTrue,
  patchConditions,
} from "./objects/conditions.js"
export { addFinalizer, hasFinalizer, isTerminating, removeFinalizer } from "./objects/finalizers.js"
export { type GuardedChange, patchGuarded } from "./objects/guarded-patch.js"
export { addOwner, isOwnedBy, removeOwner, setController } from "./objects/owners.js"
export type { ShardOptions } from "./ownership/group.js"
export {
  electLeader,
  type LeaderElection,
  type LeaderElectionOptions,
} from "./ownership/leader-election.js"
export { type LeaseObject, type LeaseSpec, leases } from "./ownership/lease.js"
export type { LeaseTimes, OwnedRun, Ownership } from "./ownership/ownership.js"
export { ownerOf } from "./ownership/rendezvous.js"
export { joinShards, type Shard } from "./ownership/shards.js"
export type {
  ApplyOptions,
  Cluster,
  ClusterDiscovery,
  ClusterReader,
  ClusterWatcher,
  ClusterWriter,
  DeleteOptions,
  DiscoveryOptions,
  GetOptions,
  JsonPatchOperation,
  ListOptions,
  ObjectList,
  Patch,
  Selection,
  WatchEvent,
  WatchObserver,
  WatchOptions,
  WriteOptions,
} from "./ports.js"
