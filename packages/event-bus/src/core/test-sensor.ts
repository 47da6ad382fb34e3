import type { EpochMs, Issue, Result } from "@argo-ts/kernel"
import type { CloudEvent } from "../api/cloud-event.js"
import type { Sensor, SensorStatus } from "../api/sensor.js"
import type { FireTrigger, SensorStep } from "./actions.js"
import { openSensor } from "./decide.js"
import type { FilterFinding } from "./filters.js"
import {
  compileSensor,
  type DependencyPlan,
  type SensorOptions,
  subjectOf,
  type TriggerPlan,
} from "./plan.js"

/** What one dependency made of an event. */
export interface DependencyVerdict {
  readonly dependency: string
  /** `OtherEvent`: the event comes from elsewhere; else what the filters decided. */
  readonly reason: "OtherEvent" | "Passed" | "Refused" | "Failed"
  /** Every filter and what it found, whatever decided. */
  readonly filters: readonly FilterFinding[]
  readonly message?: string
}

/** What one trigger would do. */
export interface TriggerVerdict {
  readonly trigger: string
  readonly fires: boolean
  /** What it asks for, parameters filled in. */
  readonly action?: FireTrigger
  /** Why it does not fire, or why it fires in vain. */
  readonly message?: string
}

/** What a sensor would make of an event. */
export interface SensorTrial {
  readonly dependencies: readonly DependencyVerdict[]
  readonly triggers: readonly TriggerVerdict[]
  /** Where the sensor would stand. */
  readonly status: SensorStatus
}

/** What a trial may know besides the event. */
export interface SensorTrialOptions extends SensorOptions {
  /** Events that arrived before, oldest first. Default none. */
  readonly earlier?: readonly CloudEvent[]
}

function judgeDependency(dependency: DependencyPlan, event: CloudEvent): DependencyVerdict {
  const { name, subject, filters } = dependency
  if (subject !== subjectOf(event)) {
    const message = `comes from ${event.source}/${event.subject}, not from what "${name}" waits for`
    return { dependency: name, reason: "OtherEvent", filters: [], message }
  }
  const verdict = filters.judge(event)
  const findings = filters.findings(event)
  if (verdict.outcome === "Passed") return { dependency: name, reason: "Passed", filters: findings }
  return {
    dependency: name,
    reason: verdict.outcome,
    filters: findings,
    message: verdict.message(),
  }
}

function judgeTrigger(
  plan: TriggerPlan,
  event: CloudEvent,
  step: SensorStep,
  status: SensorStatus,
): TriggerVerdict {
  const { name, conditions } = plan
  const action = step.actions.find((each) => each.type === "FireTrigger" && each.trigger === name)
  if (action?.type === "FireTrigger") return { trigger: name, fires: true, action }
  const failed = step.changes.find((each) => each.type === "FiringEnded" && each.trigger === name)
  if (failed?.type === "FiringEnded") {
    return { trigger: name, fires: false, message: failed.finished.message ?? "it failed" }
  }
  const stands = status.triggers?.find((each) => each.name === name)
  const next = stands?.firings?.findLast(({ events }) => events.some(({ id }) => id === event.id))
  if (next !== undefined) {
    return {
      trigger: name,
      fires: false,
      message: `waits for its turn until ${next.notBefore ?? "the firing before it ends"}`,
    }
  }
  const received = (stands?.received ?? []).map(({ dependency }) => dependency)
  const missing = conditions.names.filter((each) => !received.includes(each))
  const message = `waits for ${missing.map((each) => `"${each}"`).join(", ")}`
  return { trigger: name, fires: false, message }
}

/**
 * Tries a sensor on an event without doing anything: which dependencies it counts for and why not, which triggers
 * fire with what.
 *
 * @example
 * ```ts
 * const trial = testSensor(sensor, event, now, { earlier: [firstEvent] })
 * if (trial.ok) console.log(trial.value.triggers)
 * ```
 */
export function testSensor(
  sensor: Sensor,
  event: CloudEvent,
  now: EpochMs,
  options: SensorTrialOptions = {},
): Result<SensorTrial, Issue> {
  const compiled = compileSensor(sensor, options)
  if (!compiled.ok) return compiled
  const plan = compiled.value
  const session = openSensor(plan, undefined)
  for (const each of options.earlier ?? []) {
    session.handle({ type: "EventArrived", event: each }, now)
  }
  const step = session.handle({ type: "EventArrived", event }, now)
  const status = session.status()
  const dependencies = plan.dependencies.map((each) => judgeDependency(each, event))
  const triggers = [...plan.triggers.values()].map((each) =>
    judgeTrigger(each, event, step, status),
  )
  return { ok: true, value: { dependencies, triggers, status } }
}
