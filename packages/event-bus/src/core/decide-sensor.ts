import { compareText, type Decision, type EpochMs, type Result } from "@argo-ts/kernel"
import type { CloudEvent } from "../api/cloud-event.js"
import type { Sensor, SensorStatus } from "../api/sensor.js"
import type { AttemptOutcome, SensorAction } from "./actions.js"
import { openSensor } from "./decide.js"
import { compileSensor, type SensorOptions, type SensorPlan } from "./plan.js"

/** What is known of the world: the events the bus holds for the sensor, and how attempts ended. */
export interface SensorObserved {
  readonly events: readonly ObservedEvent[]
  readonly attempts?: readonly { readonly key: string; readonly outcome: AttemptOutcome }[]
}

/** An event that the bus holds. */
export interface ObservedEvent {
  /** When the bus accepted it: with the id, its place in the order. */
  readonly receivedAt: EpochMs
  readonly event: CloudEvent
}

/** Decides over a compiled sensor; see {@link decideSensor}. */
export function decidePlan(
  plan: SensorPlan,
  status: SensorStatus | undefined,
  observed: SensorObserved,
  now: EpochMs,
): Decision<SensorStatus, SensorAction> {
  const ordered = observed.events.toSorted(
    (left, right) =>
      left.receivedAt - right.receivedAt || compareText(left.event.id, right.event.id),
  )
  const session = openSensor(plan, status, ordered)
  const attempts = (observed.attempts ?? []).toSorted((l, r) => compareText(l.key, r.key))
  for (const { key, outcome } of attempts)
    session.handle({ type: "AttemptEnded", key, outcome }, now)
  for (const { event } of ordered) session.handle({ type: "EventArrived", event }, now)
  session.handle({ type: "TimePassed" }, now)
  const wakeAt = session.wakeAt()
  const decision = { status: session.status(), actions: session.pending() }
  return wakeAt === undefined ? decision : { ...decision, wakeAt }
}

/**
 * Decides what a sensor does next. An action is proposed until the observation shows its result: an attempt's
 * outcome in `attempts`, an acknowledged event gone from `events`. The order of the observation does not matter.
 * A sensor that cannot be compiled has its issues instead of a decision.
 *
 * @example
 * ```ts
 * const decided = decideSensor(sensor, { events: [{ receivedAt: now, event }] }, now)
 * if (decided.ok) perform(decided.value.actions)
 * ```
 */
export function decideSensor(
  sensor: Sensor,
  observed: SensorObserved,
  now: EpochMs,
  options: SensorOptions = {},
): Result<Decision<SensorStatus, SensorAction>> {
  const plan = compileSensor(sensor, options)
  return plan.ok ? { ok: true, value: decidePlan(plan.value, sensor.status, observed, now) } : plan
}
