/**
 * A Kubernetes cluster in memory, on a virtual clock.
 *
 * @packageDocumentation
 */
export type { ClusterUser } from "./access/access.js"
export type { AccessDecision } from "./access/authorize.js"
export type { AccessQuestion } from "./access/policy-rule.js"
export type { ManagedFieldsMode } from "./api/server.js"
export type { ClusterWrite, WriteVerb } from "./api/write.js"
export { type BuiltInOptions, builtInControllers } from "./controllers/built-in.js"
export type { PodLog, PodLogLine, PodLogOptions } from "./controllers/kubelet/pod-logs.js"
export type { PodMetrics } from "./controllers/kubelet/pod-metrics.js"
export type { PodReading } from "./controllers/kubelet/pod-reading.js"
export type {
  ContainerBehavior,
  ContainerExit,
  PodBehavior,
  PodRule,
  PodScripts,
  ScriptedAnswer,
  ScriptedCommand,
  ScriptedExec,
  ScriptedLine,
  ScriptedUsage,
} from "./controllers/kubelet/pod-script.js"
export { scriptAnnotation } from "./controllers/kubelet/pod-script.js"
export type {
  ExecResult,
  PodSession,
  PodSessions,
  SessionStreams,
  SessionTarget,
} from "./controllers/kubelet/pod-sessions.js"
export type { ProcessOptions } from "./controllers/kubelet/process/options.js"
export { downAnnotation, type NodeOptions, type Taint } from "./controllers/nodes/node.js"
export type { StorageClassOptions } from "./controllers/volumes/first-classes.js"
export type { ProvisionerScript, ProvisionerScripts } from "./controllers/volumes/provisioner.js"
export { deleteCollection } from "./delete-collection.js"
export type { FaultOptions } from "./faults.js"
export type { AdmissionHook, AdmissionOperation, AdmissionReview } from "./hooks/admission-hook.js"
export type { AccountTokens, CheckedToken } from "./http/auth/account-tokens.js"
export type { UserInfo } from "./http/auth/user.js"
export type { Authorizer } from "./http/reviews.js"
export { lastInstant } from "./log/last-instant.js"
export { type LogLine, readLogLines } from "./log/log-file.js"
export { readWrites } from "./log/read-writes.js"
export {
  type ContainerUsage,
  type NodeMetricsObject,
  nextChangeAnnotation,
  nodeMetrics,
  type PodMetricsObject,
  podMetrics,
} from "./metrics/metrics-kinds.js"
export type { ClusterSim, ClusterSimOptions, ClusterSnapshot, DataOptions } from "./options.js"
export { createClusterSim } from "./sim.js"
export { ensureNamespace, type ImportResult, importObjects, servedKind } from "./transfer/import.js"
export { authored, exportObjects } from "./transfer/objects.js"
