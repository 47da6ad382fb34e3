import { type EpochMs, epochMs, formatMicroInstant, type JsonValue } from "@argo-ts/kernel"
import type { CloudEvent } from "../api/cloud-event.js"
import type { EventDependency } from "../api/filters.js"
import type { Sensor } from "../api/sensor.js"
import type { Trigger } from "../api/triggers.js"

/** 2026-01-01T00:00:00Z: where the builders' time begins. */
export const startOfTests: EpochMs = epochMs(Date.UTC(2026, 0, 1))

/** What may be said of an event; everything has a default. */
export interface EventSketch {
  readonly id?: string
  /** Default `webhook`. */
  readonly source?: string
  /** Name of the event. Default `example`. */
  readonly subject?: string
  readonly type?: string
  readonly at?: EpochMs
  readonly data?: JsonValue
}

/** An event from `webhook/example`. */
export function anEvent(sketch: EventSketch = {}): CloudEvent {
  const { id = "event-1", source = "webhook", subject = "example", type = "webhook" } = sketch
  const { at = startOfTests, data = { body: {} } } = sketch
  const time = formatMicroInstant(at)
  const datacontenttype = "application/json"
  return { id, source, subject, type, specversion: "1.0", datacontenttype, time, data }
}

/** A dependency called `name` on the event of that name from `webhook`. */
export function aDependency(name: string, rest: Partial<EventDependency> = {}): EventDependency {
  return { name, eventSourceName: "webhook", eventName: name, ...rest }
}

/** A trigger that logs. */
export function aTrigger(
  name: string,
  template: Partial<NonNullable<Trigger["template"]>> = { log: {} },
  rest: Omit<Trigger, "template"> = {},
): Trigger {
  return { template: { name, ...template }, ...rest }
}

/** A sensor `sensor` in namespace `argo-events`. */
export function aSensor(
  dependencies: readonly EventDependency[],
  triggers: readonly Trigger[],
): Sensor {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Sensor",
    metadata: { name: "sensor", namespace: "argo-events", uid: "sensor-uid", generation: 1 },
    spec: { dependencies, triggers },
  }
}
