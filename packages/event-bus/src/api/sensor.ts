import type { ObjectMeta } from "@argo-ts/kernel"
import type { ConditionsStatus, PodTemplate } from "./common.js"
import type { EventDependency } from "./filters.js"
import type { Trigger } from "./triggers.js"

/** Waits for events and fires triggers. */
export interface Sensor {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec: SensorSpec
  readonly status?: SensorStatus
}

/** `spec` of a Sensor. */
export interface SensorSpec {
  readonly dependencies: readonly EventDependency[]
  readonly triggers: readonly Trigger[]
  readonly template?: PodTemplate
  /** Declared and never read upstream; without effect. */
  readonly errorOnFailedRound?: boolean
  /** Which EventBus. Default `default`. */
  readonly eventBusName?: string
  /** Without effect: one process serves. */
  readonly replicas?: number
  /** Without effect: no Deployment is made. */
  readonly revisionHistoryLimit?: number
  /** Without effect, as upstream. */
  readonly loggingFields?: { readonly [key: string]: string }
}

/**
 * Where a sensor stands. Upstream has only `conditions` and keeps the rest in its bus; here it is part of the
 * object, so that a new process continues exactly where the last one stopped.
 */
export interface SensorStatus extends ConditionsStatus {
  /** One entry for each trigger that waits for something or has something to do; sorted by name. */
  readonly triggers?: readonly TriggerStatus[]
  /** Events handled lately, oldest first: one with the same id is a duplicate. */
  readonly handled?: readonly HandledEvent[]
}

/** Where one trigger stands. */
export interface TriggerStatus {
  readonly name: string
  /** The latest event of each dependency that has arrived while others are missing; sorted by dependency. */
  readonly received?: readonly ReceivedEvent[]
  /** Decided and not yet observed to be done; in order of decision. */
  readonly firings?: readonly Firing[]
  /** RFC 3339: when the rate limit grants the next attempt. */
  readonly nextPermitAt?: string
  /** How the last finished firing ended. */
  readonly last?: FinishedFiring
}

/** An event a trigger holds on to. */
export interface ReceivedEvent {
  readonly dependency: string
  /** The event's id. */
  readonly id: string
  /** RFC 3339: when it was handled. */
  readonly at: string
}

/** A trigger that is about to fire, or between two attempts. */
export interface Firing {
  /** Names the firing and everything it makes: sensor, trigger and events. */
  readonly cause: string
  /** RFC 3339: when it was decided. */
  readonly at: string
  readonly events: readonly FiringEvent[]
  /** How many attempts have failed. */
  readonly failures: number
  /** RFC 3339: not before this instant. */
  readonly notBefore?: string
  /** Why the last attempt failed. */
  readonly message?: string
}

/** Which event stands for which dependency. */
export interface FiringEvent {
  readonly dependency: string
  readonly id: string
}

/** How a firing ended. */
export interface FinishedFiring {
  readonly cause: string
  readonly outcome: "Succeeded" | "Failed"
  /** RFC 3339. */
  readonly at: string
  /** What it did, or why it failed. */
  readonly message?: string
}

/** An event that was handled. */
export interface HandledEvent {
  readonly id: string
  /** RFC 3339. */
  readonly at: string
}
