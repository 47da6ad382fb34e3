import type { EpochMs } from "@argo-ts/kernel"
import type { CloudEvent } from "../api/cloud-event.js"
import type { TriggerRequest } from "./request.js"
import type { SensorChange } from "./state.js"

/** Something a sensor wants done. */
export type SensorAction = FireTrigger | AcknowledgeEvent

/** Make one attempt at what a trigger asks for. */
export interface FireTrigger {
  readonly type: "FireTrigger"
  /** Cause and number of the attempt. */
  readonly key: string
  readonly trigger: string
  /** Names the firing and everything it makes; the same for each attempt and after a restart. */
  readonly cause: string
  /** When it was decided. */
  readonly at: EpochMs
  readonly request: TriggerRequest
}

/** Tell the bus that no trigger needs an event any more. */
export interface AcknowledgeEvent {
  readonly type: "AcknowledgeEvent"
  readonly key: string
  readonly id: string
}

/** Something that happened. */
export type SensorFact =
  | { readonly type: "EventArrived"; readonly event: CloudEvent }
  | { readonly type: "AttemptEnded"; readonly key: string; readonly outcome: AttemptOutcome }
  | { readonly type: "EventAcknowledged"; readonly id: string }
  | { readonly type: "TimePassed" }

/** How an attempt to fire ended. */
export type AttemptOutcome =
  | { readonly result: "Succeeded"; readonly message?: string }
  | { readonly result: "Failed"; readonly message: string }

/** What a fact led to: entries of the status that changed, and only the actions that are new. */
export interface SensorStep {
  readonly changes: readonly SensorChange[]
  readonly actions: readonly SensorAction[]
  readonly wakeAt?: EpochMs
}
