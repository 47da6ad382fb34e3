import { describe, expect, test } from "vitest"
import type { Trigger } from "../api/triggers.js"
import { aDependency, anEvent, aSensor, aTrigger, startOfTests } from "../testing/builders.js"
import { compileSensor, nextReset, subjectOf } from "./plan.js"

function issues(...triggers: Trigger[]): unknown {
  const compiled = compileSensor(aSensor([aDependency("a")], triggers))
  return compiled.ok
    ? []
    : compiled.issues.map(({ path, message }) => `${path.join(".")}: ${message}`)
}

describe("what cannot be compiled", () => {
  test("everything is told at once, each with its place", () => {
    const payload = [{ src: { dependencyName: "a" }, dest: "x" }]
    const conditionsReset = [{ byTime: { cron: "61 * * * *" } }, {}]
    const found = issues(
      aTrigger("one", { log: {}, conditions: "a &&" }),
      aTrigger("two", { function: { name: "f", payload }, conditionsReset }),
      aTrigger("three", {}),
    ) as string[]
    expect(found).toHaveLength(4)
    expect(found[0]).toMatch(/^spec\.triggers\.0\.template\.conditions: conditions "a &&" cannot/)
    expect(found[1]).toMatch(
      /^spec\.triggers\.1\.template\.conditionsReset\.0\.byTime: "61 \* \* \* \*" cannot be read/,
    )
    expect(found[2]).toBe(
      "spec.triggers.1.template.conditionsReset.1.byTime: expected byTime with a cron",
    )
    expect(found[3]).toMatch(/^spec\.triggers\.2\.template: trigger "three" says nothing to do/)
  })

  test("a broken filter is told with its dependency", () => {
    const time = { start: "1:00", stop: "02:00:00" }
    const compiled = compileSensor(
      aSensor([aDependency("a"), aDependency("b", { filters: { time } })], [aTrigger("t")]),
    )
    expect(compiled.ok || compiled.issues[0]?.path.slice(0, 3)).toEqual(["spec", "dependencies", 1])
  })
})

describe("a plan", () => {
  const dependencies = [
    aDependency("a"),
    { ...aDependency("again"), eventName: "a" },
    aDependency("b"),
  ]
  const triggers = [
    aTrigger("t", { log: {}, conditions: "a" }),
    aTrigger("u", { log: {}, conditions: "again && b" }),
  ]
  const compiled = compileSensor(aSensor(dependencies, triggers))
  if (!compiled.ok) throw new Error("not compiled")
  const plan = compiled.value

  test("finds what listens to an event, in the order it is written in", () => {
    const subject = subjectOf(anEvent({ subject: "a" }))
    expect(subject).toBe("webhook__a")
    const found = plan.bySubject.get(subject) ?? []
    expect(found.map((each) => [each.name, each.triggers.map(({ name }) => name)])).toEqual([
      ["a", ["t"]],
      ["again", ["u"]],
    ])
    expect(plan.bySubject.get("webhook__b")?.map(({ name }) => name)).toEqual(["b"])
  })

  test("tries again only where delivery is promised", () => {
    const retryStrategy = { steps: 3 }
    const attempts = (rest: Omit<Trigger, "template">, strictDelivery = false) => {
      const sensor = aSensor([aDependency("a")], [aTrigger("t", { log: {} }, rest)])
      const one = compileSensor(sensor, { strictDelivery })
      const trigger = one.ok ? one.value.triggers.get("t") : undefined
      return [trigger?.backoff.attempts, trigger?.isSerial]
    }
    expect(attempts({ retryStrategy })).toEqual([1, false])
    expect(attempts({ retryStrategy, atLeastOnce: true })).toEqual([3, true])
    expect(attempts({ retryStrategy }, true)).toEqual([3, false])
  })

  test("the earliest of several resets counts", () => {
    const conditionsReset = [{ byTime: { cron: "0 5 * * *" } }, { byTime: { cron: "0 3 * * *" } }]
    const reset = compileSensor(
      aSensor([aDependency("a")], [aTrigger("t", { log: {}, conditionsReset })]),
    )
    const trigger = reset.ok ? reset.value.triggers.get("t") : undefined
    if (trigger === undefined) throw new Error("not compiled")
    expect(nextReset(trigger, startOfTests)).toBe(startOfTests + 3 * 3_600_000)
    const never = plan.triggers.get("t")
    expect(never && nextReset(never, startOfTests)).toBeUndefined()
  })
})
