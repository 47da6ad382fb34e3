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
  EventRecord,
  Reconcile,
  ReconcileContext,
  ReconcileResult,
  WatchSource,
} from "./controller/controller.js"
export {
  createEventRecorder,
  type EventObject,
  type EventRecorder,
  type EventRecorderOptions,
  events,
} from "./controller/event-recorder.js"
export {
  type ChangeListener,
  createInformer,
  type Informer,
  type InformerOptions,
} from "./controller/informer.js"
export {
  createManager,
  type Manager,
  type ManagerOptions,
  type RunningManager,
} from "./controller/manager.js"
export type { ObjectStore } from "./controller/object-store.js"
export { createWorkQueue, type WorkQueue, type WorkQueueOptions } from "./controller/work-queue.js"
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
