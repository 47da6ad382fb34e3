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
export type {
  Controller,
  ControllerBuilder,
  EventRecord,
  Reconcile,
  ReconcileContext,
  ReconcileResult,
  WatchSource,
} from "./controller/controller.js"
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
