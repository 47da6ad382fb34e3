import { type EpochMs, epochMs, formatMicroInstant, parseInstant } from "@argo-ts/kernel"
import type {
  FinishedFiring,
  Firing,
  FiringEvent,
  SensorStatus,
  TriggerStatus,
} from "../api/sensor.js"

/** A firing with instants as numbers. */
export interface FiringState {
  readonly cause: string
  readonly at: EpochMs
  readonly events: readonly FiringEvent[]
  readonly failures: number
  readonly notBefore?: EpochMs
  readonly message?: string
}

/** Which event stands for a dependency, and since when. */
export interface ReceivedState {
  readonly id: string
  readonly at: EpochMs
}

/** How a firing ended, with its instant as a number. */
export interface FinishedState {
  readonly cause: string
  readonly outcome: "Succeeded" | "Failed"
  readonly at: EpochMs
  readonly message?: string
}

/** What one trigger remembers. */
export interface TriggerState {
  readonly received: Map<string, ReceivedState>
  /** By cause, in order of decision. */
  readonly firings: Map<string, FiringState>
  nextPermitAt?: EpochMs
  last?: FinishedState
}

/** What a sensor remembers. */
export interface SensorState {
  readonly triggers: Map<string, TriggerState>
  /** Event id → when it was handled, oldest first. */
  readonly handled: Map<string, EpochMs>
}

/** One entry of a sensor's status that changed. JSON; folding them over a status gives the next one. */
export type SensorChange =
  | { readonly type: "EventHandled"; readonly id: string; readonly at: EpochMs }
  | { readonly type: "EventForgotten"; readonly id: string }
  | {
      readonly type: "EventReceived"
      readonly trigger: string
      readonly dependency: string
      readonly id: string
      readonly at: EpochMs
    }
  | { readonly type: "ReceivedDropped"; readonly trigger: string; readonly dependency: string }
  | { readonly type: "FiringChanged"; readonly trigger: string; readonly firing: FiringState }
  | { readonly type: "FiringEnded"; readonly trigger: string; readonly finished: FinishedState }
  | { readonly type: "PermitTaken"; readonly trigger: string; readonly next: EpochMs }

function instant(text: string | undefined): EpochMs | undefined {
  if (text === undefined) return undefined
  const parsed = parseInstant(text)
  return parsed.ok ? parsed.value : epochMs(0)
}

function openFiring(firing: Firing): FiringState {
  const { cause, events, failures, message } = firing
  const notBefore = instant(firing.notBefore)
  return {
    cause,
    at: instant(firing.at) ?? epochMs(0),
    events,
    failures,
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(message === undefined ? {} : { message }),
  }
}

function openTrigger(status: TriggerStatus): TriggerState {
  const { received = [], firings = [], last } = status
  const nextPermitAt = instant(status.nextPermitAt)
  return {
    received: new Map(
      received.map(({ dependency, id, at }) => [dependency, { id, at: instant(at) ?? epochMs(0) }]),
    ),
    firings: new Map(firings.map((firing) => [firing.cause, openFiring(firing)])),
    ...(nextPermitAt === undefined ? {} : { nextPermitAt }),
    ...(last === undefined ? {} : { last: { ...last, at: instant(last.at) ?? epochMs(0) } }),
  }
}

/** Reads what a status tells. */
export function openState(status: SensorStatus | undefined): SensorState {
  const { triggers = [], handled = [] } = status ?? {}
  return {
    triggers: new Map(triggers.map((trigger) => [trigger.name, openTrigger(trigger)])),
    handled: new Map(handled.map(({ id, at }) => [id, instant(at) ?? epochMs(0)])),
  }
}

/** What a trigger remembers; begun when it is first asked for. */
export function triggerState(state: SensorState, name: string): TriggerState {
  let trigger = state.triggers.get(name)
  if (trigger === undefined) {
    trigger = { received: new Map(), firings: new Map() }
    state.triggers.set(name, trigger)
  }
  return trigger
}

/** Makes one change. The only place that changes a state. */
export function applyChange(state: SensorState, change: SensorChange): void {
  switch (change.type) {
    case "EventHandled":
      // To the end: the map is in order of handling.
      state.handled.delete(change.id)
      state.handled.set(change.id, change.at)
      return
    case "EventForgotten":
      state.handled.delete(change.id)
      return
    case "EventReceived": {
      const { id, at } = change
      triggerState(state, change.trigger).received.set(change.dependency, { id, at })
      return
    }
    case "ReceivedDropped":
      triggerState(state, change.trigger).received.delete(change.dependency)
      return
    case "FiringChanged":
      triggerState(state, change.trigger).firings.set(change.firing.cause, change.firing)
      return
    case "FiringEnded": {
      const trigger = triggerState(state, change.trigger)
      trigger.firings.delete(change.finished.cause)
      trigger.last = change.finished
      return
    }
    case "PermitTaken":
      triggerState(state, change.trigger).nextPermitAt = change.next
  }
}

function writeFiring(firing: FiringState): Firing {
  const { cause, at, events, failures, notBefore, message } = firing
  return {
    cause,
    at: formatMicroInstant(at),
    events,
    failures,
    ...(notBefore === undefined ? {} : { notBefore: formatMicroInstant(notBefore) }),
    ...(message === undefined ? {} : { message }),
  }
}

function writeFinished(finished: FinishedState): FinishedFiring {
  return { ...finished, at: formatMicroInstant(finished.at) }
}

function writeTrigger(name: string, trigger: TriggerState): TriggerStatus {
  const { nextPermitAt, last } = trigger
  const received = [...trigger.received]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([dependency, { id, at }]) => ({ dependency, id, at: formatMicroInstant(at) }))
  const firings = [...trigger.firings.values()].map(writeFiring)
  return {
    name,
    ...(received.length === 0 ? {} : { received }),
    ...(firings.length === 0 ? {} : { firings }),
    ...(nextPermitAt === undefined ? {} : { nextPermitAt: formatMicroInstant(nextPermitAt) }),
    ...(last === undefined ? {} : { last: writeFinished(last) }),
  }
}

/** Writes a state as a status; fields of `before` that are not the decision's stay. */
export function writeState(state: SensorState, before: SensorStatus | undefined): SensorStatus {
  const { triggers: _triggers, handled: _handled, ...kept } = before ?? {}
  const triggers = [...state.triggers]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, trigger]) => writeTrigger(name, trigger))
    .filter((trigger) => Object.keys(trigger).length > 1)
  const handled = [...state.handled].map(([id, at]) => ({ id, at: formatMicroInstant(at) }))
  return {
    ...kept,
    ...(triggers.length === 0 ? {} : { triggers }),
    ...(handled.length === 0 ? {} : { handled }),
  }
}

/** The status after `changes`. Folding the changes of a session over the status it was opened with gives its status. */
export function foldSensorChanges(
  status: SensorStatus | undefined,
  changes: readonly SensorChange[],
): SensorStatus {
  const state = openState(status)
  for (const change of changes) applyChange(state, change)
  return writeState(state, status)
}
