import { epochMs } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import type { AnalysisRun, AnalysisRunSpec, Metric } from "../../api/analysis.js"
import { decideAnalysisRun } from "./decide-analysis-run.js"
import { explainAnalysisRun } from "./explain.js"
import type { Measured, MeasuredResult } from "./measured.js"

const provider = { web: { url: "http://check" } }
const good: MeasuredResult = { type: "Value", value: 1 }
const bad: MeasuredResult = { type: "Value", value: 0 }
const undecided: MeasuredResult = { type: "Value", value: 0.5 }
const broken: MeasuredResult = { type: "Failure", message: "no answer" }
const letters = new Map<string, MeasuredResult>([
  ["S", good],
  ["F", bad],
  ["I", undecided],
  ["E", broken],
])

function runOf(metric: Partial<Metric>, spec: Partial<AnalysisRunSpec> = {}): AnalysisRun {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AnalysisRun",
    metadata: { name: "run", namespace: "default" },
    spec: {
      metrics: [{ name: "check", successCondition: "result == 1", provider, ...metric }],
      ...spec,
    },
  }
}

/** Plays answers until the run ends or asks for nothing; a letter per measurement of each metric. */
function play(run: AnalysisRun, answers: string | { readonly [metric: string]: string }) {
  let current = run
  let now = epochMs(0)
  const taken = new Map<string, number>()
  const times: number[] = []
  for (let round = 0; round < 1000; round++) {
    const decision = decideAnalysisRun(current, { measured: [] }, now)
    current = { ...current, status: decision.status }
    const measured: Measured[] = []
    for (const action of decision.actions) {
      if (action.type !== "Measure") continue
      const script = typeof answers === "string" ? answers : (answers[action.metric] ?? "S")
      const number = taken.get(action.metric) ?? 0
      taken.set(action.metric, number + 1)
      const result = letters.get(script[Math.min(number, script.length - 1)] ?? "S") ?? good
      times.push(now / 1000)
      measured.push({ key: action.key, startedAt: now, finishedAt: now, result })
    }
    if (measured.length > 0) {
      const after = decideAnalysisRun(current, { measured }, now)
      current = { ...current, status: after.status }
      if (after.wakeAt !== undefined) now = after.wakeAt
      else if (after.actions.length === 0) break
    } else if (decision.wakeAt !== undefined) now = decision.wakeAt
    else break
  }
  return { status: current.status, times, run: current, at: now / 1000 }
}

describe("worked examples (spec/rollouts §2.15.4)", () => {
  test("failureLimit 1: F S E F fails at 130 s with one error", () => {
    const { status, times } = play(runOf({ interval: "60s", count: 5, failureLimit: 1 }), "FSEF")
    expect(times).toEqual([0, 60, 120, 130])
    expect(status?.phase).toBe("Failed")
    expect(status?.metricResults?.[0]).toMatchObject({
      failed: 2,
      successful: 1,
      error: 1,
      count: 3,
    })
    expect(status?.completedAt).toBe("1970-01-01T00:02:10Z")
  })

  test("five errors, ten seconds apart, are one too many", () => {
    const { status, times } = play(runOf({}), "E")
    expect(times).toEqual([0, 10, 20, 30, 40])
    expect(status?.phase).toBe("Error")
    expect(status?.message).toBe(
      'Metric "check" assessed Error due to consecutiveErrors (5) > consecutiveErrorLimit (4): "Error Message: no answer"',
    )
  })

  test("three successes in a row end an endless metric", () => {
    const metric = { interval: "10s", consecutiveSuccessLimit: 3, failureLimit: -1 }
    const { status, times } = play(runOf(metric), "SSFSSS")
    expect(times).toHaveLength(6)
    expect(status?.phase).toBe("Successful")
  })

  test("a count that ends before enough successes in a row is Inconclusive", () => {
    const metric = { interval: "10s", consecutiveSuccessLimit: 3, failureLimit: 3, count: 6 }
    expect(play(runOf(metric), "SSFSSF").status?.phase).toBe("Inconclusive")
    expect(play(runOf({ ...metric, failureLimit: -1 }), "SSFSSF").status?.phase).toBe("Failed")
  })
})

test.each([
  [{}, "S", "Successful"],
  [{}, "F", "Failed"],
  [{ failureCondition: "result == 0" }, "I", "Inconclusive"],
  [
    { failureCondition: "result == 0", inconclusiveLimit: 1, count: 2, interval: "5s" },
    "I",
    "Inconclusive",
  ],
  [
    { failureCondition: "result == 0", inconclusiveLimit: 2, count: 2, interval: "5s" },
    "I",
    "Successful",
  ],
  [{ failureLimit: 1, count: 2, interval: "5s" }, "FS", "Successful"],
  [{ failureLimit: 1, count: 2, interval: "5s" }, "FF", "Failed"],
  [{ consecutiveErrorLimit: 0 }, "E", "Error"],
  [{ consecutiveErrorLimit: 1 }, "ES", "Successful"],
])("metric %j answering %s ends as %s", (metric, answers, phase) => {
  expect(play(runOf(metric), answers).status?.phase).toBe(phase)
})

test("the first measurement waits for initialDelay", () => {
  expect(play(runOf({ initialDelay: "90s" }), "S").times).toEqual([90])
})

test("arguments are filled in, also where a number is wanted", () => {
  const run = runOf(
    {
      count: "{{ args.n }}",
      interval: "{{args.every}}",
      provider: { web: { url: "http://{{args.host}}/" } },
    },
    {
      args: [
        { name: "n", value: "2" },
        { name: "every", value: "5s" },
        { name: "host", value: 'a"b' },
      ],
    },
  )
  const { actions } = decideAnalysisRun(run, { measured: [] }, epochMs(0))
  expect(actions).toMatchObject([
    { type: "Measure", key: "run/check/0", provider: { web: { url: 'http://a"b/' } } },
  ])
  expect(play(run, "S").times).toEqual([0, 5])
})

test("Secrets stay out of decisions", () => {
  const run = runOf(
    {
      provider: {
        web: {
          url: "http://check",
          headers: [{ key: "Authorization", value: "Bearer {{args.token}}" }],
        },
      },
    },
    { args: [{ name: "token", valueFrom: { secretKeyRef: { name: "api", key: "token" } } }] },
  )
  const { actions } = decideAnalysisRun(run, { measured: [] }, epochMs(0))
  expect(actions).toMatchObject([
    {
      secrets: { token: { name: "api", key: "token" } },
      provider: { web: { headers: [{ value: "Bearer {{args.token}}" }] } },
    },
  ])
})

test("an argument without a value ends the run as Error", () => {
  const { status } = play(runOf({}, { args: [{ name: "host" }] }), "S")
  expect(status).toMatchObject({
    phase: "Error",
    message: 'argument "host" was not resolved: nobody gives it a value',
  })
  const unknown = play(runOf({ successCondition: "result == {{args.x}}" }), "S")
  expect(unknown.status?.message).toContain("failed to resolve {{args.x}}")
})

test("one bad metric ends the others early", () => {
  const run = runOf(
    {},
    {
      metrics: [
        { name: "slow", interval: "1m", count: 10, successCondition: "result == 1", provider },
        { name: "bad", interval: "1m", count: 3, successCondition: "result == 1", provider },
      ],
    },
  )
  const { status, at } = play(run, { slow: "S", bad: "SF" })
  expect(at).toBe(60)
  expect(status).toMatchObject({
    phase: "Failed",
    runSummary: { count: 2, successful: 1, failed: 1 },
  })
})

test("a dry run is measured and does not decide", () => {
  const run = runOf(
    {},
    {
      metrics: [
        { name: "counts", successCondition: "result == 1", provider },
        { name: "tried", successCondition: "result == 1", provider },
      ],
      dryRun: [{ metricName: "tri.*" }],
    },
  )
  const { status } = play(run, { tried: "F" })
  expect(status).toMatchObject({
    phase: "Successful",
    runSummary: { count: 1, successful: 1 },
    dryRunSummary: { count: 1, failed: 1 },
  })
})

test("only the last measurements are kept", () => {
  const kept = play(runOf({ interval: "1s", count: 25 }), "S").status?.metricResults?.[0]
  expect(kept?.measurements).toHaveLength(10)
  expect(kept?.count).toBe(25)
  const three = runOf(
    { interval: "1s", count: 25 },
    { measurementRetention: [{ metricName: "check", limit: 3 }] },
  )
  expect(play(three, "S").status?.metricResults?.[0]?.measurements).toHaveLength(3)
})

test("terminating keeps what was good", () => {
  const { status } = play(runOf({ interval: "1m" }, { terminate: true }), "S")
  expect(status).toMatchObject({ phase: "Successful", message: "Run Terminated" })
})

test.each([
  [{ secondsAfterCompletion: 60 }, 60],
  [{ secondsAfterCompletion: 60, secondsAfterSuccess: 5 }, 5],
])("a finished run goes after its time: %j", (ttlStrategy, seconds) => {
  const { run } = play(runOf({}, { ttlStrategy }), "S")
  expect(decideAnalysisRun(run, { measured: [] }, epochMs(0)).wakeAt).toBe(seconds * 1000)
  expect(decideAnalysisRun(run, { measured: [] }, epochMs(seconds * 1000)).actions).toMatchObject([
    { type: "DeleteRun" },
  ])
})

test("vectors, numbers that are none, and empty results", () => {
  const judge = (successCondition: string, result: MeasuredResult) => {
    const measured = [{ key: "run/check/0", startedAt: epochMs(0), finishedAt: epochMs(0), result }]
    const { status } = decideAnalysisRun(
      runOf({ successCondition, consecutiveErrorLimit: 0 }),
      { measured },
      epochMs(0),
    )
    return status.metricResults?.[0]?.measurements?.[0]
  }
  expect(judge("result[0] <= 0.02", { type: "Vector", numbers: ["0.01"] })).toMatchObject({
    phase: "Successful",
    value: "[0.01]",
  })
  expect(judge("isNaN(result[0])", { type: "Vector", numbers: ["NaN"] })).toMatchObject({
    phase: "Successful",
    value: "[NaN]",
  })
  expect(judge("isInf(result)", { type: "Scalar", number: "+Inf" })).toMatchObject({
    phase: "Successful",
    value: "+Inf",
  })
  expect(judge("len(result) == 0 || result[0] < 1", { type: "Vector", numbers: [] })).toMatchObject(
    { phase: "Successful" },
  )
  const empty = judge("result[0] <= 0.02", { type: "Vector", numbers: [] })
  expect(empty).toMatchObject({ phase: "Error" })
  expect(empty?.message).toContain("metric result is nil or empty")
  expect(judge('result.status == "ok"', { type: "Value", value: { status: "ok" } })).toMatchObject({
    phase: "Successful",
  })
  expect(judge("result", { type: "Value", value: 3 })?.message).toContain("expected bool")
})

test("explains itself", () => {
  const run = runOf({ interval: "1m", count: 5, failureLimit: 2 })
  expect(explainAnalysisRun(run, epochMs(0))).toBe("measuring check")
  const measured = [
    { key: "run/check/0", startedAt: epochMs(0), finishedAt: epochMs(0), result: bad },
  ]
  const { status } = decideAnalysisRun(run, { measured }, epochMs(0))
  expect(explainAnalysisRun({ ...run, status }, epochMs(20_000))).toBe(
    "check: 1 of 5 measured, 1 failed; the next measurement is in 40 s",
  )
  expect(explainAnalysisRun(play(runOf({}), "F").run, epochMs(0))).toBe(
    'ended as Failed: Metric "check" assessed Failed due to failed (1) > failureLimit (0)',
  )
})
