import type { JsonObject, ObjectMeta } from "@argo-ts/kernel"
import type { ArtifactRepositoryRef, WorkflowArtifactGC } from "./artifact.js"
import type { Metrics } from "./metrics.js"
import type { Arguments } from "./parameter.js"
import type { WorkflowStatus } from "./status.js"
import type { LifecycleHook, RetryStrategy } from "./step.js"
import type { Synchronization } from "./synchronization.js"
import type { PodMetadata, Template, TemplateDefaults } from "./template.js"

/** `workflowTemplateRef`: run a whole stored template. */
export interface WorkflowTemplateRef {
  readonly name: string
  /** True: a ClusterWorkflowTemplate. Default false. */
  readonly clusterScope?: boolean
}

/** `ttlStrategy`: seconds after which a finished workflow object is deleted. */
export interface TtlStrategy {
  readonly secondsAfterCompletion?: number
  readonly secondsAfterSuccess?: number
  readonly secondsAfterFailure?: number
}

/** `spec` of Workflow and WorkflowTemplate. */
export interface WorkflowSpec {
  readonly templates?: readonly Template[]
  /** The template to run. Required unless `workflowTemplateRef` brings one. */
  readonly entrypoint?: string
  readonly arguments?: Arguments
  readonly workflowTemplateRef?: WorkflowTemplateRef
  /** Values for fields that templates leave out. */
  readonly templateDefaults?: TemplateDefaults
  /** The template to run after everything else. */
  readonly onExit?: string
  /** `exit` is the exit handler. */
  readonly hooks?: { readonly [name: string]: LifecycleHook }
  /** At most so many pods at once. */
  readonly parallelism?: number
  /** Seconds that the whole workflow may take; 0 ends it at once. */
  readonly activeDeadlineSeconds?: number
  /** Retries the whole workflow: the entry template's strategy where it has none. */
  readonly retryStrategy?: RetryStrategy
  /** True: start nothing new. */
  readonly suspend?: boolean
  /** `Stop` ends steps and runs exit handlers; `Terminate` runs none. */
  readonly shutdown?: "Stop" | "Terminate"
  /** Used by the controller's queue and `workflow.priority`. */
  readonly priority?: number
  /** Honoured by the controller: deletes the finished object. */
  readonly ttlStrategy?: TtlStrategy
  /** When pods are deleted: `strategy`, `labelSelector`, `deleteDelayDuration` (default 5s). Default: never. */
  readonly podGC?: JsonObject
  /** Labels and annotations for the Workflow. */
  readonly workflowMetadata?: WorkflowMetadata
  readonly podMetadata?: PodMetadata
  /** True: what containers write is an artifact as well, `main-logs`. Default false. */
  readonly archiveLogs?: boolean
  /** Read by pod executors only; also `workflow.serviceAccountName`. */
  readonly serviceAccountName?: string
  /** Read by pod executors only. */
  readonly automountServiceAccountToken?: boolean
  /** Read by pod executors only. */
  readonly executor?: JsonObject
  /** Read by pod executors only. */
  readonly volumes?: readonly JsonObject[]
  /** Read by pod executors only. */
  readonly nodeSelector?: { readonly [key: string]: string }
  /** Read by pod executors only. */
  readonly affinity?: JsonObject
  /** Read by pod executors only. */
  readonly tolerations?: readonly JsonObject[]
  /** Read by pod executors only. */
  readonly imagePullSecrets?: readonly JsonObject[]
  /** Read by pod executors only. */
  readonly hostNetwork?: boolean
  /** Read by pod executors only. */
  readonly dnsPolicy?: string
  /** Read by pod executors only. */
  readonly dnsConfig?: JsonObject
  /** Read by pod executors only. */
  readonly schedulerName?: string
  /** Read by pod executors only. */
  readonly podPriorityClassName?: string
  /** Read by pod executors only. */
  readonly hostAliases?: readonly JsonObject[]
  /** Read by pod executors only. */
  readonly securityContext?: JsonObject
  /** Read by pod executors only. */
  readonly podSpecPatch?: string
  /** Read by pod executors only. */
  readonly podDisruptionBudget?: JsonObject
  /** Read by pod executors only. */
  readonly podResources?: JsonObject
  /** Read by pod executors only. */
  readonly resourceClaims?: readonly JsonObject[]
  /** Volumes that are made for the workflow: PersistentVolumeClaims, or directories that processes share. */
  readonly volumeClaimTemplates?: readonly JsonObject[]
  /** `strategy`: `OnWorkflowSuccess` (default) or `OnWorkflowCompletion` deletes them at the workflow's end. */
  readonly volumeClaimGC?: JsonObject
  /** Where artifacts without a location of their own go. Default: the run's artifact store. */
  readonly artifactRepositoryRef?: ArtifactRepositoryRef
  /** When artifacts are deleted. Default: never. */
  readonly artifactGC?: WorkflowArtifactGC
  /** Custom metrics. */
  readonly metrics?: Metrics
  /** Locks that the workflow holds while it runs. */
  readonly synchronization?: Synchronization
  /** @unsupported executor plugins */
  readonly executorPlugins?: readonly JsonObject[]
}

/** `workflowMetadata`. */
export interface WorkflowMetadata {
  readonly labels?: { readonly [key: string]: string }
  readonly annotations?: { readonly [key: string]: string }
  /** Labels whose values are expressions over `workflow.…`; known from the start. */
  readonly labelsFrom?: { readonly [key: string]: LabelSource }
}

/** `workflowMetadata.labelsFrom`. */
export interface LabelSource {
  /** Its value is a text that can be a label's. */
  readonly expression: string
}

/** One run. */
export interface Workflow {
  readonly apiVersion: "argoproj.io/v1alpha1"
  readonly kind: "Workflow"
  readonly metadata: ObjectMeta
  readonly spec: WorkflowSpec
  /** Written by the engine only. */
  readonly status?: WorkflowStatus
}

/** A stored WorkflowSpec that others refer to. */
export interface WorkflowTemplate {
  readonly apiVersion: "argoproj.io/v1alpha1"
  readonly kind: "WorkflowTemplate"
  readonly metadata: ObjectMeta
  readonly spec: WorkflowSpec
}

/** A WorkflowTemplate for every namespace. */
export interface ClusterWorkflowTemplate {
  readonly apiVersion: "argoproj.io/v1alpha1"
  readonly kind: "ClusterWorkflowTemplate"
  readonly metadata: ObjectMeta
  readonly spec: WorkflowSpec
}
