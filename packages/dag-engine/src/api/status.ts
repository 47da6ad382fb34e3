import type { Condition, JsonObject } from "@argo-ts/kernel"
import type { Artifact, ArtifactRepositoryRef, S3Artifact } from "./artifact.js"
import type { MemoizationStatus } from "./memoize.js"
import type { Inputs, Parameter } from "./parameter.js"
import type { TemplateRef } from "./step.js"
import type { NodeSynchronizationStatus, SynchronizationStatus } from "./synchronization.js"
import type { Template } from "./template.js"
import type { WorkflowSpec } from "./workflow.js"

/** What kind of thing a node stands for. */
export type NodeType =
  | "Pod"
  | "Container"
  | "Steps"
  | "StepGroup"
  | "DAG"
  | "TaskGroup"
  | "Retry"
  | "Skipped"
  | "Suspend"
  | "HTTP"
  | "Plugin"

/** How far a node is. */
export type NodePhase =
  | "Pending"
  | "Running"
  | "Succeeded"
  | "Skipped"
  | "Failed"
  | "Error"
  | "Omitted"

/** How far a workflow is. */
export type WorkflowPhase = "Pending" | "Running" | "Succeeded" | "Failed" | "Error"

/** What a node left behind. */
export interface NodeOutputs {
  readonly parameters?: readonly Parameter[]
  readonly artifacts?: readonly Artifact[]
  /** Standard output of a container or script, or an aggregate. At most 256 KiB, the tail. */
  readonly result?: string
  readonly exitCode?: string
}

/** How a node came to be. */
export interface NodeFlag {
  /** Made by a hook or exit handler. */
  readonly hooked?: boolean
  /** An attempt of a Retry node. */
  readonly retried?: boolean
}

/** One node of the tree (`status.nodes.<id>`). Instants are RFC 3339, whole seconds. */
export interface NodeStatus {
  readonly id: string
  readonly name: string
  readonly displayName: string
  readonly type: NodeType
  readonly phase: NodePhase
  readonly templateName?: string
  readonly templateRef?: TemplateRef
  /** `local/<workflow>`, `namespaced/<template>` or `cluster/<template>`. */
  readonly templateScope?: string
  /** The enclosing Steps or DAG node. */
  readonly boundaryID?: string
  readonly message?: string
  readonly startedAt?: string
  readonly finishedAt?: string
  readonly inputs?: Inputs
  readonly outputs?: NodeOutputs
  /** Nodes that came after this one, in order: edges of execution, not containment. */
  readonly children?: readonly string[]
  /** Where whoever follows a Steps or DAG node is attached. */
  readonly outboundNodes?: readonly string[]
  readonly nodeFlag?: NodeFlag
  readonly hostNodeName?: string
  /** False while a step that was told to end has not been seen to end, or a cache does not have yet what it came to. */
  readonly taskResultSynced?: boolean
  /** `fulfilled/all`, steps that execute something. */
  readonly progress?: string
  /** Seconds. Differs from Argo: read, and never estimated. */
  readonly estimatedDuration?: number
  readonly resourcesDuration?: { readonly [resource: string]: number }
  readonly podIP?: string
  readonly daemoned?: boolean
  readonly memoizationStatus?: MemoizationStatus
  readonly synchronizationStatus?: NodeSynchronizationStatus
  readonly failedPodRestarts?: number
  readonly restartingPodUID?: string
}

/** Where artifacts go (`artifactRepository`), as ConfigMaps describe it. */
export interface ArtifactRepository {
  /** True: what containers write is an artifact as well, whatever workflows say. */
  readonly archiveLogs?: boolean
  readonly s3?: S3ArtifactRepository
}

/** `artifactRepository.s3`. */
export interface S3ArtifactRepository extends S3Artifact {
  /** The key before the artifact's name, with tags. Default `{{workflow.name}}/{{pod.name}}`. */
  readonly keyFormat?: string
}

/** `status.artifactRepositoryRef`. */
export interface ArtifactRepositoryRefStatus extends ArtifactRepositoryRef {
  readonly namespace?: string
  /** True: the controller's own. */
  readonly default?: boolean
  readonly artifactRepository?: ArtifactRepository
}

/** `status.artifactGCStatus`. */
export interface ArtifactGCStatus {
  /** Strategies that have been carried out. */
  readonly strategiesProcessed?: { readonly [strategy: string]: boolean }
  /** Carried: no pods delete artifacts here. */
  readonly podsRecouped?: { readonly [pod: string]: boolean }
  /** True: no artifact is ever deleted. */
  readonly notSpecified?: boolean
}

/** `status` of a Workflow. */
export interface WorkflowStatus {
  readonly phase?: WorkflowPhase
  readonly message?: string
  readonly startedAt?: string
  readonly finishedAt?: string
  readonly progress?: string
  readonly nodes?: { readonly [id: string]: NodeStatus }
  /** Outputs with a `globalName`. */
  readonly outputs?: NodeOutputs
  readonly conditions?: readonly Condition[]
  /** Templates of other objects, frozen when first used. */
  readonly storedTemplates?: { readonly [key: string]: Template }
  /** The spec that runs: the workflow's own merged over its template's, frozen at the start. */
  readonly storedWorkflowTemplateSpec?: WorkflowSpec
  /** Seconds. Differs from Argo: read, and never estimated. */
  readonly estimatedDuration?: number
  readonly resourcesDuration?: { readonly [resource: string]: number }
  readonly compressedNodes?: string
  readonly offloadNodeStatusVersion?: string
  readonly persistentVolumeClaims?: readonly JsonObject[]
  readonly synchronization?: SynchronizationStatus
  /** The artifact repository, frozen at the start. */
  readonly artifactRepositoryRef?: ArtifactRepositoryRefStatus
  readonly artifactGCStatus?: ArtifactGCStatus
  /** Differs from Argo: read, and never written: no task results are awaited apart from the ends of their pods. */
  readonly taskResultsCompletionStatus?: { readonly [id: string]: boolean }
}
