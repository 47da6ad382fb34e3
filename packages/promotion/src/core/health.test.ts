import { describe, expect, test } from "vitest"
import type { ForeignApplication } from "../api/foreign.js"
import { assessHealth, checkedApplications } from "./health.js"

const [early, late] = ["2026-01-05T09:00:00Z", "2026-01-05T09:01:00Z"]
const healthy = { health: { status: "Healthy" }, reconciledAt: late }
const application = (status: object, more: object = {}): ForeignApplication => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { name: "shop", namespace: "argocd" },
  status,
  ...more,
})
const check = (...desiredRevisions: readonly string[]) => ({
  uses: "argocd-update",
  config: { apps: [{ name: "shop", desiredRevisions }] },
})
const assess = (status: object, revisions: readonly string[] = [], more: object = {}) =>
  assessHealth([check(...revisions)], [application(status, more)])

describe("one Application, in the order of upstream", () => {
  const rows: readonly (readonly [string, object, readonly string[], string])[] = [
    ["healthy", healthy, [], "Healthy"],
    ["not assessed", { reconciledAt: late }, [], "Progressing"],
    ["empty", { ...healthy, health: { status: "" } }, [], "Progressing"],
    ["progressing", { ...healthy, health: { status: "Progressing" } }, [], "Progressing"],
    ["suspended", { ...healthy, health: { status: "Suspended" } }, [], "Progressing"],
    ["degraded", { ...healthy, health: { status: "Degraded" } }, [], "Unhealthy"],
    ["missing", { ...healthy, health: { status: "Missing" } }, [], "Unhealthy"],
    ["never looked at", { health: { status: "Healthy" } }, [], "Unknown"],
    [
      "not looked at since its sync",
      { ...healthy, reconciledAt: early, operationState: { finishedAt: late } },
      [],
      "Unknown",
    ],
    ["looked at since", { ...healthy, operationState: { finishedAt: early } }, [], "Healthy"],
    ["broken", { ...healthy, conditions: [{ type: "ComparisonError" }] }, [], "Unhealthy"],
    ["invalid", { ...healthy, conditions: [{ type: "InvalidSpecError" }] }, [], "Unhealthy"],
    ["warned", { ...healthy, conditions: [{ type: "SyncError" }] }, [], "Healthy"],
    ["syncing", { ...healthy, operationState: {} }, ["abc"], "Unknown"],
    ["syncing, and it does not matter", { ...healthy, operationState: {} }, [""], "Healthy"],
    ["there", { ...healthy, sync: { revision: "abc" } }, ["abc"], "Healthy"],
    ["elsewhere", { ...healthy, sync: { revision: "def" } }, ["abc"], "Unhealthy"],
    [
      "moved on after it was there",
      { ...healthy, sync: { revision: "def" }, history: [{ revision: "abc" }] },
      ["abc"],
      "Healthy",
    ],
    ["with other sources", { ...healthy, sync: { revisions: ["a", "b"] } }, ["a"], "Unknown"],
    ["with two sources", { ...healthy, sync: { revisions: ["a", "b"] } }, ["", "b"], "Healthy"],
    [
      "with one elsewhere",
      { ...healthy, sync: { revisions: ["a", "c"] } },
      ["a", "b"],
      "Unhealthy",
    ],
    [
      "with one that was there",
      {
        ...healthy,
        sync: { revisions: ["a", "c"] },
        history: [{ revisions: ["x", "b"] }],
      },
      ["a", "b"],
      "Healthy",
    ],
    ["without a sync", healthy, ["abc"], "Unhealthy"],
  ]
  test.each(rows)("%s", (_title, status, revisions, expected) => {
    expect(assess(status, revisions).health.status).toBe(expected)
  })

  test("a sync that is asked for makes it unknown", () => {
    const at = { ...healthy, sync: { revision: "abc" } }
    expect(assess(at, ["abc"], { operation: {} }).health.status).toBe("Unknown")
    expect(assess(at, [], { operation: {} }).health.status).toBe("Healthy")
  })

  test("one that does not exist is unknown", () => {
    expect(assessHealth([check()], [])).toEqual({
      health: { status: "Unknown", issues: ["Application shop does not exist"] },
      stale: [],
    })
  })

  test("what it says is in the issue", () => {
    const issue = (status: object, revisions: readonly string[] = []) =>
      assess(status, revisions).health.issues?.[0]
    expect(issue({ ...healthy, health: { status: "Degraded", message: "pods crash" } })).toBe(
      "Application shop is Degraded: pods crash",
    )
    expect(issue({ ...healthy, health: { status: "Degraded", message: "" } })).toBe(
      "Application shop is Degraded",
    )
    expect(issue({ reconciledAt: late })).toBe("Application shop is not assessed yet")
    expect(
      issue({ ...healthy, conditions: [{ type: "ComparisonError", message: "no repository" }] }),
    ).toBe("Application shop: ComparisonError: no repository")
    expect(issue({ ...healthy, sync: { revision: "def" } }, ["abc"])).toBe(
      "Application shop is at def, not at abc",
    )
    expect(issue({ ...healthy, sync: { revisions: ["a", "b"] } }, ["a"])).toBe(
      "Application shop has 2 sources, 1 are expected",
    )
    expect(issue(healthy)).toBeUndefined()
  })

  test("one that must be looked at anew is named, until it is asked for", () => {
    const stale = [{ namespace: "argocd", name: "shop" }]
    expect(assess({}).stale).toEqual(stale)
    expect(assess(healthy).stale).toEqual([])
    const annotations = { "argocd.argoproj.io/refresh": "hard" }
    const metadata = { name: "shop", namespace: "argocd", annotations }
    expect(assess({}, [], { metadata }).stale).toEqual([])
  })
})

test("of several the worst counts", () => {
  const apps = ["a", "b", "c"].map((name) => ({ name, namespace: "n" }))
  const all = (...statuses: readonly string[]) =>
    assessHealth(
      [{ uses: "argocd-update", config: { apps } }],
      statuses.map((status, index) =>
        application(
          { ...healthy, health: { status } },
          { metadata: { name: ["a", "b", "c"][index], namespace: "n" } },
        ),
      ),
    ).health
  expect(all("Healthy", "Progressing", "Healthy").status).toBe("Progressing")
  expect(all("Healthy", "Progressing").status).toBe("Unknown")
  expect(all("Degraded", "Progressing").status).toBe("Unhealthy")
  expect(all("Healthy", "Healthy", "Healthy")).toEqual({ status: "Healthy" })
  expect(assessHealth([], []).health).toEqual({ status: "Healthy" })
})

test("checks of other steps, and what is no check, name no Application", () => {
  const named = { uses: "argocd-update", config: { apps: [{ name: "a" }, 1, { name: 2 }, {}] } }
  expect(
    checkedApplications([
      named,
      { uses: "other", config: { apps: [{ name: "b" }] } },
      { uses: "argocd-update" },
      { uses: "argocd-update", config: { apps: "x" } },
      {
        uses: "argocd-update",
        config: { apps: [{ name: "c", namespace: 1, desiredRevisions: [1] }] },
      },
    ]),
  ).toEqual([
    { name: "a", namespace: "argocd", desiredRevisions: [] },
    { name: "c", namespace: "argocd", desiredRevisions: ["1"] },
  ])
})
