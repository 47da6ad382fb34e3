import { createEventCorrelator, type EventRecord, isClusterError } from "@argo-ts/k8s"
import { formatInstant, formatMicroInstant, type UntypedObject } from "@argo-ts/kernel"
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

function newEvent(
  object: StoredObject,
  event: AgentEvent,
  by: { readonly component: string; readonly name: string; readonly server: Server },
): UntypedObject {
  const { component, name, server } = by
  const { namespace, uid, resourceVersion } = object.metadata
  const now = formatInstant(server.now())
  const { action, type, reason, message } = event
  const times =
    action === undefined
      ? { count: 1, firstTimestamp: now, lastTimestamp: now, source: { component } }
      : {
          action,
          eventTime: formatMicroInstant(server.now()),
          firstTimestamp: null,
          lastTimestamp: null,
          source: {},
          reportingInstance: `${component}-sim`,
        }
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { namespace: namespace ?? "default", name },
    involvedObject: {
      apiVersion: object.apiVersion,
      kind: object.kind,
      name: object.metadata.name,
      ...(namespace === undefined ? {} : { namespace }),
      uid,
      resourceVersion,
    },
    type,
    reason,
    message,
    ...times,
    reportingComponent: component,
  } as unknown as UntypedObject
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
          const wanted = newEvent(object, { ...event, message }, { component, name, server })
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
