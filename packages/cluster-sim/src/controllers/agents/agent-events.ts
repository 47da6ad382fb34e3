import { createEventCorrelator, type EventRecord, isClusterError } from "@argo-ts/k8s"
import {
  type EpochMs,
  formatInstant,
  formatMicroInstant,
  type JsonObject,
  type UntypedObject,
} from "@argo-ts/kernel"
import { createObject } from "../../api/create.js"
import { replaceObject } from "../../api/replace.js"
import type { Server } from "../../api/server.js"
import { serverRequest } from "../../api/write.js"
import type { KindRules } from "../../kinds/rules.js"
import type { StoredObject } from "../../store/stored-object.js"

/** Records events of one component. */
export interface AgentEvents {
  record(object: StoredObject, event: AgentEvent): void
}

/** An event; `action` makes it one of the newer style, with `eventTime`. */
export interface AgentEvent extends EventRecord {
  readonly action?: string
}

interface Author {
  readonly manager: string
  /** Who reports. */
  readonly component: string
}

function involved({ apiVersion, kind, metadata }: StoredObject): JsonObject {
  const { name, namespace, uid, resourceVersion } = metadata
  return Object.freeze(
    namespace === undefined
      ? { apiVersion, kind, name, uid, resourceVersion }
      : { apiVersion, kind, name, namespace, uid, resourceVersion },
  )
}

const noSource = Object.freeze({})

/** Makes the events of one component: as they are stored, but for what the server says of each. */
function createEventMaker(component: string, now: () => EpochMs) {
  const source = Object.freeze({ component })
  const reportingInstance = `${component}-sim`
  return (object: StoredObject, event: AgentEvent, name: string): UntypedObject => {
    const { action, type, reason, message } = event
    const metadata = { namespace: object.metadata.namespace ?? "default", name }
    const involvedObject = involved(object)
    if (action === undefined) {
      const firstTimestamp = formatInstant(now())
      return {
        apiVersion: "v1",
        kind: "Event",
        metadata,
        involvedObject,
        type,
        reason,
        message,
        count: 1,
        firstTimestamp,
        lastTimestamp: firstTimestamp,
        source,
        reportingComponent: component,
      }
    }
    return {
      apiVersion: "v1",
      kind: "Event",
      metadata,
      involvedObject,
      type,
      reason,
      message,
      action,
      eventTime: formatMicroInstant(now()),
      firstTimestamp: null,
      lastTimestamp: null,
      source: noSource,
      reportingInstance,
      reportingComponent: component,
    }
  }
}

/** Counts a known event once more. */
function again(known: StoredObject, server: Server): UntypedObject {
  const count = typeof known["count"] === "number" ? known["count"] : undefined
  if (count === undefined) {
    const series = known["series"] as { readonly count?: number } | undefined
    const lastObservedTime = formatMicroInstant(server.now())
    const next = { count: (series?.count ?? 1) + 1, lastObservedTime }
    return { ...known, series: next } as unknown as UntypedObject
  }
  const lastTimestamp = formatInstant(server.now())
  return { ...known, count: count + 1, lastTimestamp } as unknown as UntypedObject
}

/** Events written straight to the store, limited and counted as every recorder's are. */
export function createAgentEvents(server: Server, { manager, component }: Author): AgentEvents {
  const correlator = createEventCorrelator(component)
  const newEvent = createEventMaker(component, server.now)
  const rules = server.registry.byId("/events") as KindRules
  return {
    record(object, event) {
      const correlated = correlator.correlate(object, event, server.now())
      if (correlated === undefined) return
      const { namespace = "default" } = object.metadata
      const name = `${object.metadata.name}.${correlated.suffix}`
      const known = server.store.collection(rules).get(namespace, name)
      const { message } = correlated
      try {
        if (known === undefined) {
          const told = message === event.message ? event : { ...event, message }
          const wanted = newEvent(object, told, name)
          const request = { ...serverRequest("create", manager), isOwn: true }
          createObject(server, rules, wanted, request)
        } else {
          const wanted = again(known, server)
          replaceObject(server, rules, known, { ...serverRequest("update", manager), wanted })
        }
      } catch (error) {
        // The namespace is going, or the object went first: nothing is left to tell.
        if (!isClusterError(error, "NotFound") && !isClusterError(error, "Forbidden")) throw error
      }
    },
  }
}
