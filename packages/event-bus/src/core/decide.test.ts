import { type EpochMs, epochMs } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import type { Sensor, SensorStatus } from "../api/sensor.js"
import { aDependency, anEvent, aSensor, aTrigger, startOfTests } from "../testing/builders.js"
import type { SensorAction } from "./actions.js"
import { openSensor, type SensorSession } from "./decide.js"
import { decideSensor } from "./decide-sensor.js"
import { compileSensor } from "./plan.js"

function at(milliseconds: number): EpochMs {
  return epochMs(startOfTests + milliseconds)
}

function open(sensor: Sensor, status?: SensorStatus): SensorSession {
  const plan = compileSensor(sensor)
  if (!plan.ok) throw new Error(plan.issues.map((issue) => issue.message).join("; "))
  return openSensor(plan.value, status)
}

function brief(actions: readonly SensorAction[]): readonly string[] {
  return actions.map((action) => action.key)
}

/** Event `id` of dependency `subject`. */
function arrived(subject: string, id: string) {
  return { type: "EventArrived", event: anEvent({ id, subject }) } as const
}

const single = aSensor([aDependency("a")], [aTrigger("t")])
const joined = aSensor([aDependency("a"), aDependency("b")], [aTrigger("t")])
const cause = "argo-events/sensor/t:"

describe("one dependency", () => {
  test("fires, and acknowledges once the attempt has ended", () => {
    const session = open(single)
    expect(brief(session.handle(arrived("a", "1"), at(0)).actions)).toEqual([
      `${cause}a=1/attempt-1`,
    ])
    const outcome = { result: "Succeeded" } as const
    const ended = { type: "AttemptEnded", key: `${cause}a=1/attempt-1`, outcome } as const
    const step = session.handle(ended, at(5))
    expect(brief(step.actions)).toEqual(["acknowledge/1"])
    expect(session.status()).toEqual({
      triggers: [
        {
          name: "t",
          last: { cause: `${cause}a=1`, outcome: "Succeeded", at: "2026-01-01T00:00:00.005000Z" },
        },
      ],
      handled: [{ id: "1", at: "2026-01-01T00:00:00.005000Z" }],
    })
    expect(brief(session.handle(ended, at(6)).actions)).toEqual([])
  })

  test("an event of nobody, or one that is filtered out, is acknowledged at once", () => {
    expect(brief(open(single).handle(arrived("z", "1"), at(0)).actions)).toEqual(["acknowledge/1"])
  })

  test("an id that was handled lately is a duplicate; a minute later it is forgotten", () => {
    const session = open(single)
    session.handle(arrived("z", "1"), at(0))
    session.handle({ type: "EventAcknowledged", id: "1" }, at(0))
    expect(brief(session.handle(arrived("a", "1"), at(60_000)).actions)).toEqual(["acknowledge/1"])
    session.handle({ type: "EventAcknowledged", id: "1" }, at(60_000))
    expect(brief(session.handle(arrived("a", "1"), at(60_001)).actions)).toEqual([
      `${cause}a=1/attempt-1`,
    ])
  })

  test("ids are forgotten in batches: old ones, and those beyond a thousand", () => {
    const session = open(single)
    const handle = (id: string, now: number): void => {
      session.handle(arrived("z", id), at(now))
      session.handle({ type: "EventAcknowledged", id }, at(now))
    }
    for (let n = 1; n <= 63; n++) handle(`old-${n}`, 0)
    handle("new", 60_001)
    expect(session.status().handled?.map(({ id }) => id)).toEqual(["new"])
    for (let n = 1; n <= 1000; n++) handle(`many-${n}`, 60_002)
    expect(session.status().handled).toHaveLength(936)
    expect(session.status().handled?.at(-1)?.id).toBe("many-1000")
  })
})

describe("several dependencies", () => {
  test("the latest event of each counts, and firing clears them", () => {
    const session = open(joined)
    expect(brief(session.handle(arrived("a", "1"), at(0)).actions)).toEqual([])
    expect(brief(session.handle(arrived("a", "2"), at(1)).actions)).toEqual(["acknowledge/1"])
    expect(brief(session.handle(arrived("b", "3"), at(2)).actions)).toEqual([
      `${cause}a=2,b=3/attempt-1`,
    ])
    expect(session.status().triggers?.[0]?.received).toBeUndefined()
    const key = `${cause}a=2,b=3/attempt-1`
    const outcome = { result: "Succeeded" } as const
    const step = session.handle({ type: "AttemptEnded", key, outcome }, at(3))
    expect(brief(step.actions)).toEqual(["acknowledge/2", "acknowledge/3"])
  })

  test("(a && b) || c: c alone fires with what has arrived, and clears it", () => {
    const dependencies = ["a", "b", "c"].map((name) => aDependency(name))
    const session = open(
      aSensor(dependencies, [aTrigger("t", { log: {}, conditions: "(a && b) || c" })]),
    )
    session.handle(arrived("a", "1"), at(0))
    expect(brief(session.handle(arrived("c", "2"), at(1)).actions)).toEqual([
      `${cause}a=1,c=2/attempt-1`,
    ])
  })

  test("one event serves several triggers and is acknowledged after the last", () => {
    const triggers = [aTrigger("t", { log: {}, conditions: "a" }), aTrigger("u")]
    const session = open(aSensor([aDependency("a"), aDependency("b")], triggers))
    session.handle(arrived("a", "1"), at(0))
    const outcome = { result: "Succeeded" } as const
    const ended = { type: "AttemptEnded", key: `${cause}a=1/attempt-1`, outcome } as const
    expect(brief(session.handle(ended, at(1)).actions)).toEqual([])
    expect(session.status().triggers?.map((t) => [t.name, t.received?.length ?? 0])).toEqual([
      ["t", 0],
      ["u", 1],
    ])
  })
})

describe("attempts", () => {
  const retrying = { steps: 2, duration: "10s", jitter: 0 }
  const failed = { result: "Failed", message: "refused" } as const

  test("without atLeastOnce there is one, whatever retryStrategy says", () => {
    const session = open(
      aSensor([aDependency("a")], [aTrigger("t", { log: {} }, { retryStrategy: retrying })]),
    )
    const [action] = session.handle(arrived("a", "1"), at(0)).actions
    const step = session.handle({ type: "AttemptEnded", key: action!.key, outcome: failed }, at(1))
    expect(brief(step.actions)).toEqual(["acknowledge/1"])
    expect(session.status().triggers?.[0]?.last).toMatchObject({
      outcome: "Failed",
      message: "refused",
    })
  })

  test("with it they follow the backoff, and firings take turns", () => {
    const trigger = aTrigger("t", { log: {} }, { retryStrategy: retrying, atLeastOnce: true })
    const session = open(aSensor([aDependency("a")], [trigger]))
    session.handle(arrived("a", "1"), at(0))
    expect(brief(session.handle(arrived("a", "2"), at(0)).actions)).toEqual([])
    const key = `${cause}a=1/attempt-1`
    const step = session.handle({ type: "AttemptEnded", key, outcome: failed }, at(0))
    expect(step).toMatchObject({ actions: [], wakeAt: at(10_000) })
    const due = session.handle({ type: "TimePassed" }, at(10_000))
    expect(brief(due.actions)).toEqual([`${cause}a=1/attempt-2`])
    const again = { type: "AttemptEnded", key: `${cause}a=1/attempt-2`, outcome: failed } as const
    expect(brief(session.handle(again, at(10_000)).actions)).toEqual([
      "acknowledge/1",
      `${cause}a=2/attempt-1`,
    ])
  })

  test("a rate limit spaces them", () => {
    const trigger = aTrigger(
      "t",
      { log: {} },
      { rateLimit: { unit: "Minute", requestsPerUnit: 1 } },
    )
    const session = open(aSensor([aDependency("a")], [trigger]))
    expect(session.handle(arrived("a", "1"), at(0)).actions).toHaveLength(1)
    const step = session.handle(arrived("a", "2"), at(0))
    expect(step).toMatchObject({ actions: [], wakeAt: at(60_000) })
    expect(session.handle({ type: "TimePassed" }, at(60_000)).actions).toHaveLength(1)
  })

  test("parameters that cannot be resolved fail the firing", () => {
    const payload = [{ src: { dependencyName: "a", dataKey: "absent" }, dest: "x" }]
    const session = open(
      aSensor([aDependency("a")], [aTrigger("t", { function: { name: "f", payload } })]),
    )
    expect(brief(session.handle(arrived("a", "1"), at(0)).actions)).toEqual(["acknowledge/1"])
    expect(session.status().triggers?.[0]?.last?.message).toBe(
      'event "1" of dependency "a" has no "absent"',
    )
  })
})

describe("resets", () => {
  const conditionsReset = [{ byTime: { cron: "0 1 * * *" } }]
  const resetting = aSensor(
    [aDependency("a"), aDependency("b")],
    [aTrigger("t", { log: {}, conditionsReset })],
  )
  const hour = 3_600_000

  test("what has arrived is forgotten when its time comes, and acknowledged", () => {
    const session = open(resetting)
    expect(session.handle(arrived("a", "1"), at(0))).toMatchObject({ wakeAt: at(hour) })
    expect(brief(session.handle({ type: "TimePassed" }, at(hour - 1)).actions)).toEqual([])
    const step = session.handle({ type: "TimePassed" }, at(hour))
    expect(brief(step.actions)).toEqual(["acknowledge/1"])
    expect(step).not.toHaveProperty("wakeAt")
    expect(brief(session.handle(arrived("b", "2"), at(hour + 1)).actions)).toEqual([])
  })

  test("what arrived after the last reset stays until the next", () => {
    const session = open(resetting)
    session.handle(arrived("a", "1"), at(hour))
    expect(brief(session.handle({ type: "TimePassed" }, at(2 * hour)).actions)).toEqual([])
    expect(brief(session.handle(arrived("b", "2"), at(2 * hour)).actions)).toHaveLength(1)
  })

  test("without resets nothing is ever forgotten", () => {
    const session = open(joined)
    expect(session.handle(arrived("a", "1"), at(0))).not.toHaveProperty("wakeAt")
    expect(brief(session.handle(arrived("b", "2"), at(48 * hour)).actions)).toHaveLength(1)
  })
})

describe("opened again", () => {
  const strategy = { retryStrategy: { steps: 3, duration: "10s", jitter: 0 }, atLeastOnce: true }
  const serial = aSensor([aDependency("a")], [aTrigger("t", { log: {} }, strategy)])
  const failed = { result: "Failed", message: "refused" } as const
  const entries = (...ids: string[]) => ids.map((id) => ({ event: anEvent({ id, subject: "a" }) }))

  function reopen(sensor: Sensor, from: SensorSession, ...ids: string[]): SensorSession {
    const plan = compileSensor(sensor)
    if (!plan.ok) throw new Error("not compiled")
    return openSensor(plan.value, from.status(), entries(...ids))
  }

  test("an attempt under way is proposed again by the same key; those that wait their turn are not", () => {
    const before = open(serial)
    before.handle(arrived("a", "1"), at(0))
    before.handle(arrived("a", "2"), at(0))
    const session = reopen(serial, before, "1", "2")
    expect(brief(session.pending())).toEqual([`${cause}a=1/attempt-1`])
    expect(session.wakeAt()).toBeUndefined()
    const outcome = { result: "Succeeded" } as const
    const ended = { type: "AttemptEnded", key: `${cause}a=1/attempt-1`, outcome } as const
    expect(brief(session.handle(ended, at(1)).actions)).toEqual([
      "acknowledge/1",
      `${cause}a=2/attempt-1`,
    ])
  })

  test("a backoff goes on, and its count of failures too", () => {
    const before = open(serial)
    before.handle(arrived("a", "1"), at(0))
    const key = `${cause}a=1/attempt-1`
    before.handle({ type: "AttemptEnded", key, outcome: failed }, at(0))
    expect(before.status().triggers?.[0]?.firings).toMatchObject([
      { failures: 1, message: "refused", notBefore: "2026-01-01T00:00:10.000000Z" },
    ])
    const session = reopen(serial, before, "1")
    expect(session.pending()).toEqual([])
    expect(session.wakeAt()).toBe(at(10_000))
    expect(brief(session.handle({ type: "TimePassed" }, at(9999)).actions)).toEqual([])
    const due = session.handle({ type: "TimePassed" }, at(10_000))
    expect(brief(due.actions)).toEqual([`${cause}a=1/attempt-2`])
    expect(session.status().triggers?.[0]?.firings?.[0]).not.toHaveProperty("notBefore")
    expect(brief(session.pending())).toEqual([`${cause}a=1/attempt-2`])
  })

  test("of a trigger that is not serial every attempt is proposed again", () => {
    const before = open(single)
    before.handle(arrived("a", "1"), at(0))
    before.handle(arrived("a", "2"), at(0))
    expect(brief(reopen(single, before, "1", "2").pending())).toEqual([
      `${cause}a=1/attempt-1`,
      `${cause}a=2/attempt-1`,
    ])
  })

  test("events that were handled but are still on the bus are acknowledged again", () => {
    const before = open(single)
    before.handle(arrived("z", "1"), at(0))
    expect(brief(before.pending())).toEqual(["acknowledge/1"])
    expect(brief(reopen(single, before, "1").pending())).toEqual(["acknowledge/1"])
    expect(reopen(single, before).pending()).toEqual([])
    before.handle({ type: "EventAcknowledged", id: "1" }, at(0))
    expect(before.pending()).toEqual([])
  })

  test("an outcome that nobody waits for changes nothing", () => {
    const session = open(single)
    const ended = { type: "AttemptEnded", key: "nobody", outcome: failed } as const
    expect(session.handle(ended, at(0))).toEqual({ actions: [], changes: [] })
  })
})

describe("decideSensor", () => {
  const events = [
    { receivedAt: at(0), event: anEvent({ id: "1", subject: "a" }) },
    { receivedAt: at(1), event: anEvent({ id: "2", subject: "b" }) },
  ]
  const decide = (sensor: Sensor, observed: Parameters<typeof decideSensor>[1], now: EpochMs) => {
    const decided = decideSensor(sensor, observed, now)
    if (!decided.ok) throw new Error("not compiled")
    return decided.value
  }

  test("proposes until the outcome is observed, then acknowledges until the event is gone", () => {
    const first = decide(joined, { events: [events[1]!, events[0]!] }, at(2))
    expect(brief(first.actions)).toEqual([`${cause}a=1,b=2/attempt-1`])
    const stored = JSON.parse(JSON.stringify({ ...joined, status: first.status })) as Sensor
    expect(decide(stored, { events }, at(2))).toEqual(first)
    const outcome = { result: "Succeeded" } as const
    const attempts = [{ key: `${cause}a=1,b=2/attempt-1`, outcome }]
    const second = decide(stored, { events, attempts }, at(3))
    expect(brief(second.actions)).toEqual(["acknowledge/1", "acknowledge/2"])
    const last = { ...joined, status: second.status }
    expect(brief(decide(last, { events: [events[1]!] }, at(3)).actions)).toEqual(["acknowledge/2"])
    expect(decide(last, { events: [] }, at(3)).actions).toEqual([])
  })

  test("a firing whose event is gone ends, instead of waiting for ever", () => {
    const first = decide(single, { events: [events[0]!] }, at(2))
    const next = decide({ ...single, status: first.status }, { events: [] }, at(3))
    expect(next.status.triggers?.[0]?.last).toMatchObject({
      outcome: "Failed",
      message: 'event "1" of dependency "a" is gone',
    })
  })

  test("what a changed sensor no longer asks for is handled, not handed out again", () => {
    const first = decide(joined, { events: [events[0]!] }, at(2))
    const renamed = aSensor([aDependency("a"), aDependency("b")], [aTrigger("other")])
    const next = decide({ ...renamed, status: first.status }, { events: [events[0]!] }, at(3))
    expect(brief(next.actions)).toEqual(["acknowledge/1"])
  })
})
