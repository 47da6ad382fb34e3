import type { EpochMs, Issue, Result } from "@argo-ts/kernel"
import type { CloudEvent } from "../api/cloud-event.js"
import type { Sensor, SensorStatus } from "../api/sensor.js"
import type { FireTrigger } from "./actions.js"
import { openSensor } from "./decide.js"
import type { FilterFinding } from "./filters.js"
import { compileSensor, type SensorOptions, subjectOf } from "./plan.js"

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
  /** Where the sensor would stand: give it to the next event to try a sequence. */
  readonly status: SensorStatus
}

/**
 * Tries a sensor on an event without doing anything: which dependencies it counts for and why not, which triggers
 * fire with what. `sensor.status` tells what has arrived before; absent: nothing.
 */
export function testSensor(
  sensor: Sensor,
  event: CloudEvent,
  now: EpochMs,
  options: SensorOptions = {},
): Result<SensorTrial, Issue> {
  const compiled = compileSensor(sensor, options)
  if (!compiled.ok) return compiled
  const plan = compiled.value
  const dependencies = plan.dependencies.map((dependency): DependencyVerdict => {
    const { name, subject, filters } = dependency
    if (subject !== subjectOf(event)) {
      const message = `comes from ${event.source}/${event.subject}, not from what "${name}" waits for`
      return { dependency: name, reason: "OtherEvent", filters: [], message }
    }
    const verdict = filters.judge(event)
    const findings = filters.findings(event)
    if (verdict.outcome === "Passed")
      return { dependency: name, reason: "Passed", filters: findings }
    return {
      dependency: name,
      reason: verdict.outcome,
      filters: findings,
      message: verdict.message(),
    }
  })
  const session = openSensor(plan, sensor.status)
  const step = session.handle({ type: "EventArrived", event }, now)
  const status = session.status()
  const triggers = [...plan.triggers.values()].map((trigger): TriggerVerdict => {
    const { name } = trigger
    const action = step.actions.find((each) => each.type === "FireTrigger" && each.trigger === name)
    if (action?.type === "FireTrigger") return { trigger: name, fires: true, action }
    const stands = status.triggers?.find((each) => each.name === name)
    const failed = step.changes.find((each) => each.type === "FiringEnded" && each.trigger === name)
    if (failed?.type === "FiringEnded") {
      return { trigger: name, fires: false, message: failed.finished.message ?? "it failed" }
    }
    const received = (stands?.received ?? []).map(({ dependency }) => dependency)
    const missing = trigger.conditions.names.filter((each) => !received.includes(each))
    const message = `waits for ${missing.map((each) => `"${each}"`).join(", ")}`
    return { trigger: name, fires: false, message }
  })
  return { ok: true, value: { dependencies, triggers, status } }
}
