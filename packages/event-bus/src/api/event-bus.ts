import type { JsonObject, ObjectMeta } from "@argo-ts/kernel"
import type { ConditionsStatus } from "./common.js"

/** The bus between the sources and the sensors of a namespace. Named `default` unless they say otherwise. */
export interface EventBus {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec: EventBusSpec
  readonly status?: ConditionsStatus
}

/**
 * Which bus; exactly one. The native forms describe servers that upstream starts in the cluster: here the
 * built-in bus takes their place, with the same delivery semantics. Forms that name a server elsewhere are not
 * built yet.
 */
export interface EventBusSpec {
  /** Deprecated upstream (STAN is at its end of life). */
  readonly nats?: NatsBus
  readonly jetstream?: JetStreamBus
  /** @unsupported a JetStream server elsewhere needs the NATS adapter */
  readonly jetstreamExotic?: JsonObject
  /** @unsupported a Kafka cluster elsewhere needs the Kafka adapter */
  readonly kafka?: JsonObject
}

/** NATS Streaming: started by the controller, or elsewhere. */
export interface NatsBus {
  /** Served by the built-in bus. Its settings describe pods and have no effect. */
  readonly native?: JsonObject
  /** @unsupported a NATS Streaming server elsewhere needs the NATS adapter */
  readonly exotic?: JsonObject
}

/** JetStream, started by the controller. Served by the built-in bus: settings of servers and pods have no effect. */
export interface JetStreamBus {
  /** Version of the server; required. */
  readonly version?: string
  /** 1, or at least 3. Default 3. */
  readonly replicas?: number
  readonly persistence?: JsonObject
  /** Text of the server's configuration. */
  readonly settings?: string
  readonly startArgs?: readonly string[]
  /** Default `1MB`. */
  readonly maxPayload?: string
  /** YAML text of the stream's settings. */
  readonly streamConfig?: string
  readonly containerTemplate?: JsonObject
  readonly reloaderContainerTemplate?: JsonObject
  readonly metricsContainerTemplate?: JsonObject
  readonly metadata?: JsonObject
  readonly nodeSelector?: { readonly [label: string]: string }
  readonly tolerations?: readonly JsonObject[]
  readonly securityContext?: JsonObject
  readonly imagePullSecrets?: readonly JsonObject[]
  readonly priorityClassName?: string
  readonly priority?: number
  readonly affinity?: JsonObject
  readonly serviceAccountName?: string
}
