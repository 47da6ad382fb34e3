import {
  defineKind,
  formatInstant,
  type Kind,
  type KubernetesObject,
  type Logger,
} from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import { isClusterError } from "../cluster-error.js"
import type { ClusterReader, ClusterWriter } from "../ports.js"
import {
  type CorrelatedEvent,
  createEventCorrelator,
  type EventLimits,
  type EventRecord,
} from "./event-correlator.js"

/** `v1 Event`: what `kubectl describe` shows below an object. */
export interface EventObject extends KubernetesObject {
  readonly involvedObject: {
    readonly apiVersion: string
    readonly kind: string
    readonly name: string
    readonly namespace?: string
    readonly uid?: string
  }
  readonly type: "Normal" | "Warning"
  readonly reason: string
  readonly message: string
  readonly count: number
  readonly firstTimestamp: string
  readonly lastTimestamp: string
  readonly source: { readonly component: string }
  readonly reportingComponent: string
}

/** The core `Event` kind. */
export const events: Kind<EventObject> = defineKind<EventObject>({
  group: "",
  version: "v1",
  kind: "Event",
  plural: "events",
  scope: "Namespaced",
  hasStatus: false,
  shortNames: ["ev"],
})

/** Writes events one after the other; see {@link createEventRecorder}. */
export interface EventRecorder {
  record(object: KubernetesObject, event: EventRecord): void
  /** Resolves when everything recorded so far is written. */
  flush(): Promise<void>
}

/** What a recorder needs. */
export interface EventRecorderOptions {
  readonly cluster: ClusterReader & ClusterWriter
  readonly clock: Clock
  readonly logger: Logger
  /** Who reports. */
  readonly component: string
  /** How many events are too many. */
  readonly limits?: EventLimits
}

function newEvent(
  object: KubernetesObject,
  event: CorrelatedEvent,
  by: { readonly component: string; readonly now: string; readonly name: string },
): EventObject {
  const { component, now, name } = by
  const { namespace, uid } = object.metadata
  const { type, reason, message } = event
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { namespace: namespace ?? "default", name },
    involvedObject: {
      apiVersion: object.apiVersion,
      kind: object.kind,
      name: object.metadata.name ?? "",
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
    },
    type,
    reason,
    message,
    count: 1,
    firstTimestamp: now,
    lastTimestamp: now,
    source: { component },
    reportingComponent: component,
  }
}

/**
 * Records events, aggregated as {@link createEventCorrelator} says. The same words about the same object are one
 * Event with a count, under a name derived from them, so that a restart counts on instead of repeating. Failures are
 * logged: an event never fails a reconcile.
 */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { cluster, clock, logger, component } = options
  const correlator = createEventCorrelator(component, options.limits)
  let last: Promise<void> = Promise.resolve()
  const write = async (object: KubernetesObject, event: CorrelatedEvent): Promise<void> => {
    const namespace = object.metadata.namespace ?? "default"
    const name = `${object.metadata.name}.${event.suffix}`
    const now = formatInstant(clock.now())
    const known = await cluster.get(events, { namespace, name })
    if (known === undefined) {
      await cluster.create(events, newEvent(object, event, { component, now, name }))
      return
    }
    const patch = { count: known.count + 1, message: event.message, lastTimestamp: now }
    await cluster.patch(events, { namespace, name }, { type: "merge", patch })
  }
  return {
    record(object, event) {
      const correlated = correlator.correlate(object, event, clock.now())
      if (correlated === undefined) {
        logger.debug("event dropped: too many about one object", { reason: event.reason })
        return
      }
      last = last
        .then(() => write(object, correlated))
        .catch((error: unknown) => {
          // The namespace is going, or the object went first: nothing is left to tell.
          const isMoot = isClusterError(error, "NotFound") || isClusterError(error, "Forbidden")
          if (!isMoot) logger.warn("event not recorded", { reason: event.reason, error })
        })
    },
    flush: () => last,
  }
}
