import { epochMs } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import type { Sensor } from "../api/sensor.js"
import { aDependency, anEvent, aSensor, aTrigger, startOfTests } from "../testing/builders.js"
import { explainSensor } from "./explain.js"
import { testSensor } from "./test-sensor.js"

const filtered = aDependency("a", {
  filters: {
    data: [
      { path: "body.ref", type: "string", value: ["main"] },
      { path: "body.n", type: "number", comparator: ">", value: ["3"] },
    ],
  },
})
const sensor = aSensor(
  [filtered, aDependency("b")],
  [aTrigger("both"), aTrigger("one", { function: { name: "f" }, conditions: "a" })],
)

describe("testSensor", () => {
  test("tells what every filter found and what would fire", () => {
    const event = anEvent({ id: "1", subject: "a", data: { body: { ref: "main", n: 5 } } })
    const trial = testSensor(sensor, event, startOfTests)
    expect(trial.ok && trial.value).toMatchObject({
      dependencies: [
        {
          dependency: "a",
          reason: "Passed",
          filters: [
            { filter: "data", index: 0, outcome: "Passed" },
            { filter: "data", index: 1, outcome: "Passed" },
          ],
        },
        { dependency: "b", reason: "OtherEvent" },
      ],
      triggers: [
        { trigger: "both", fires: false, message: 'waits for "b"' },
        { trigger: "one", fires: true, action: { request: { type: "Call", name: "f" } } },
      ],
    })
  })

  test("says why an event does not count", () => {
    const event = anEvent({ subject: "a", data: { body: { ref: "dev" } } })
    const trial = testSensor(sensor, event, startOfTests)
    expect(trial.ok && trial.value.dependencies[0]).toEqual({
      dependency: "a",
      reason: "Refused",
      message: 'data "body.ref" is "dev"; expected string = "main"',
      filters: [
        {
          filter: "data",
          index: 0,
          outcome: "Refused",
          message: 'data "body.ref" is "dev"; expected string = "main"',
        },
        {
          filter: "data",
          index: 1,
          outcome: "Failed",
          message: 'the event\'s data has no "body.n"',
        },
      ],
    })
  })

  test("a sequence is tried by naming what came before", () => {
    const data = { body: { ref: "main", n: 5 } }
    const event = anEvent({ id: "2", subject: "a", data })
    const earlier = [anEvent({ id: "1", subject: "b" })]
    const trial = testSensor(sensor, event, startOfTests, { earlier })
    expect(trial.ok && trial.value.triggers.map(({ fires }) => fires)).toEqual([true, true])
    const action = trial.ok ? trial.value.triggers[0]?.action : undefined
    expect(action?.cause).toBe("argo-events/sensor/both:a=2,b=1")
  })
})

describe("testSensor, of triggers that do not fire", () => {
  const event = anEvent({ id: "2", subject: "a" })
  const tried = (
    template: object,
    rest: object,
    earlier = [anEvent({ id: "1", subject: "a" })],
  ) => {
    const one = aSensor([aDependency("a")], [aTrigger("t", template, rest)])
    const trial = testSensor(one, event, startOfTests, { earlier })
    return trial.ok ? trial.value.triggers : trial.issues
  }
  const waits = (message: string) => [{ trigger: "t", fires: false, message }]

  test("one that fails at once tells why", () => {
    const payload = [{ src: { dependencyName: "a", dataKey: "absent" }, dest: "x" }]
    expect(tried({ function: { name: "f", payload } }, {})).toEqual(
      waits('event "2" of dependency "a" has no "absent"'),
    )
  })
  test("one whose turn has not come tells when it does", () => {
    const rateLimit = { unit: "Minute", requestsPerUnit: 1 }
    expect(tried({ log: {} }, { rateLimit })).toEqual(
      waits("waits for its turn until 2026-01-01T00:01:00.000000Z"),
    )
    expect(tried({ log: {} }, { atLeastOnce: true })).toEqual(
      waits("waits for its turn until the firing before it ends"),
    )
  })
  test("a sensor that cannot be compiled is refused", () => {
    expect(tried({}, {})).toMatchObject([{ code: "InvalidValue" }])
  })
})

describe("explainSensor", () => {
  const explain = (status: Sensor["status"], now = startOfTests): readonly string[] =>
    explainSensor({ ...sensor, ...(status === undefined ? {} : { status }) }, now).map(
      ({ reason, message }) => `${reason}: ${message}`,
    )
  const at = "2026-01-01T00:00:00.000000Z"

  test("names what is missing and what has arrived", () => {
    const received = [{ dependency: "a", id: "1", at }]
    expect(explain({ triggers: [{ name: "both", received }] })).toEqual([
      'WaitingForEvents: trigger "both" waits for "b" ("a" arrived)',
      'WaitingForEvents: trigger "one" waits for "a"',
    ])
  })

  test("tells a firing from one that waits, and one that failed", () => {
    const firing = { cause: "c", at, events: [{ dependency: "a", id: "1" }], failures: 0 }
    const notBefore = "2026-01-01T00:00:30.000000Z"
    const sentences = (one: object): string =>
      explain({ triggers: [{ name: "one", ...one }] })[1] ?? ""
    expect(sentences({ firings: [firing, firing] })).toBe(
      'Firing: trigger "one" is firing for event "1"; 1 more firings wait',
    )
    expect(sentences({ firings: [{ ...firing, notBefore }] })).toBe(
      'WaitingForTurn: trigger "one" waits 30 s for its rate limit to fire for event "1"',
    )
    expect(
      sentences({ firings: [{ ...firing, notBefore, failures: 1, message: "refused" }] }),
    ).toBe('WaitingForRetry: trigger "one" waits for attempt 2 of 1 in 30 s: refused')
    const last = { cause: "c", outcome: "Failed", at, message: "refused" }
    expect(sentences({ last })).toBe(
      'Failed: trigger "one" waits for "a"; it failed at 2026-01-01T00:00:00.000000Z: refused',
    )
  })

  test("a sensor that cannot run says so", () => {
    const broken = aSensor([aDependency("a")], [aTrigger("t", { log: {}, conditions: "z" })])
    expect(explainSensor(broken, epochMs(0))[0]).toMatchObject({
      reason: "InvalidSensor",
      message: expect.stringContaining('sensor "sensor" cannot run: conditions "z"'),
    })
  })
})
