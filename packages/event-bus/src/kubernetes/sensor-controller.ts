import { type Controller, controller, type ReconcileContext } from "@argo-ts/k8s"
import {
  type EpochMs,
  epochMs,
  equalJson,
  formatIssue,
  formatKey,
  type ObjectKey,
  type Result,
  type Stored,
} from "@argo-ts/kernel"
import { createHttpClient } from "@argo-ts/kernel/http"
import type { BusEvent } from "../api/bus-event.js"
import { busEvents, sensors } from "../api/kinds.js"
import { parseSensor } from "../api/parse-sensor.js"
import type { Sensor, SensorStatus } from "../api/sensor.js"
import type { AttemptOutcome, FireTrigger, SensorAction } from "../core/actions.js"
import { decidePlan, type ObservedEvent } from "../core/decide-sensor.js"
import { compileSensor, type SensorPlan } from "../core/plan.js"
import { createPerformer, type PerformTrigger } from "../triggers/perform.js"
import { busProblem, readRecord } from "./cluster-bus.js"
import { type Problem, withConditions } from "./conditions.js"
import type { EventControllersOptions } from "./options.js"
import { clusterSecrets } from "./secret-reader.js"

/** How long after a bus was found unusable it is looked at again. */
const busRetryMs = 10_000

interface Attempt {
  readonly key: string
  readonly outcome: AttemptOutcome
}

/** One reconcile at work. */
interface Work {
  readonly key: ObjectKey
  readonly context: ReconcileContext
  readonly plan: SensorPlan
  readonly perform: PerformTrigger
  readonly records: ReadonlyMap<string, Stored<BusEvent>>
  readonly events: readonly ObservedEvent[]
}

const conditionTypes = ["DependenciesProvided", "TriggersProvided", "Deployed"] as const

/** The status with upstream's three conditions: all true, or all false with the one reason. */
function judged(status: SensorStatus | undefined, problem: Problem, now: EpochMs): SensorStatus {
  const problems = conditionTypes.map((type) => [type, problem] as const)
  return { ...status, conditions: withConditions(status?.conditions, problems, now) }
}

async function writeStatus(
  context: ReconcileContext,
  sensor: Stored<Sensor>,
  status: SensorStatus,
): Promise<Stored<Sensor>> {
  if (equalJson(status, sensor.status)) return sensor
  return context.cluster.update(sensors, { ...sensor, status }, { subresource: "status" })
}

/** Performs attempts side by side; those that could not be made are handed back as errors. */
async function performAll(
  work: Work,
  fires: readonly FireTrigger[],
): Promise<{ readonly attempts: readonly Attempt[]; readonly errors: readonly unknown[] }> {
  const { namespace = "", name } = work.key
  const owner = { namespace, sensor: name }
  const settled = await Promise.allSettled(
    fires.map(async (action) => ({
      key: action.key,
      outcome: await work.perform(action, owner),
    })),
  )
  const attempts = settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []))
  const errors = settled.flatMap((each) => (each.status === "rejected" ? [each.reason] : []))
  for (const { key, outcome } of attempts) {
    const fields = { attempt: key, message: outcome.message }
    if (outcome.result === "Succeeded") work.context.logger.info("trigger fired", fields)
    else work.context.logger.warn("trigger failed", fields)
  }
  return { attempts, errors }
}

async function acknowledgeAll(work: Work, actions: readonly SensorAction[]): Promise<void> {
  for (const action of actions) {
    if (action.type !== "AcknowledgeEvent") continue
    const record = work.records.get(action.id)
    if (record === undefined) continue
    const { namespace = "", name } = record.metadata
    await work.context.cluster.delete(busEvents, { namespace, name })
  }
}

/**
 * Decides, writes what was decided, performs it, and feeds the outcomes back until nothing is left to do now. The
 * status is written before anything is performed: after a crash the same firings are performed again, by the same
 * causes.
 */
async function run(work: Work, given: Stored<Sensor>): Promise<EpochMs | undefined> {
  const { context, plan, events } = work
  let sensor = given
  let attempts: readonly Attempt[] = []
  let errors: readonly unknown[] = []
  for (;;) {
    const now = context.clock.now()
    const decision = decidePlan(plan, sensor.status, { events, attempts }, now)
    const status = judged(decision.status, undefined, now)
    sensor = await writeStatus(context, sensor, status)
    if (errors.length > 0) throw errors[0]
    const fires = decision.actions.filter((action) => action.type === "FireTrigger")
    if (fires.length === 0) {
      await acknowledgeAll(work, decision.actions)
      return decision.wakeAt
    }
    const performed = await performAll(work, fires)
    attempts = performed.attempts
    errors = performed.errors
  }
}

/** Plans by sensor, compiled once a generation. */
function createPlanCache(
  options: EventControllersOptions,
): (sensor: Stored<Sensor>) => Result<SensorPlan> {
  const plans = new Map<string, { readonly version: string; readonly plan: Result<SensorPlan> }>()
  return (sensor) => {
    const { name, namespace = "", uid, generation = 0 } = sensor.metadata
    const key = formatKey({ namespace, name })
    const version = `${uid}/${generation}`
    const known = plans.get(key)
    if (known?.version === version) return known.plan
    const parsed = parseSensor(sensor, options)
    const plan = parsed.ok ? compileSensor(parsed.value, options) : parsed
    plans.set(key, { version, plan })
    return plan
  }
}

function performerOf(context: ReconcileContext, options: EventControllersOptions): PerformTrigger {
  const { clock, cluster, logger } = context
  const { addresses = {}, functions = {}, httpTakesMs } = options
  const takes = httpTakesMs === undefined ? {} : { takesMs: httpTakesMs }
  const http = createHttpClient({ clock, logger, addresses, ...takes })
  return createPerformer({ logger, cluster, http, functions, secrets: clusterSecrets(cluster) })
}

/** Handles the events recorded for Sensors, and writes their status. */
export function sensorController(options: EventControllersOptions): Controller {
  const planOf = createPlanCache(options)
  const performers = new WeakMap<ReconcileContext, PerformTrigger>()
  return controller("event-bus/sensor", sensors)
    .owns(busEvents)
    .reconcile(async (key, context) => {
      const sensor = await context.cluster.get(sensors, key)
      if (sensor === undefined || sensor.metadata.deletionTimestamp !== undefined) return {}
      const { namespace = "" } = sensor.metadata
      const plan = planOf(sensor)
      const bus = await busProblem(context.cluster, namespace, sensor.spec.eventBusName)
      if (!plan.ok || bus !== undefined) {
        const problem = plan.ok
          ? { reason: "EventBusNotReady", message: bus ?? "" }
          : { reason: "InvalidSensor", message: plan.issues.map(formatIssue).join("; ") }
        const status = judged(sensor.status, problem, context.clock.now())
        await writeStatus(context, sensor, status)
        return plan.ok ? { wakeAt: epochMs(context.clock.now() + busRetryMs) } : {}
      }
      const owned = context.owned(busEvents, sensor)
      const events = owned.map(readRecord)
      const records = new Map(
        events.map(({ event }, index) => [event.id, owned[index] as Stored<BusEvent>]),
      )
      const perform = performers.get(context) ?? performerOf(context, options)
      performers.set(context, perform)
      const work = { key, context, plan: plan.value, perform, records, events }
      const wakeAt = await run(work, sensor)
      return wakeAt === undefined ? {} : { wakeAt }
    })
}
