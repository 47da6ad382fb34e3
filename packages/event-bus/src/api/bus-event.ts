import type { ObjectMeta } from "@argo-ts/kernel"

/**
 * An accepted event that one sensor has not finished with: the bus's memory, kept by the cluster. Written before a
 * source answers its sender, deleted when every trigger that needs it has had its effect.
 *
 * Differs from Argo: upstream keeps events in NATS or Kafka; here they are objects, so that whatever keeps the
 * cluster keeps them too.
 */
export interface BusEvent {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly spec: BusEventSpec
}

/** Which event waits for whom. */
export interface BusEventSpec {
  /** Name of the Sensor, in the same namespace. */
  readonly sensor: string
  /** Name of the EventSource. */
  readonly source: string
  /** Name of the event in it. */
  readonly subject: string
  /** RFC 3339 with microseconds: when it was accepted; with the event's id, the order of the bus. */
  readonly receivedAt: string
  /** The CloudEvent as JSON text: what a server does to objects must not happen to data. */
  readonly event: string
}
