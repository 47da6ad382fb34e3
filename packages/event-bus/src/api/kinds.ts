/**
 * The kinds of Argo Events, without the engine.
 *
 * @packageDocumentation
 */
import { defineKind, type Kind } from "@argo-ts/kernel"
import type { BusEvent } from "./bus-event.js"
import type { EventBus } from "./event-bus.js"
import type { EventSource } from "./event-source.js"
import type { Sensor } from "./sensor.js"

const argo = { group: "argoproj.io", version: "v1alpha1", scope: "Namespaced" } as const

/** `argoproj.io/v1alpha1` EventSource. */
export const eventSources: Kind<EventSource> = defineKind({
  ...argo,
  kind: "EventSource",
  plural: "eventsources",
  hasStatus: true,
  shortNames: ["es"],
})

/** `argoproj.io/v1alpha1` EventBus; its plural is irregular. */
export const eventBuses: Kind<EventBus> = defineKind({
  ...argo,
  kind: "EventBus",
  plural: "eventbus",
  hasStatus: true,
  shortNames: ["eb"],
})

/** `argoproj.io/v1alpha1` Sensor. */
export const sensors: Kind<Sensor> = defineKind({
  ...argo,
  kind: "Sensor",
  plural: "sensors",
  hasStatus: true,
  shortNames: ["sn"],
})

/** `event-bus.argo-ts.dev/v1alpha1` BusEvent: our own, see {@link BusEvent}. */
export const busEvents: Kind<BusEvent> = defineKind({
  group: "event-bus.argo-ts.dev",
  version: "v1alpha1",
  kind: "BusEvent",
  plural: "busevents",
  scope: "Namespaced",
  hasStatus: false,
})

/** Every kind this package brings to a cluster. */
export const eventKinds: readonly Kind[] = [eventSources, eventBuses, sensors, busEvents]
