import { type EpochMs, failed, type Issue, type IssuePath, ok, type Result } from "@argo-ts/kernel"
import type { EventDependency } from "../api/filters.js"
import type { Sensor } from "../api/sensor.js"
import type { Trigger } from "../api/triggers.js"
import { type Conditions, compileConditions } from "./conditions.js"
import { type CompiledFilters, compileFilters } from "./filters.js"
import { compileSchedule, type Schedule, type Zones } from "./languages.js"
import { compileRequest, type RequestBuilder } from "./request.js"
import { type BackoffPlan, permitIntervalMs, planBackoff } from "./retry.js"

/** A trigger, ready to be offered events. */
export interface TriggerPlan {
  readonly name: string
  readonly conditions: Conditions
  readonly resets: readonly Schedule[]
  /** One firing at a time, tried again by the backoff. */
  readonly isSerial: boolean
  readonly backoff: BackoffPlan
  readonly permitMs: number | undefined
  readonly build: RequestBuilder
}

/** A dependency, ready to judge events, and the triggers that listen to it. */
export interface DependencyPlan {
  readonly name: string
  readonly subject: string
  readonly filters: CompiledFilters
  readonly triggers: readonly TriggerPlan[]
}

/** A sensor, compiled once for any number of events. */
export interface SensorPlan {
  readonly namespace: string
  readonly name: string
  readonly triggers: ReadonlyMap<string, TriggerPlan>
  readonly dependencies: readonly DependencyPlan[]
  /** By {@link subjectOf}. */
  readonly bySubject: ReadonlyMap<string, readonly DependencyPlan[]>
}

/** How a sensor is run. */
export interface SensorOptions {
  /** Time zones; default: only UTC. */
  readonly zones?: Zones
  /** Retries by `retryStrategy` also without `atLeastOnce`. Default false: as upstream, one attempt. */
  readonly strictDelivery?: boolean
}

/** What dependencies name events by: source and event. */
export function subjectOf(event: { readonly source: string; readonly subject: string }): string {
  return `${event.source}__${event.subject}`
}

function at(path: IssuePath, issues: readonly Issue[]): readonly Issue[] {
  return issues.map((issue) => ({ ...issue, path: [...path, ...issue.path] }))
}

function compileResets(
  trigger: Trigger,
  path: IssuePath,
  zones?: Zones,
): Result<readonly Schedule[]> {
  const resets: Schedule[] = []
  const issues: Issue[] = []
  for (const [index, { byTime }] of (trigger.template?.conditionsReset ?? []).entries()) {
    const where = [...path, "template", "conditionsReset", index, "byTime"]
    if (byTime === undefined) {
      issues.push({ code: "InvalidValue", path: where, message: "expected byTime with a cron" })
      continue
    }
    const schedule = compileSchedule(byTime.cron, byTime.timezone, zones)
    if (schedule.ok) resets.push(schedule.value)
    else issues.push(...at(where, schedule.issues))
  }
  return issues.length > 0 ? failed(issues) : ok(resets)
}

interface Compilation {
  readonly options: SensorOptions
  readonly dependencies: readonly string[]
  readonly issues: Issue[]
}

function compileTrigger(
  trigger: Trigger,
  path: IssuePath,
  work: Compilation,
): TriggerPlan | undefined {
  const { template, retryStrategy, rateLimit, atLeastOnce } = trigger
  const where = [...path, "template", "conditions"]
  const conditions = compileConditions(template?.conditions, work.dependencies, where)
  const resets = compileResets(trigger, path, work.options.zones)
  const build = compileRequest(trigger)
  if (!conditions.ok) work.issues.push(...conditions.issues)
  if (!resets.ok) work.issues.push(...resets.issues)
  if (!build.ok) work.issues.push(...at(path, build.issues))
  if (!conditions.ok || !resets.ok || !build.ok) return undefined
  const retries = atLeastOnce === true || work.options.strictDelivery === true
  return {
    name: template?.name ?? "",
    conditions: conditions.value,
    resets: resets.value,
    isSerial: atLeastOnce === true,
    backoff: planBackoff(retries ? retryStrategy : undefined),
    permitMs: permitIntervalMs(rateLimit),
    build: build.value,
  }
}

function compileDependency(
  dependency: EventDependency,
  path: IssuePath,
  work: Compilation & { readonly triggers: ReadonlyMap<string, TriggerPlan> },
): DependencyPlan | undefined {
  const filters = compileFilters(dependency, path, work.options.zones)
  if (!filters.ok) {
    work.issues.push(...filters.issues)
    return undefined
  }
  const { name, eventSourceName, eventName } = dependency
  const listening = [...work.triggers.values()].filter((t) => t.conditions.names.includes(name))
  const subject = subjectOf({ source: eventSourceName, subject: eventName })
  return { name, subject, filters: filters.value, triggers: listening }
}

/** Compiles a sensor, or lists everything in it that cannot be compiled. */
export function compileSensor(sensor: Sensor, options: SensorOptions = {}): Result<SensorPlan> {
  const { dependencies, triggers } = sensor.spec
  const issues: Issue[] = []
  const work = { options, issues, dependencies: dependencies.map(({ name }) => name) }
  const plans = new Map<string, TriggerPlan>()
  for (const [index, trigger] of triggers.entries()) {
    const plan = compileTrigger(trigger, ["spec", "triggers", index], work)
    if (plan !== undefined) plans.set(plan.name, plan)
  }
  const compiled: DependencyPlan[] = []
  for (const [index, dependency] of dependencies.entries()) {
    const path = ["spec", "dependencies", index]
    const plan = compileDependency(dependency, path, { ...work, triggers: plans })
    if (plan !== undefined) compiled.push(plan)
  }
  if (issues.length > 0) return failed(issues)
  const bySubject = new Map<string, DependencyPlan[]>()
  for (const each of compiled) {
    const others = bySubject.get(each.subject)
    if (others === undefined) bySubject.set(each.subject, [each])
    else others.push(each)
  }
  const { namespace = "", name = "" } = sensor.metadata
  return ok({ namespace, name, triggers: plans, dependencies: compiled, bySubject })
}

/** The first reset after `since`, if any ever comes. */
export function nextReset(trigger: TriggerPlan, since: EpochMs): EpochMs | undefined {
  let first: EpochMs | undefined
  for (const schedule of trigger.resets) {
    const next = schedule.next(since)
    if (next !== undefined && (first === undefined || next < first)) first = next
  }
  return first
}
