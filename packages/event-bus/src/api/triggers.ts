import type { JsonObject, JsonValue } from "@argo-ts/kernel"
import type { Backoff, BasicAuth, TLSConfig, ValueFromSource } from "./common.js"

/** What happens when dependencies are met, and how hard it is tried. */
export interface Trigger {
  readonly template?: TriggerTemplate
  /** Written into the template before anything else. */
  readonly parameters?: readonly TriggerParameter[]
  /** What counts as success beyond the request being taken. */
  readonly policy?: TriggerPolicy
  /** Only counts with `atLeastOnce: true`, as upstream; absent: one attempt. */
  readonly retryStrategy?: Backoff
  readonly rateLimit?: RateLimit
  /** Tries again by `retryStrategy`, one firing at a time. Default false. */
  readonly atLeastOnce?: boolean
  /** @unsupported a trigger for exhausted attempts is not built yet */
  readonly dlqTrigger?: JsonObject
}

/** One trigger of one kind. Where several kinds are set, the first in upstream's order counts. */
export interface TriggerTemplate {
  /** Unique in the sensor. */
  readonly name: string
  /** Dependency names with `&&`, `||` and parentheses. Default: all of them. */
  readonly conditions?: string
  /** Forgets what has arrived so far, at times. */
  readonly conditionsReset?: readonly ConditionsResetCriteria[]
  readonly k8s?: StandardK8STrigger
  readonly argoWorkflow?: ArgoWorkflowTrigger
  readonly http?: HTTPTrigger
  readonly log?: LogTrigger
  /** Calls a function of the embedding program. Not upstream's: Argo refuses it. */
  readonly function?: FunctionTrigger
  /** @unsupported not built yet: needs the AWS adapter */
  readonly awsLambda?: JsonObject
  /** @unsupported not built yet: needs the Azure adapter */
  readonly azureEventHubs?: JsonObject
  /** @unsupported not built yet: needs the Azure adapter */
  readonly azureServiceBus?: JsonObject
  /** @unsupported not built yet: needs the Kafka adapter */
  readonly kafka?: JsonObject
  /** @unsupported not built yet: needs the Pulsar adapter */
  readonly pulsar?: JsonObject
  /** @unsupported not built yet: needs the NATS adapter */
  readonly nats?: JsonObject
  /** @unsupported not built yet: post to Slack with `http` */
  readonly slack?: JsonObject
  /** @unsupported not built yet: call the action with `http` */
  readonly openWhisk?: JsonObject
  /** @unsupported not built yet: needs the gRPC adapter */
  readonly custom?: JsonObject
  /** @unsupported not built yet: needs the SMTP adapter */
  readonly email?: JsonObject
}

/** When a trigger's received events are forgotten. */
export interface ConditionsResetCriteria {
  readonly byTime?: ConditionsResetByTime
}

/** At each tick of a cron. */
export interface ConditionsResetByTime {
  /** Five cron fields. */
  readonly cron: string
  /** IANA zone. Default UTC. */
  readonly timezone?: string
}

/** At most so many attempts per unit, evenly spaced; unused ones are saved up to ten. */
export interface RateLimit {
  /** Default Second. */
  readonly unit?: "Second" | "Minute" | "Hour"
  readonly requestsPerUnit?: number
}

/** Writes a value of an event into a document. */
export interface TriggerParameter {
  readonly src: TriggerParameterSource
  /** An sjson path in the document. May be absent in `http.payload` only: the value is the whole body. */
  readonly dest?: string
  /** What to do where `dest` has a value. Default `overwrite`. */
  readonly operation?: "" | "overwrite" | "append" | "prepend"
}

/** Where a value comes from: a key, or else `value`; with neither, the whole event. */
export interface TriggerParameterSource {
  readonly dependencyName: string
  /** A field of the event's context: `id`, `source`, `specversion`, `type`, `datacontenttype`, `subject`, `time`. */
  readonly contextKey?: string
  /** @unsupported Go templates are not built yet */
  readonly contextTemplate?: string
  /** A gjson path in the event's data. */
  readonly dataKey?: string
  /** @unsupported Go templates are not built yet */
  readonly dataTemplate?: string
  /** Used where nothing else yields a value. */
  readonly value?: string
  /** Writes numbers, booleans, objects and arrays as such instead of as text. Default false. */
  readonly useRawData?: boolean
}

/** Where the object comes from. */
export interface ArtifactLocation {
  /** The object itself. */
  readonly resource?: JsonObject
  /** @unsupported not built yet: write the object under `resource` */
  readonly inline?: string
  /** @unsupported not built yet: write the object under `resource` */
  readonly file?: JsonObject
  /** @unsupported not built yet: write the object under `resource` */
  readonly url?: JsonObject
  /** @unsupported not built yet: write the object under `resource` */
  readonly git?: JsonObject
  /** @unsupported not built yet: write the object under `resource` */
  readonly configmap?: JsonObject
  /** @unsupported not built yet: write the object under `resource` */
  readonly s3?: JsonObject
}

/** Writes a Kubernetes object. */
export interface StandardK8STrigger {
  readonly source?: ArtifactLocation
  /** Default `create`. `update` and `patch` create what does not exist. */
  readonly operation?: "create" | "update" | "patch" | "delete"
  /** Written into the object. */
  readonly parameters?: readonly TriggerParameter[]
  /** Media type of the patch. Default `application/merge-patch+json`. */
  readonly patchStrategy?:
    | "application/merge-patch+json"
    | "application/strategic-merge-patch+json"
    | "application/json-patch+json"
    | "application/apply-patch+yaml"
  /** @unsupported parameters on the live object are not built yet */
  readonly liveObject?: boolean
}

/** Does something with a Workflow. Here: `submit`, which creates it. */
export interface ArgoWorkflowTrigger {
  readonly source?: ArtifactLocation
  /** Only `submit` is built. */
  readonly operation?:
    | "submit"
    | "submit-from"
    | "suspend"
    | "resubmit"
    | "retry"
    | "resume"
    | "terminate"
    | "stop"
  /** Written into the Workflow. */
  readonly parameters?: readonly TriggerParameter[]
  /** @unsupported flags of the argo command are not built yet */
  readonly args?: readonly string[]
}

/** Sends an HTTP request. Any answer is a success unless `policy.status` says which are. */
export interface HTTPTrigger {
  readonly url: string
  /** Default POST. */
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  /** Builds the body, a JSON document. */
  readonly payload?: readonly TriggerParameter[]
  /** Written into this request. */
  readonly parameters?: readonly TriggerParameter[]
  readonly headers?: { readonly [name: string]: string }
  readonly secureHeaders?: readonly SecureHeader[]
  /** Headers computed from events; `dest` is the name. */
  readonly dynamicHeaders?: readonly TriggerParameter[]
  readonly basicAuth?: BasicAuth
  /** @unsupported client certificates are not built yet */
  readonly tls?: TLSConfig
  /** Seconds until the request is given up. Default 60. */
  readonly timeout?: number
  /** @unsupported requests carry the host of their URL */
  readonly host?: string
}

/** A header whose value is kept elsewhere. */
export interface SecureHeader {
  readonly name: string
  readonly valueFrom: ValueFromSource
}

/** Writes the events to the log. */
export interface LogTrigger {
  /** Events within so many seconds of the last written one are left out. Default 0. */
  readonly intervalSeconds?: number
}

/** Calls a function that the embedding program registered. */
export interface FunctionTrigger {
  /** The name it was registered under. */
  readonly name: string
  /** Builds its argument, a JSON document; absent: the events by dependency. */
  readonly payload?: readonly TriggerParameter[]
}

/** What counts as success. */
export interface TriggerPolicy {
  /** @unsupported waiting for labels of the created object is not built yet */
  readonly k8s?: { readonly [field: string]: JsonValue }
  readonly status?: StatusPolicy
}

/** Which HTTP status codes are success. */
export interface StatusPolicy {
  readonly allow: readonly number[]
}
