import { type EpochMs, epochMs } from "@argo-ts/kernel"
import { fc, test } from "@fast-check/vitest"
import { describe, expect } from "vitest"
import {
  compileSensor,
  decidePlan,
  decideSensor,
  explainSensor,
  foldSensorChanges,
  type ObservedEvent,
  openSensor,
  parseSensor,
  type Sensor,
  type SensorAction,
  type SensorFact,
  type SensorPlan,
  type SensorStatus,
  testSensor,
} from "../src/index.js"
import { drawEvent, drawSensor, startOfTests } from "../src/testing/index.js"

type Gen = (arbitrary: typeof fc.nat, constraints: { max: number }) => number

/** A world of one sensor and up to a dozen steps, all drawn from one seed of numbers. */
interface Story {
  readonly sensor: Sensor
  readonly plan: SensorPlan
  readonly draw: (bound: number) => number
}

function tell(gen: Gen): Story {
  const draw = (bound: number): number => gen(fc.nat, { max: bound - 1 })
  const sensor = drawSensor(draw)
  const plan = compileSensor(sensor)
  if (!plan.ok) throw new Error(plan.issues.map((issue) => issue.message).join("; "))
  return { sensor, plan: plan.value, draw }
}

function json<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value)) deepFreeze(inner)
    Object.freeze(value)
  }
  return value
}

function at(milliseconds: number): EpochMs {
  return epochMs(startOfTests + milliseconds)
}

/** A fact that may come next: an event, the end of an attempt, an acknowledgement, or just time. */
function nextFact(story: Story, pending: readonly SensorAction[], index: number): SensorFact {
  const action = pending[story.draw(Math.max(1, pending.length))]
  const choice = story.draw(4)
  if (choice <= 1 || action === undefined) {
    return { type: "EventArrived", event: drawEvent(story.draw, index) }
  }
  if (choice === 2) return { type: "TimePassed" }
  if (action.type === "AcknowledgeEvent") return { type: "EventAcknowledged", id: action.id }
  const outcome =
    story.draw(2) === 0
      ? ({ result: "Succeeded" } as const)
      : ({ result: "Failed", message: "refused" } as const)
  return { type: "AttemptEnded", key: action.key, outcome }
}

function observe(story: Story, count: number): readonly ObservedEvent[] {
  const events = Array.from({ length: count }, (_, index) => ({
    receivedAt: at(story.draw(3)),
    event: drawEvent(story.draw, index),
  }))
  return [...new Map(events.map((each) => [each.event.id, each])).values()]
}

const steps = 12

describe("an open sensor", () => {
  test.prop([fc.gen()])("folding its changes over the opened status gives its status", (gen) => {
    const story = tell(gen as unknown as Gen)
    const session = openSensor(story.plan, undefined)
    let folded: SensorStatus = {}
    for (let index = 0; index < steps; index++) {
      const fact = nextFact(story, session.pending(), index)
      const { changes } = session.handle(fact, at(index * 20_000))
      folded = json(foldSensorChanges(folded, json(changes)))
      expect(folded).toEqual(json(session.status()))
    }
  })

  test.prop([fc.gen()])("opened again at any point it goes on the same way", (gen) => {
    const story = tell(gen as unknown as Gen)
    const kept = openSensor(story.plan, undefined)
    let reopened = openSensor(story.plan, undefined)
    const bus = new Map<string, ObservedEvent>()
    for (let index = 0; index < steps; index++) {
      const now = at(index * 20_000)
      const fact = nextFact(story, kept.pending(), index)
      const left = kept.handle(fact, now)
      const right = reopened.handle(fact, now)
      expect(json(right.changes)).toEqual(json(left.changes))
      expect(right.wakeAt).toBe(left.wakeAt)
      if (fact.type === "EventArrived" && !bus.has(fact.event.id)) {
        bus.set(fact.event.id, { event: fact.event, receivedAt: now })
      }
      if (fact.type === "EventAcknowledged") bus.delete(fact.id)
      reopened = openSensor(story.plan, json(reopened.status()), [...bus.values()])
      const fires = (actions: readonly SensorAction[]): readonly string[] =>
        actions.flatMap(({ type, key }) => (type === "FireTrigger" ? [key] : [])).toSorted()
      expect(fires(reopened.pending())).toEqual(fires(kept.pending()))
    }
  })
})

describe("decideSensor", () => {
  test.prop([fc.gen()])("is deterministic, leaves its input alone, and survives JSON", (gen) => {
    const story = tell(gen as unknown as Gen)
    const observed = deepFreeze({ events: observe(story, steps) })
    const sensor = deepFreeze(story.sensor)
    const first = decideSensor(sensor, observed, at(1000))
    const second = decideSensor(json(sensor), json(observed), at(1000))
    expect(json(second)).toEqual(json(first))
  })

  test.prop([fc.gen()])("does not depend on the order of what is observed", (gen) => {
    const story = tell(gen as unknown as Gen)
    const events = observe(story, steps)
    const shuffled = events.toSorted(() => story.draw(3) - 1)
    const decide = (order: readonly ObservedEvent[]): unknown =>
      decidePlan(story.plan, undefined, { events: order }, at(1000))
    expect(decide(shuffled)).toEqual(decide(events))
  })

  test.prop([fc.gen()])("decided again at the same instant it wants the same", (gen) => {
    const story = tell(gen as unknown as Gen)
    const observed = { events: observe(story, steps) }
    const first = decidePlan(story.plan, undefined, observed, at(1000))
    const again = decidePlan(story.plan, json(first.status), observed, at(1000))
    expect(json(again)).toEqual(json(first))
  })

  test.prop([fc.gen()])("with every action done, nothing is left but waiting", (gen) => {
    const story = tell(gen as unknown as Gen)
    let events = observe(story, steps)
    let decision = decidePlan(story.plan, undefined, { events }, at(1000))
    for (let round = 0; round < 100 && decision.actions.length > 0; round++) {
      const gone = new Set(
        decision.actions.flatMap((each) => (each.type === "AcknowledgeEvent" ? [each.id] : [])),
      )
      events = events.filter(({ event }) => !gone.has(event.id))
      const attempts = decision.actions.flatMap((each) =>
        each.type === "FireTrigger"
          ? [{ key: each.key, outcome: { result: "Succeeded" } as const }]
          : [],
      )
      decision = decidePlan(story.plan, json(decision.status), { events, attempts }, at(1000))
    }
    expect(decision.actions).toEqual([])
    const again = decidePlan(story.plan, json(decision.status), { events }, at(1000))
    expect(again.actions).toEqual([])
  })

  test.prop([fc.gen()])("no event is held but by a trigger that waits or fires", (gen) => {
    const story = tell(gen as unknown as Gen)
    const events = observe(story, steps)
    const { status, actions } = decidePlan(story.plan, undefined, { events }, at(1000))
    const held = new Set<string>()
    for (const trigger of status.triggers ?? []) {
      for (const { id } of trigger.received ?? []) held.add(id)
      for (const firing of trigger.firings ?? []) for (const { id } of firing.events) held.add(id)
    }
    for (const { key, type, ...action } of actions) {
      if (type === "AcknowledgeEvent" && "id" in action)
        expect(held.has(action.id), key).toBe(false)
    }
    const done = new Set(actions.map((each) => ("id" in each ? each.id : "")))
    for (const { event } of events) expect(held.has(event.id) || done.has(event.id)).toBe(true)
  })
})

describe("hostile input", () => {
  test.prop([fc.anything()])("parsing never throws", (value) => {
    expect(typeof parseSensor(value).ok).toBe("boolean")
  })

  test.prop([fc.gen(), fc.jsonValue()])(
    "any data is judged, explained and tried without a throw",
    (gen, data) => {
      const story = tell(gen as unknown as Gen)
      const event = { ...drawEvent(story.draw, 0), data: data as never }
      const trial = testSensor(story.sensor, event, at(0))
      expect(trial.ok).toBe(true)
      if (!trial.ok) return
      const sensor = { ...story.sensor, status: trial.value.status }
      for (const { message } of explainSensor(sensor, at(0))) expect(message).not.toBe("")
    },
  )

  test.prop([fc.jsonValue()])("a key like __proto__ is data", (value) => {
    const story = tell(((_: unknown, { max }: { max: number }) => Math.min(0, max)) as Gen)
    const data = JSON.parse(`{"__proto__":${JSON.stringify(value)},"n":5}`) as never
    const trial = testSensor(story.sensor, { ...drawEvent(() => 0, 0), data }, at(0))
    expect(trial.ok).toBe(true)
    expect(Object.prototype).toEqual(Object.getPrototypeOf({}))
  })
})
