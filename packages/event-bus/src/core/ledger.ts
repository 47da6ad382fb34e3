import type { EpochMs } from "@argo-ts/kernel"
import type { CloudEvent } from "../api/cloud-event.js"
import type { SensorStatus } from "../api/sensor.js"
import type { SensorPlan } from "./plan.js"
import { applyChange, openState, type SensorChange, type SensorState, writeState } from "./state.js"

/** An event that the bus holds for a sensor. */
export interface LedgerEntry {
  readonly event: CloudEvent
}

/** A sensor's memory: what its status tells, and which events are still needed by whom. */
export interface Ledger {
  readonly state: SensorState
  /** Makes a change and notes it. */
  change(change: SensorChange): void
  /** The changes since the last call. */
  takeChanges(): readonly SensorChange[]
  /** True for an event that was handled or is being held. */
  isKnown(id: string, now: EpochMs): boolean
  isHeld(id: string): boolean
  eventOf(id: string): CloudEvent | undefined
  /** Takes an event in, held so many times; not at all means that it only remains to be acknowledged. */
  admit(event: CloudEvent, references: 0 | 1): void
  hold(id: string): void
  /** Lets go of an event once; true when nothing holds it any more. */
  release(id: string, now: EpochMs): boolean
  acknowledged(id: string): void
  /** Events that nothing holds and that the bus still has. */
  unacknowledged(): readonly string[]
  status(): SensorStatus
}

/** Events handled within so many milliseconds are recognised by their id (spec/events §2.1). */
const duplicateWindowMs = 60_000
/** At most so many ids are remembered, unless the bus still has their events. */
const handledMax = 1000
/** Ids are forgotten so many at a time. */
const forgetEvery = 64

interface Held {
  readonly event: CloudEvent
  references: number
}

/** Forgets triggers and dependencies that the sensor has no longer, and counts who holds which event. */
function countReferences(plan: SensorPlan, state: SensorState): Map<string, number> {
  const references = new Map<string, number>()
  const orphans = new Map<string, EpochMs>()
  const count = (id: string): void => void references.set(id, (references.get(id) ?? 0) + 1)
  for (const [name, trigger] of state.triggers) {
    const planned = plan.triggers.get(name)
    for (const [dependency, { id, at }] of trigger.received) {
      if (planned?.conditions.names.includes(dependency)) {
        count(id)
      } else {
        trigger.received.delete(dependency)
        orphans.set(id, at)
      }
    }
    for (const firing of trigger.firings.values()) {
      for (const { id } of firing.events) {
        if (planned === undefined) orphans.set(id, firing.at)
        else count(id)
      }
    }
    if (planned === undefined) state.triggers.delete(name)
  }
  for (const [id, at] of orphans) if (!references.has(id)) state.handled.set(id, at)
  return references
}

/** Opens the memory of a sensor. */
export function createLedger(
  plan: SensorPlan,
  status: SensorStatus | undefined,
  entries: readonly LedgerEntry[],
): Ledger {
  const state = openState(status)
  const references = countReferences(plan, state)
  const held = new Map<string, Held>()
  for (const { event } of entries) {
    const count = references.get(event.id)
    if (count !== undefined) held.set(event.id, { event, references: count })
    else if (state.handled.has(event.id)) held.set(event.id, { event, references: 0 })
  }
  let changes: SensorChange[] = []
  const change = (entry: SensorChange): void => {
    applyChange(state, entry)
    changes.push(entry)
  }
  const forget = (now: EpochMs): void => {
    const { size } = state.handled
    if (size <= handledMax && size % forgetEvery !== 0) return
    let excess = size > handledMax ? size - handledMax + forgetEvery : 0
    for (const [id, at] of state.handled) {
      const isDue = excess-- > 0 || now - at > duplicateWindowMs
      // What the bus still has would be taken for new.
      if (!isDue || held.has(id)) return
      change({ type: "EventForgotten", id })
    }
  }
  return {
    state,
    change,
    takeChanges() {
      const taken = changes
      changes = []
      return taken
    },
    isKnown(id, now) {
      if (held.has(id) || references.has(id)) return true
      const at = state.handled.get(id)
      return at !== undefined && now - at <= duplicateWindowMs
    },
    isHeld: (id) => (held.get(id)?.references ?? 0) > 0,
    eventOf: (id) => held.get(id)?.event,
    admit(event, count) {
      held.set(event.id, { event, references: count })
    },
    hold(id) {
      const entry = held.get(id)
      if (entry !== undefined) entry.references++
    },
    release(id, now) {
      const entry = held.get(id)
      if (entry === undefined || --entry.references > 0) return false
      change({ type: "EventHandled", id, at: now })
      forget(now)
      return true
    },
    acknowledged(id) {
      if (held.get(id)?.references === 0) held.delete(id)
    },
    unacknowledged: () => [...held].flatMap(([id, entry]) => (entry.references === 0 ? [id] : [])),
    status: () => writeState(state, status),
  }
}
