import type { EpochMs } from "@argo-ts/kernel"
import { OperationError } from "@argo-ts/kernel"
import type { CloudEvent } from "../api/cloud-event.js"
import type { Bus, BusSubscriber } from "./bus.js"

/** What a bus in memory is made of. */
export interface MemoryBusOptions {
  readonly clock: { now(): EpochMs }
  /** Events that may wait for one subscriber; more are refused with code `BusFull`. Default 50,000. */
  readonly eventsMax?: number
}

/** One subscriber and the ids of the events it has not acknowledged. */
interface Subscription {
  readonly subscriber: BusSubscriber
  readonly waiting: Set<string>
}

const done = Promise.resolve()

/** A bus that forgets everything when the process ends. */
export function createMemoryBus(options: MemoryBusOptions): Bus {
  const { clock, eventsMax = 50_000 } = options
  const subscriptions = new Map<string, Subscription>()
  return {
    async publish(event: CloudEvent) {
      for (const { subscriber, waiting } of subscriptions.values()) {
        if (!subscriber.accepts(event) || waiting.has(event.id)) continue
        if (waiting.size >= eventsMax) {
          const message = `${eventsMax} events wait for "${subscriber.name}"; no more are taken`
          throw new OperationError(message, { code: "BusFull", retryable: true })
        }
        waiting.add(event.id)
        subscriber.deliver(event, clock.now())
      }
    },
    subscribe(subscriber) {
      subscriptions.set(subscriber.name, { subscriber, waiting: new Set() })
      return () => subscriptions.delete(subscriber.name)
    },
    acknowledge(name, id) {
      subscriptions.get(name)?.waiting.delete(id)
      return done
    },
  }
}
