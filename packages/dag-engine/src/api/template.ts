import type { JsonObject } from "@argo-ts/kernel"
import type { ArchiveLocation } from "./artifact.js"
import type { DataTemplate, HttpTemplate, PluginTemplate, ResourceTemplate } from "./leaf.js"
import type { Memoize } from "./memoize.js"
import type { Metrics } from "./metrics.js"
import type { Inputs, Outputs } from "./parameter.js"
import type { DagTemplate, RetryStrategy, SuspendTemplate, WorkflowStep } from "./step.js"
import type { Synchronization } from "./synchronization.js"

/** A container: the Kubernetes type, with the fields that executors read spelt out; all others are carried. */
export interface Container {
  readonly name?: string
  /** Required. */
  readonly image?: string
  /** Argument vector without a shell. */
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly workingDir?: string
  readonly env?: readonly EnvVar[]
  readonly envFrom?: readonly JsonObject[]
  readonly ports?: readonly JsonObject[]
  readonly resources?: JsonObject
  readonly resizePolicy?: readonly JsonObject[]
  readonly restartPolicy?: string
  readonly restartPolicyRules?: readonly JsonObject[]
  readonly volumeMounts?: readonly JsonObject[]
  readonly volumeDevices?: readonly JsonObject[]
  readonly livenessProbe?: JsonObject
  readonly readinessProbe?: JsonObject
  readonly startupProbe?: JsonObject
  readonly lifecycle?: JsonObject
  readonly terminationMessagePath?: string
  readonly terminationMessagePolicy?: string
  readonly imagePullPolicy?: string
  readonly securityContext?: JsonObject
  readonly stdin?: boolean
  readonly stdinOnce?: boolean
  readonly tty?: boolean
}

/** `env[]`. */
export interface EnvVar {
  readonly name: string
  readonly value?: string
  /** Read by pod executors only. */
  readonly valueFrom?: JsonObject
}

/** `script`: a container whose `source` is written to a file and given to `command`. */
export interface ScriptTemplate extends Container {
  /** Default: empty. */
  readonly source?: string
}

/** One of `sidecars` or `initContainers`. */
export interface UserContainer extends Container {
  /** True: it sees what the main container has mounted. Default false. */
  readonly mirrorVolumeMounts?: boolean
}

/** One container of a set. */
export interface ContainerNode extends Container {
  /** Containers of the set that have to succeed first. */
  readonly dependencies?: readonly string[]
}

/** How a container of a set is run again inside its pod. */
export interface ContainerSetRetryStrategy {
  /** A Go duration between attempts. */
  readonly duration?: string
  readonly retries: string | number
}

/** `containerSet`: several containers in one pod. Inputs and outputs are those of the container `main`. */
export interface ContainerSetTemplate {
  readonly containers: readonly ContainerNode[]
  /** Added to every container. */
  readonly volumeMounts?: readonly JsonObject[]
  readonly retryStrategy?: ContainerSetRetryStrategy
}

/** `metadata` of the pods a template makes. */
export interface PodMetadata {
  readonly labels?: { readonly [key: string]: string }
  readonly annotations?: { readonly [key: string]: string }
}

/** One template: exactly one of container, script, steps, dag, suspend, resource, http, containerSet, data, plugin. */
export interface Template {
  /** Absent only in `inline` and `templateDefaults`. */
  readonly name?: string
  readonly inputs?: Inputs
  readonly outputs?: Outputs
  readonly container?: Container
  readonly script?: ScriptTemplate
  /** Groups one after the other; the steps of a group together. */
  readonly steps?: readonly (readonly WorkflowStep[])[]
  readonly dag?: DagTemplate
  readonly suspend?: SuspendTemplate
  readonly resource?: ResourceTemplate
  readonly http?: HttpTemplate
  readonly containerSet?: ContainerSetTemplate
  readonly data?: DataTemplate
  /** One key: the name of the executor plugin. */
  readonly plugin?: PluginTemplate
  readonly retryStrategy?: RetryStrategy
  /** Seconds that a leaf may run, pending time excluded. */
  readonly activeDeadlineSeconds?: string | number
  /** A Go duration that a leaf may take, pending time included. */
  readonly timeout?: string
  /** A Go duration that a leaf may be Pending. */
  readonly pendingTimeout?: string
  /** At most so many children of this steps or dag template at once. */
  readonly parallelism?: number
  /** Start nothing new after a child failed. Default false. */
  readonly failFast?: boolean
  /** Metadata of pods; carried. */
  readonly metadata?: PodMetadata
  /** Annotations of nodes; `workflows.argoproj.io/display-name` names the node. */
  readonly annotations?: { readonly [key: string]: string }
  /** True: whoever waits for it goes on when it is ready, and it is ended with the body around it. Default false. */
  readonly daemon?: boolean
  /** Locks that a node of this template holds while it runs. */
  readonly synchronization?: Synchronization
  /** Remember what a node of this template came to. */
  readonly memoize?: Memoize
  /** Custom metrics. */
  readonly metrics?: Metrics
  /** Containers beside the main one, ended with it. */
  readonly sidecars?: readonly UserContainer[]
  /** Containers that have to succeed first, one after the other. */
  readonly initContainers?: readonly UserContainer[]
  /** Read by pod executors only. */
  readonly volumes?: readonly JsonObject[]
  /** Read by pod executors only. */
  readonly nodeSelector?: { readonly [key: string]: string }
  /** Read by pod executors only. */
  readonly affinity?: JsonObject
  /** Read by pod executors only. */
  readonly tolerations?: readonly JsonObject[]
  /** Read by pod executors only. */
  readonly schedulerName?: string
  /** Read by pod executors only. */
  readonly priorityClassName?: string
  /** Read by pod executors only. */
  readonly serviceAccountName?: string
  /** Read by pod executors only. */
  readonly automountServiceAccountToken?: boolean
  /** Read by pod executors only. */
  readonly executor?: JsonObject
  /** Read by pod executors only. */
  readonly hostAliases?: readonly JsonObject[]
  /** Read by pod executors only. */
  readonly securityContext?: JsonObject
  /** Read by pod executors only. */
  readonly podSpecPatch?: string
  /** Read by pod executors only. */
  readonly podResources?: JsonObject
  /** Read by pod executors only. */
  readonly resourceClaims?: readonly JsonObject[]
  /** Where its artifacts go. Default: the artifact repository, else the run's artifact store. */
  readonly archiveLocation?: ArchiveLocation
}

/** `templateDefaults`: values for what templates leave out. What a template says itself wins; lists replace. */
export interface TemplateDefaults {
  /** For container templates only. */
  readonly container?: Container
  /** For script templates only. */
  readonly script?: ScriptDefaults
  readonly retryStrategy?: RetryStrategy
  readonly activeDeadlineSeconds?: string | number
  readonly timeout?: string
  readonly parallelism?: number
  readonly failFast?: boolean
  readonly metadata?: PodMetadata
  readonly annotations?: { readonly [key: string]: string }
  readonly inputs?: Inputs
  readonly outputs?: Outputs
  /** Read by pod executors only. */
  readonly volumes?: readonly JsonObject[]
  /** Read by pod executors only. */
  readonly nodeSelector?: { readonly [key: string]: string }
  /** Read by pod executors only. */
  readonly affinity?: JsonObject
  /** Read by pod executors only. */
  readonly tolerations?: readonly JsonObject[]
  /** Read by pod executors only. */
  readonly serviceAccountName?: string
  /** Read by pod executors only. */
  readonly automountServiceAccountToken?: boolean
  /** Read by pod executors only. */
  readonly executor?: JsonObject
  /** Read by pod executors only. */
  readonly securityContext?: JsonObject
  /** Read by pod executors only. */
  readonly podSpecPatch?: string
  /** True: whoever waits for it goes on when it is ready, and it is ended with the body around it. Default false. */
  readonly daemon?: boolean
  /** Locks that a node of this template holds while it runs. */
  readonly synchronization?: Synchronization
  /** Remember what a node of this template came to. */
  readonly memoize?: Memoize
  /** Custom metrics. */
  readonly metrics?: Metrics
  readonly sidecars?: readonly UserContainer[]
  readonly initContainers?: readonly UserContainer[]
  readonly pendingTimeout?: string
  readonly archiveLocation?: ArchiveLocation
}

/** `templateDefaults.script`: a script without its source. */
export interface ScriptDefaults extends Container {
  readonly source?: string
}
