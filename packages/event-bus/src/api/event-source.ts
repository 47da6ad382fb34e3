import type { JsonObject, ObjectMeta } from "@argo-ts/kernel"
import type { ConditionsStatus, PodTemplate, SecretKeySelector } from "./common.js"

/** Where events come from: one object, any number of named events of several kinds. */
export interface EventSource {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec: EventSourceSpec
  readonly status?: EventSourceStatus
}

/** What the controller found. */
export interface EventSourceStatus extends ConditionsStatus {
  /** Last tick of each calendar event: from it the next is known after a restart. Not upstream's. */
  readonly calendars?: readonly CalendarStatus[]
}

/** Where a calendar stands. */
export interface CalendarStatus {
  /** Name of the event. */
  readonly name: string
  /** The schedule this was counted for: another one starts anew. */
  readonly schedule: string
  /** RFC 3339: the last tick, or when counting began. */
  readonly lastAt: string
}

/** `spec` of an EventSource. Each map is by event name; names are unique across kinds. */
export interface EventSourceSpec {
  /** Which EventBus. Default `default`. */
  readonly eventBusName?: string
  readonly template?: PodTemplate
  /** The Service that upstream creates. Without effect: see the `listen` option of the controllers. */
  readonly service?: JsonObject
  /** Without effect: one process serves. */
  readonly replicas?: number
  readonly calendar?: { readonly [event: string]: CalendarEventSource }
  readonly github?: { readonly [event: string]: GithubEventSource }
  readonly webhook?: { readonly [event: string]: WebhookEventSource }
  /** @unsupported not built yet: needs the AMQP adapter */
  readonly amqp?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet: needs the Azure adapter */
  readonly azureEventsHub?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet: needs the Azure adapter */
  readonly azureQueueStorage?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet: needs the Azure adapter */
  readonly azureServiceBus?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet; a generic webhook accepts its posts */
  readonly bitbucket?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet; a generic webhook accepts its posts */
  readonly bitbucketserver?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet: needs the Emitter adapter */
  readonly emitter?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet */
  readonly file?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet; a generic webhook accepts its posts */
  readonly gerrit?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet: needs the gRPC adapter */
  readonly generic?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet; a generic webhook accepts its posts */
  readonly gitlab?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet: needs the HDFS adapter */
  readonly hdfs?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet: needs the Kafka adapter */
  readonly kafka?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet: needs the S3 adapter */
  readonly minio?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet */
  readonly mns?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet: needs the MQTT adapter */
  readonly mqtt?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet: needs the NATS adapter */
  readonly nats?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet: needs the NSQ adapter */
  readonly nsq?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet: needs the Pub/Sub adapter */
  readonly pubSub?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet: needs the Pulsar adapter */
  readonly pulsar?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet: needs the Redis adapter */
  readonly redis?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet: needs the Redis adapter */
  readonly redisStream?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet */
  readonly resource?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet: needs the SFTP adapter */
  readonly sftp?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet; a generic webhook accepts its posts */
  readonly slack?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet: needs the AWS adapter */
  readonly sns?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet: needs the AWS adapter */
  readonly sqs?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet */
  readonly storageGrid?: { readonly [event: string]: JsonObject }
  /** @unsupported not built yet; a generic webhook accepts its posts */
  readonly stripe?: { readonly [event: string]: JsonObject }
}

/** Lets an event pass only where an expression over its data holds. */
export interface EventSourceFilter {
  readonly expression: string
}

/** Where an HTTP source listens, and what it takes. */
export interface WebhookContext {
  /** Path; a missing leading `/` is added, `{name}` matches one segment. */
  readonly endpoint: string
  /** The one method that is taken. Default POST. */
  readonly method?: string
  /** Port to listen on, as text. */
  readonly port: string
  /** Where the outside reaches it; used by sources that register themselves. */
  readonly url?: string
  /** @unsupported HTTPS is not built yet: put a proxy before it */
  readonly serverCertSecret?: SecretKeySelector
  /** @unsupported HTTPS is not built yet: put a proxy before it */
  readonly serverKeySecret?: SecretKeySelector
  /** Copied into each event's data. */
  readonly metadata?: { readonly [key: string]: string }
  /** A bearer token that requests must carry. */
  readonly authSecret?: SecretKeySelector
  /** Bytes a body may have. Default 1,048,576. */
  readonly maxPayloadSize?: number
}

/** Events posted by anyone. */
export interface WebhookEventSource extends WebhookContext {
  readonly filter?: EventSourceFilter
}

/** Events posted by GitHub, verified with the hook's secret. */
export interface GithubEventSource {
  readonly webhook?: WebhookContext
  /** Which of GitHub's events the hook is registered for; `*` all. The source takes what it is sent. */
  readonly events?: readonly string[]
  /** With it, deliveries whose `X-Hub-Signature-256` or `X-Hub-Signature` does not fit are refused. */
  readonly webhookSecret?: SecretKeySelector
  readonly repositories?: readonly OwnedRepositories[]
  readonly organizations?: readonly string[]
  /** Deprecated upstream: use `repositories`. */
  readonly owner?: string
  /** Deprecated upstream: use `repositories`. */
  readonly repository?: string
  /** Deprecated upstream. */
  readonly id?: number
  /** Credentials to register hooks. Without effect: hooks are registered by hand. */
  readonly apiToken?: SecretKeySelector
  /** @unsupported hooks are registered by hand */
  readonly githubApp?: JsonObject
  /** Whether GitHub may skip certificate checks. Without effect: hooks are registered by hand. */
  readonly insecure?: boolean
  /** Whether the registered hook is active. Without effect: hooks are registered by hand. */
  readonly active?: boolean
  /** `json` or `form`: what the registered hook posts. Both are taken. */
  readonly contentType?: string
  /** Without effect: hooks are registered by hand. */
  readonly githubBaseURL?: string
  /** Without effect: hooks are registered by hand. */
  readonly githubUploadURL?: string
  /** Without effect: hooks are registered by hand. */
  readonly deleteHookOnFinish?: boolean
  /** Copied into each event's data. */
  readonly metadata?: { readonly [key: string]: string }
  readonly filter?: EventSourceFilter
}

/** Repositories of one owner. */
export interface OwnedRepositories {
  readonly owner?: string
  readonly names?: readonly string[]
}

/** Events at times: `schedule` wins where both are set. */
export interface CalendarEventSource {
  /** Five cron fields, `CRON_TZ=Zone` allowed before them. */
  readonly schedule?: string
  /** A Go duration. Each tick is that long after the last, cut to whole seconds. */
  readonly interval?: string
  /** Days on which nothing fires: `EXDATE:20260101T000000Z,…`. Only the date counts. */
  readonly exclusionDates?: readonly string[]
  /** IANA zone of the schedule. Default UTC. */
  readonly timezone?: string
  /** Copied into each event's data. */
  readonly metadata?: { readonly [key: string]: string }
  /** @unsupported catch-up is not built yet; the last tick is kept in the status */
  readonly persistence?: JsonObject
  readonly filter?: EventSourceFilter
}
