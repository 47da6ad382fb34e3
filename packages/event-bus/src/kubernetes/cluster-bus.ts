import { type Cluster, isClusterError } from "@argo-ts/k8s"
import {
  apiVersionOf,
  controllerReference,
  type EpochMs,
  epochMs,
  formatMicroInstant,
  OperationError,
  parseInstant,
  type Stored,
} from "@argo-ts/kernel"
import type { BusEvent } from "../api/bus-event.js"
import type { CloudEvent } from "../api/cloud-event.js"
import { busEvents, eventBuses, sensors } from "../api/kinds.js"
import { parseEventBus } from "../api/parse-event-bus.js"
import type { Sensor } from "../api/sensor.js"
import type { ObservedEvent } from "../core/decide-sensor.js"
import { type EventOrigin, eventId } from "../sources/accepted.js"

/** Labels of a BusEvent, to select by. */
export const busLabels = {
  sensor: "event-bus.argo-ts.dev/sensor",
  source: "event-bus.argo-ts.dev/source",
  event: "event-bus.argo-ts.dev/event",
} as const

const busNameDefault = "default"
const sensorNameMax = 40

/** True where a sensor waits for events of this source and name. Asked of sensors as stored, valid or not. */
function listensTo(sensor: Sensor, { source, subject }: EventOrigin): boolean {
  const { dependencies } = sensor.spec as { readonly dependencies?: unknown }
  if (!Array.isArray(dependencies)) return false
  return dependencies.some(
    (each: Partial<Sensor["spec"]["dependencies"][number]> | null) =>
      each?.eventSourceName === source && each.eventName === subject,
  )
}

/** The name of the record of an event for a sensor: recording it twice is recording it once. */
function recordName(sensor: string, event: CloudEvent): string {
  return `${sensor.slice(0, sensorNameMax)}-${eventId(sensor, event.source, event.subject, event.id).slice(0, 16)}`
}

function label(value: string): string {
  return value.replaceAll(/[^\w.-]/g, "_").slice(0, 63)
}

function recordFor(sensor: Stored<Sensor>, event: CloudEvent, at: EpochMs): BusEvent {
  const { name, namespace = "" } = sensor.metadata
  return {
    apiVersion: apiVersionOf(busEvents),
    kind: busEvents.kind,
    metadata: {
      name: recordName(name, event),
      namespace,
      labels: {
        [busLabels.sensor]: label(name),
        [busLabels.source]: label(event.source),
        [busLabels.event]: label(event.subject),
      },
      ownerReferences: [controllerReference(sensor)],
    },
    spec: {
      sensor: name,
      source: event.source,
      subject: event.subject,
      receivedAt: formatMicroInstant(at),
      event: JSON.stringify(event),
    },
  }
}

/** Why the bus a source or sensor names cannot serve, if so. No EventBus object at all means the built-in bus. */
export async function busProblem(
  cluster: Cluster,
  namespace: string,
  name: string = busNameDefault,
): Promise<string | undefined> {
  const bus = await cluster.get(eventBuses, { namespace, name })
  if (bus === undefined) {
    return name === busNameDefault ? undefined : `there is no EventBus "${name}" in "${namespace}"`
  }
  const parsed = parseEventBus(bus)
  if (parsed.ok) return undefined
  const [issue] = parsed.issues
  return `EventBus "${name}" cannot be used: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`
}

/**
 * Records an event for every sensor of the namespace that listens to it on the same bus, in order of name. When it
 * resolves, no crash can lose the event. Recorded again with the same id, nothing happens.
 */
export async function recordEvent(
  cluster: Cluster,
  accepted: { readonly origin: EventOrigin; readonly event: CloudEvent; readonly at: EpochMs },
  busName?: string,
): Promise<void> {
  const { origin, event, at } = accepted
  const { namespace } = origin
  const { items } = await cluster.list(sensors, { namespace })
  const wanted = busName ?? busNameDefault
  const listening = items
    .filter((sensor) => (sensor.spec.eventBusName ?? busNameDefault) === wanted)
    .filter((sensor) => listensTo(sensor, origin))
    .toSorted((left, right) => (left.metadata.name < right.metadata.name ? -1 : 1))
  for (const sensor of listening) {
    try {
      await cluster.create(busEvents, recordFor(sensor, event, at))
    } catch (error) {
      if (!isClusterError(error, "AlreadyExists")) throw error
    }
  }
}

/** A recorded event, read back. */
export function readRecord(record: Stored<BusEvent>): ObservedEvent {
  const { event, receivedAt } = record.spec
  const at = parseInstant(receivedAt)
  try {
    return {
      receivedAt: at.ok ? at.value : epochMs(0),
      event: JSON.parse(event) as CloudEvent,
    }
  } catch (cause) {
    const message = `BusEvent "${record.metadata.name}" holds no event`
    throw new OperationError(message, { code: "InvalidBusEvent", retryable: false, cause })
  }
}
