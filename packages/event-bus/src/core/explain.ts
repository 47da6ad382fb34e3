import { type EpochMs, parseInstant } from "@argo-ts/kernel"
import type { Sensor, TriggerStatus } from "../api/sensor.js"
import { compileSensor, type SensorOptions, type TriggerPlan } from "./plan.js"

/** Why a trigger is where it is. */
export type TriggerReason =
  | "WaitingForEvents"
  | "Firing"
  | "WaitingForRetry"
  | "WaitingForTurn"
  | "Failed"
  | "InvalidSensor"

/** One trigger's state, for machines and in a sentence. */
export interface TriggerExplanation {
  readonly trigger: string
  readonly reason: TriggerReason
  readonly message: string
  /** Dependencies that have arrived and are remembered. */
  readonly received: readonly string[]
  /** Dependencies it names that have not. */
  readonly missing: readonly string[]
}

function list(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ")
}

function secondsUntil(text: string | undefined, now: EpochMs): number {
  const at = text === undefined ? undefined : parseInstant(text)
  return at?.ok === true ? Math.max(0, Math.ceil((at.value - now) / 1000)) : 0
}

function firingSentence(
  plan: TriggerPlan,
  status: TriggerStatus,
  now: EpochMs,
): [TriggerReason, string] {
  const firings = status.firings ?? []
  const [first] = firings
  const events = first === undefined ? "" : list(first.events.map(({ id }) => id))
  const others = firings.length > 1 ? `; ${firings.length - 1} more firings wait` : ""
  if (first?.notBefore === undefined) return ["Firing", `is firing for event ${events}${others}`]
  const seconds = secondsUntil(first.notBefore, now)
  if (first.failures === 0) {
    return [
      "WaitingForTurn",
      `waits ${seconds} s for its rate limit to fire for event ${events}${others}`,
    ]
  }
  const attempt = `attempt ${first.failures + 1} of ${plan.backoff.attempts} in ${seconds} s`
  return [
    "WaitingForRetry",
    `waits for ${attempt}: ${first.message ?? "the last one failed"}${others}`,
  ]
}

function waitingSentence(received: readonly string[], missing: readonly string[]): string {
  const arrived = received.length === 0 ? "" : ` (${list(received)} arrived)`
  return `waits for ${list(missing)}${arrived}`
}

function explainTrigger(
  plan: TriggerPlan,
  status: TriggerStatus | undefined,
  now: EpochMs,
): TriggerExplanation {
  const { name, conditions } = plan
  const received = (status?.received ?? []).map(({ dependency }) => dependency)
  const missing = conditions.names.filter((each) => !received.includes(each))
  const known = { trigger: name, received, missing }
  if ((status?.firings ?? []).length > 0) {
    const [reason, text] = firingSentence(plan, status as TriggerStatus, now)
    return { ...known, reason, message: `trigger "${name}" ${text}` }
  }
  const waiting = `trigger "${name}" ${waitingSentence(received, missing)}`
  if (status?.last?.outcome === "Failed") {
    const { at, message } = status.last
    return {
      ...known,
      reason: "Failed",
      message: `${waiting}; it failed at ${at}: ${message ?? ""}`,
    }
  }
  return { ...known, reason: "WaitingForEvents", message: waiting }
}

/**
 * Tells for each trigger of a sensor what it waits for and why, from the status alone. A sensor that cannot be
 * compiled explains that instead.
 */
export function explainSensor(
  sensor: Sensor,
  now: EpochMs,
  options: SensorOptions = {},
): readonly TriggerExplanation[] {
  const plan = compileSensor(sensor, options)
  if (!plan.ok) {
    const message = plan.issues.map((issue) => issue.message).join("; ")
    const name = sensor.metadata.name ?? ""
    return sensor.spec.triggers.map(({ template }) => ({
      trigger: template?.name ?? "",
      reason: "InvalidSensor",
      message: `sensor "${name}" cannot run: ${message}`,
      received: [],
      missing: [],
    }))
  }
  const byName = new Map((sensor.status?.triggers ?? []).map((trigger) => [trigger.name, trigger]))
  return [...plan.value.triggers.values()].map((each) =>
    explainTrigger(each, byName.get(each.name), now),
  )
}
