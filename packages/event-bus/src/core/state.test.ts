import { epochMs } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import type { SensorStatus } from "../api/sensor.js"
import { applyChange, foldSensorChanges, openState, triggerState, writeState } from "./state.js"

const instant = "2026-01-01T00:00:00.000000Z"
const at = epochMs(Date.UTC(2026, 0, 1))

const full: SensorStatus = {
  triggers: [
    {
      name: "a",
      received: [
        { dependency: "d", id: "1", at: instant },
        { dependency: "e", id: "2", at: instant },
      ],
      firings: [
        {
          cause: "c1",
          at: instant,
          events: [{ dependency: "d", id: "1" }],
          failures: 1,
          notBefore: instant,
          message: "refused",
        },
        { cause: "c0", at: instant, events: [], failures: 0 },
      ],
      nextPermitAt: instant,
      last: { cause: "c", outcome: "Failed", at: instant, message: "gone" },
    },
    { name: "b", last: { cause: "c", outcome: "Succeeded", at: instant } },
  ],
  handled: [
    { id: "2", at: instant },
    { id: "1", at: instant },
  ],
}

describe("a status", () => {
  test("read and written again is itself, in every field", () => {
    expect(writeState(openState(full), undefined)).toEqual(full)
    expect(writeState(openState(undefined), undefined)).toEqual({})
  })

  test("is read into instants", () => {
    const a = triggerState(openState(full), "a")
    expect(a.firings.get("c1")).toEqual({
      cause: "c1",
      at,
      events: [{ dependency: "d", id: "1" }],
      failures: 1,
      notBefore: at,
      message: "refused",
    })
    expect(a.firings.get("c0")).toEqual({ cause: "c0", at, events: [], failures: 0 })
    expect(a).toMatchObject({ nextPermitAt: at, last: { at, message: "gone" } })
    expect(a.received.get("d")).toEqual({ id: "1", at })
  })

  test("an instant that nobody can read is the beginning of time, not an error", () => {
    const broken = { handled: [{ id: "1", at: "yesterday" }] }
    expect(openState(broken).handled.get("1")).toBe(0)
  })

  test("written over an earlier one keeps what is not the decision's, and drops what ended", () => {
    const conditions = [{ type: "Deployed", status: "True" }]
    const before = { ...full, conditions } as unknown as SensorStatus
    expect(writeState(openState(undefined), before)).toEqual({ conditions })
  })

  test("triggers and dependencies are in order of name; a trigger that remembers nothing is absent", () => {
    const state = openState(undefined)
    triggerState(state, "idle")
    for (const trigger of ["z", "a"])
      for (const dependency of ["y", "x"])
        applyChange(state, { type: "EventReceived", trigger, dependency, id: "1", at })
    const { triggers = [] } = writeState(state, undefined)
    expect(
      triggers.map(({ name, received }) => [name, received?.map((r) => r.dependency)]),
    ).toEqual([
      ["a", ["x", "y"]],
      ["z", ["x", "y"]],
    ])
  })
})

test("an instant that was never written stays absent", () => {
  const state = openState({ triggers: [{ name: "t", received: [] }] })
  expect(triggerState(state, "t")).toEqual({ received: new Map(), firings: new Map() })
})

describe("changes folded over a status", () => {
  const later = epochMs(at + 1000)
  const after = "2026-01-01T00:00:01.000000Z"

  test("each changes what it names", () => {
    const finished = { cause: "c1", outcome: "Succeeded", at: later } as const
    const firing = { cause: "c2", at: later, events: [], failures: 0 }
    const next = foldSensorChanges(full, [
      { type: "EventForgotten", id: "2" },
      { type: "EventHandled", id: "1", at: later },
      { type: "ReceivedDropped", trigger: "a", dependency: "d" },
      { type: "FiringEnded", trigger: "a", finished },
      { type: "FiringChanged", trigger: "a", firing },
      { type: "PermitTaken", trigger: "a", next: later },
    ])
    expect(next.handled).toEqual([{ id: "1", at: after }])
    expect(next.triggers?.[0]).toEqual({
      name: "a",
      received: [{ dependency: "e", id: "2", at: instant }],
      firings: [
        { cause: "c0", at: instant, events: [], failures: 0 },
        { cause: "c2", at: after, events: [], failures: 0 },
      ],
      nextPermitAt: after,
      last: { cause: "c1", outcome: "Succeeded", at: after },
    })
  })

  test("what is handled again moves to the end, where the newest are", () => {
    const next = foldSensorChanges(full, [{ type: "EventHandled", id: "2", at: later }])
    expect(next.handled?.map(({ id }) => id)).toEqual(["1", "2"])
  })
})
