import { compareText, type EpochMs, earliest, epochMs, formatIssue } from "@argo-ts/kernel"
import type { CloudEvent } from "../api/cloud-event.js"
import type { SensorStatus } from "../api/sensor.js"
import type {
  AttemptOutcome,
  FireTrigger,
  SensorAction,
  SensorFact,
  SensorStep,
} from "./actions.js"
import { createLedger, type Ledger, type LedgerEntry } from "./ledger.js"
import { nextReset, type SensorPlan, subjectOf, type TriggerPlan } from "./plan.js"
import { backoffMs, takePermit } from "./retry.js"
import { type FiringState, triggerState } from "./state.js"

/** A sensor kept open over many events: each costs O(what it concerns). */
export interface SensorSession {
  handle(fact: SensorFact, now: EpochMs): SensorStep
  /** Every action that is not yet observed to be done: what a driver performs after opening. */
  pending(): readonly SensorAction[]
  status(): SensorStatus
  /** When to come back without a fact. */
  wakeAt(): EpochMs | undefined
}

/** A firing and the plan of its trigger. */
interface Planned {
  readonly trigger: TriggerPlan
  readonly firing: FiringState
}

/** What a session works with: the ledger remembers, the rest is derived from it. */
interface Session {
  readonly plan: SensorPlan
  readonly ledger: Ledger
  /** Firings that wait for an instant, by cause. */
  readonly delayed: Map<string, Planned>
  /** Attempts that are under way, by key. */
  readonly attempts: Map<string, Planned>
  /** Triggers with resets, the only ones that time alone changes. */
  readonly resettable: readonly TriggerPlan[]
  actions: SensorAction[]
}

function attemptKey(firing: FiringState): string {
  return `${firing.cause}/attempt-${firing.failures + 1}`
}

function acknowledgement(id: string): SensorAction {
  return { type: "AcknowledgeEvent", key: `acknowledge/${id}`, id }
}

/** The next attempt at a firing, or why there can be none. */
function attempt(session: Session, { trigger, firing }: Planned): FireTrigger | string {
  const events = new Map<string, CloudEvent>()
  for (const { dependency, id } of firing.events) {
    const event = session.ledger.eventOf(id)
    if (event === undefined) return `event "${id}" of dependency "${dependency}" is gone`
    events.set(dependency, event)
  }
  const request = trigger.build(events)
  if (!request.ok) return request.issues.map(formatIssue).join("; ")
  const { cause, at } = firing
  const key = attemptKey(firing)
  return { type: "FireTrigger", key, trigger: trigger.name, cause, at, request: request.value }
}

function releaseAll(session: Session, ids: Iterable<string>, now: EpochMs): void {
  for (const id of ids)
    if (session.ledger.release(id, now)) session.actions.push(acknowledgement(id))
}

/** Ends a firing; the next one of a serial trigger, if any, is handed back to be begun. */
function finish(
  session: Session,
  { trigger, firing }: Planned,
  outcome: AttemptOutcome,
  now: EpochMs,
): Planned | undefined {
  const { cause } = firing
  const { result, message } = outcome
  const finished = {
    cause,
    outcome: result,
    at: now,
    ...(message === undefined ? {} : { message }),
  }
  session.ledger.change({ type: "FiringEnded", trigger: trigger.name, finished })
  releaseAll(
    session,
    firing.events.map(({ id }) => id),
    now,
  )
  if (!trigger.isSerial) return undefined
  const [next] = triggerState(session.ledger.state, trigger.name).firings.values()
  return next === undefined ? undefined : { trigger, firing: next }
}

/** The instant at which an attempt may begin: `from`, or when the rate limit permits. */
function permitted(session: Session, trigger: TriggerPlan, from: EpochMs): EpochMs {
  if (trigger.permitMs === undefined) return from
  const bucket = triggerState(session.ledger.state, trigger.name).nextPermitAt
  const permit = takePermit(bucket, from, trigger.permitMs)
  session.ledger.change({ type: "PermitTaken", trigger: trigger.name, next: epochMs(permit.next) })
  return epochMs(permit.at)
}

/** Writes down when the next attempt at a firing begins, if that is later than now. */
function appoint(session: Session, planned: Planned, from: EpochMs, now: EpochMs): Planned {
  const { trigger, firing } = planned
  const at = permitted(session, trigger, from)
  const { notBefore: _past, ...rest } = firing
  const next = at > now ? { ...rest, notBefore: at } : rest
  session.ledger.change({ type: "FiringChanged", trigger: trigger.name, firing: next })
  return { trigger, firing: next }
}

/** Begins firings, and those of serial triggers that follow ones which could not even begin. */
function begin(session: Session, planned: Planned, from: EpochMs, now: EpochMs): void {
  let next: Planned | undefined = appoint(session, planned, from, now)
  while (next !== undefined) {
    if (next.firing.notBefore !== undefined && next.firing.notBefore > now) {
      session.delayed.set(next.firing.cause, next)
      return
    }
    const action = attempt(session, next)
    if (typeof action !== "string") {
      session.attempts.set(action.key, next)
      session.actions.push(action)
      return
    }
    const following = finish(session, next, { result: "Failed", message: action }, now)
    next = following === undefined ? undefined : appoint(session, following, now, now)
  }
}

function causeOf(plan: SensorPlan, trigger: TriggerPlan, events: FiringState["events"]): string {
  let cause = `${plan.namespace}/${plan.name}/${trigger.name}:`
  for (const { dependency, id } of events) cause += `${dependency}=${id},`
  return cause.slice(0, -1)
}

/** Decides that a trigger fires with these events. */
function fire(
  session: Session,
  trigger: TriggerPlan,
  events: FiringState["events"],
  now: EpochMs,
): void {
  const cause = causeOf(session.plan, trigger, events)
  const firing: FiringState = { cause, at: now, events, failures: 0 }
  const { firings } = triggerState(session.ledger.state, trigger.name)
  for (const { id } of events) session.ledger.hold(id)
  if (trigger.isSerial && firings.size > 0) {
    session.ledger.change({ type: "FiringChanged", trigger: trigger.name, firing })
  } else {
    begin(session, { trigger, firing }, now, now)
  }
}

/** Forgets what a trigger received before a reset that has come. */
function reset(session: Session, trigger: TriggerPlan, now: EpochMs): void {
  if (trigger.resets.length === 0) return
  const { received } = triggerState(session.ledger.state, trigger.name)
  for (const [dependency, { id, at }] of received) {
    const resetAt = nextReset(trigger, at)
    if (resetAt === undefined || resetAt > now) continue
    session.ledger.change({ type: "ReceivedDropped", trigger: trigger.name, dependency })
    releaseAll(session, [id], now)
  }
}

/** Offers an event that passed a dependency's filters to one trigger (spec/events §2.1). */
function offer(
  session: Session,
  trigger: TriggerPlan,
  entry: { readonly dependency: string; readonly id: string },
  now: EpochMs,
): void {
  const { ledger } = session
  const { dependency, id } = entry
  if (trigger.conditions.isImmediate) {
    fire(session, trigger, [entry], now)
    return
  }
  reset(session, trigger, now)
  const { received } = triggerState(ledger.state, trigger.name)
  const replaced = received.get(dependency)
  ledger.hold(id)
  ledger.change({ type: "EventReceived", trigger: trigger.name, dependency, id, at: now })
  if (replaced !== undefined) releaseAll(session, [replaced.id], now)
  if (!trigger.conditions.holds(received)) return
  const events = [...received]
    .map(([name, each]) => ({ dependency: name, id: each.id }))
    .toSorted((left, right) => compareText(left.dependency, right.dependency))
  fire(session, trigger, events, now)
  for (const each of events) {
    ledger.change({ type: "ReceivedDropped", trigger: trigger.name, dependency: each.dependency })
  }
  releaseAll(
    session,
    events.map((each) => each.id),
    now,
  )
}

function arrive(session: Session, event: CloudEvent, now: EpochMs): void {
  const { plan, ledger } = session
  const { id } = event
  if (ledger.isKnown(id, now)) {
    if (ledger.isHeld(id)) return
    ledger.admit(event, 0)
    session.actions.push(acknowledgement(id))
    return
  }
  // Held by the arrival itself until every trigger was offered it.
  ledger.admit(event, 1)
  for (const { name, filters, triggers } of plan.bySubject.get(subjectOf(event)) ?? []) {
    if (filters.judge(event).outcome !== "Passed") continue
    for (const trigger of triggers) offer(session, trigger, { dependency: name, id }, now)
  }
  releaseAll(session, [id], now)
}

function end(session: Session, key: string, outcome: AttemptOutcome, now: EpochMs): void {
  const planned = session.attempts.get(key)
  if (planned === undefined) return
  session.attempts.delete(key)
  const { trigger, firing } = planned
  const failures = firing.failures + 1
  if (outcome.result === "Failed" && failures < trigger.backoff.attempts) {
    const waitMs = backoffMs(trigger.backoff, firing.failures, firing.cause)
    const { message } = outcome
    const next = { trigger, firing: { ...firing, failures, message } }
    begin(session, next, epochMs(now + waitMs), now)
    return
  }
  const following = finish(session, planned, outcome, now)
  if (following !== undefined) begin(session, following, now, now)
}

/** Does what time alone brings: delayed attempts that are due, and resets. */
function elapse(session: Session, now: EpochMs): void {
  for (const [cause, planned] of session.delayed) {
    if (planned.firing.notBefore !== undefined && planned.firing.notBefore > now) continue
    session.delayed.delete(cause)
    const { notBefore: _due, ...firing } = planned.firing
    session.ledger.change({ type: "FiringChanged", trigger: planned.trigger.name, firing })
    const action = attempt(session, { ...planned, firing })
    if (typeof action === "string") {
      const message = { result: "Failed", message: action } as const
      const following = finish(session, { ...planned, firing }, message, now)
      if (following !== undefined) begin(session, following, now, now)
    } else {
      session.attempts.set(action.key, { ...planned, firing })
      session.actions.push(action)
    }
  }
  for (const trigger of session.resettable) reset(session, trigger, now)
}

function react(session: Session, fact: SensorFact, now: EpochMs): void {
  switch (fact.type) {
    case "EventArrived":
      return arrive(session, fact.event, now)
    case "AttemptEnded":
      return end(session, fact.key, fact.outcome, now)
    case "EventAcknowledged":
      return session.ledger.acknowledged(fact.id)
    case "TimePassed":
      return
  }
}

function wakeOf(session: Session): EpochMs | undefined {
  let wakeAt: EpochMs | undefined
  for (const { firing } of session.delayed.values()) wakeAt = earliest(wakeAt, firing.notBefore)
  for (const trigger of session.resettable) {
    for (const { at } of triggerState(session.ledger.state, trigger.name).received.values()) {
      wakeAt = earliest(wakeAt, nextReset(trigger, at))
    }
  }
  return wakeAt
}

/** Finds what was under way when the status was written: attempts are proposed again, waits go on. */
function resume(session: Session): void {
  for (const trigger of session.plan.triggers.values()) {
    for (const firing of triggerState(session.ledger.state, trigger.name).firings.values()) {
      const planned = { trigger, firing }
      // One that cannot be tried any more is left to the first fact, which ends it.
      const canTry = firing.notBefore === undefined && typeof attempt(session, planned) !== "string"
      if (canTry) session.attempts.set(attemptKey(firing), planned)
      else session.delayed.set(firing.cause, planned)
      if (trigger.isSerial) break
    }
  }
}

/** The attempts under way, by trigger and in order of decision: the same after a restart. */
function underWay(session: Session): readonly SensorAction[] {
  const actions: SensorAction[] = []
  for (const { name } of session.plan.triggers.values()) {
    for (const firing of triggerState(session.ledger.state, name).firings.values()) {
      const planned = session.attempts.get(attemptKey(firing))
      const action = planned === undefined ? undefined : attempt(session, planned)
      if (typeof action === "object") actions.push(action)
    }
  }
  return actions
}

/** Opens a compiled sensor where `status` says it stands; `entries` are the events the bus holds for it. */
export function openSensor(
  plan: SensorPlan,
  status: SensorStatus | undefined,
  entries: readonly LedgerEntry[] = [],
): SensorSession {
  const ledger = createLedger(plan, status, entries)
  const session: Session = {
    plan,
    ledger,
    delayed: new Map(),
    attempts: new Map(),
    resettable: [...plan.triggers.values()].filter((trigger) => trigger.resets.length > 0),
    actions: [],
  }
  resume(session)
  return {
    handle(fact, now) {
      session.actions = []
      if (session.delayed.size > 0 || session.resettable.length > 0) elapse(session, now)
      react(session, fact, now)
      const wakeAt = wakeOf(session)
      const step = { changes: ledger.takeChanges(), actions: session.actions }
      return wakeAt === undefined ? step : { ...step, wakeAt }
    },
    pending: () => [...underWay(session), ...ledger.unacknowledged().map(acknowledgement)],
    status: () => ledger.status(),
    wakeAt: () => wakeOf(session),
  }
}
