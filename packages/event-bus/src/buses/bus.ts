import type { EpochMs } from "@argo-ts/kernel"
import type { CloudEvent } from "../api/cloud-event.js"

/** Who waits for events: a sensor. */
export interface BusSubscriber {
  /** Stable over restarts: a durable bus keeps events by it. */
  readonly name: string
  accepts(event: CloudEvent): boolean
  deliver(event: CloudEvent, receivedAt: EpochMs): void
}

/**
 * Carries events from sources to sensors, at least once: each subscriber that accepts an event gets it, in the order
 * of publication, and again after a restart, until it acknowledges.
 */
export interface Bus {
  /**
   * Hands an event to the subscribers of the moment. Resolves once it cannot be lost any more, as far as the bus is
   * durable. The id of an event that is still waiting is published once.
   */
  publish(event: CloudEvent): Promise<void>
  /** Begins delivery, first of what the bus still holds for that name; the returned function ends it. */
  subscribe(subscriber: BusSubscriber): () => void
  /** Forgets an event for a subscriber. */
  acknowledge(subscriber: string, id: string): Promise<void>
}
