import { type EpochMs, epochMs, type Logger } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import type { SensorStatus } from "../api/sensor.js"
import type { Bus } from "../buses/bus.js"
import type { AttemptOutcome, FireTrigger, SensorFact } from "../core/actions.js"
import { openSensor } from "../core/decide.js"
import { type SensorPlan, subjectOf } from "../core/plan.js"
import type { PerformTrigger } from "../triggers/perform.js"

/** What a running sensor works with. */
export interface SensorRunnerOptions {
  readonly plan: SensorPlan
  readonly bus: Bus
  readonly clock: Clock
  readonly logger: Logger
  readonly perform: PerformTrigger
}

/** A sensor that runs in this process. */
export interface SensorRunner {
  status(): SensorStatus
  /** Attempts that are under way. */
  running(): number
  stop(): void
}

/** How long after the cluster could not be asked it is asked again. */
const unreachableRetryMs = 1000

/** One thing at a time: what is put in while another is being handled waits for its turn. */
function createTurns<T>(handle: (item: T) => void): (item: T) => void {
  const items: T[] = []
  let isHandling = false
  return (item) => {
    items.push(item)
    if (isHandling) return
    isHandling = true
    for (let next = items.shift(); next !== undefined; next = items.shift()) handle(next)
    isHandling = false
  }
}

interface Attempts {
  begin(action: FireTrigger): void
  running(): number
}

/** Performs attempts, at once where they can be; one that could not be made is made again a second later. */
function createAttempts(
  options: SensorRunnerOptions,
  isStopped: () => boolean,
  onEnd: (action: FireTrigger, outcome: AttemptOutcome) => void,
): Attempts {
  const { plan, clock, logger, perform } = options
  const owner = { namespace: plan.namespace, sensor: plan.name }
  let running = 0
  const retry = (action: FireTrigger, error: unknown): void => {
    logger.warn("trigger could not be tried; again", { attempt: action.key, error })
    const at = epochMs(clock.now() + unreachableRetryMs)
    clock.wakeAt(at, `event-bus/${action.key}`, () => begin(action))
  }
  const begin = (action: FireTrigger): void => {
    if (isStopped()) return
    const outcome = perform(action, owner)
    if (!(outcome instanceof Promise)) {
      onEnd(action, outcome)
      return
    }
    running++
    const settle = (next: () => void): void => {
      running--
      next()
    }
    outcome.then(
      (result) => settle(() => onEnd(action, result)),
      (error: unknown) => settle(() => retry(action, error)),
    )
  }
  return { begin, running: () => running }
}

/** Keeps one wake: the latest that was asked for. */
function createAlarm(
  clock: Clock,
  key: string,
  ring: () => void,
): (at: EpochMs | undefined) => void {
  let wake: { readonly at: EpochMs; readonly cancel: () => void } | undefined
  return (at) => {
    if (at === wake?.at) return
    wake?.cancel()
    wake = undefined
    if (at === undefined) return
    const cancel = clock.wakeAt(at, key, () => {
      wake = undefined
      ring()
    })
    wake = { at, cancel }
  }
}

/** Subscribes a sensor to the bus: handles each event, performs what is decided, and feeds back how it ended. */
export function runSensor(options: SensorRunnerOptions): SensorRunner {
  const { plan, bus, clock, logger } = options
  const name = `${plan.namespace}/${plan.name}`
  const session = openSensor(plan, undefined)
  let isStopped = false

  const acknowledge = (id: string): void => {
    session.handle({ type: "EventAcknowledged", id }, clock.now())
    bus.acknowledge(name, id).catch((error: unknown) => {
      logger.error("event not acknowledged; it comes again after a restart", { event: id, error })
    })
  }
  const take = createTurns((fact: SensorFact) => {
    if (isStopped) return
    const { actions, wakeAt } = session.handle(fact, clock.now())
    for (const action of actions) {
      if (action.type === "FireTrigger") attempts.begin(action)
      else acknowledge(action.id)
    }
    sleepUntil(wakeAt)
  })
  const sleepUntil = createAlarm(clock, `event-bus/${name}`, () => take({ type: "TimePassed" }))
  const attempts = createAttempts(
    options,
    () => isStopped,
    ({ key }, outcome) => {
      if (outcome.result === "Failed") {
        logger.warn("trigger failed", { attempt: key, message: outcome.message })
      }
      take({ type: "AttemptEnded", key, outcome })
    },
  )
  const unsubscribe = bus.subscribe({
    name,
    accepts: (event) => plan.bySubject.has(subjectOf(event)),
    deliver: (event) => take({ type: "EventArrived", event }),
  })
  return {
    status: () => session.status(),
    running: attempts.running,
    stop() {
      isStopped = true
      sleepUntil(undefined)
      unsubscribe()
    },
  }
}
