import { epochMs } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import {
  type AnalysisTemplate,
  abort,
  type CanaryStrategy,
  explainRollout,
  promote,
  promoteFull,
  type Rollout,
  retry,
  type Simulation,
  type SimulationOptions,
  simulateRollout,
  type VerbPatch,
} from "../../src/index.js"
import { canaryRollout, withImage } from "../../src/testing/index.js"
import { applyVerb } from "../apply-verb.js"

const minute = 60_000
const trafficRouting = { plugins: { "argo-ts/in-memory": {} } }
const services = { canaryService: "shop-canary", stableService: "shop-stable" }

/** A rollout whose first version is out. */
function deployed(
  canary: CanaryStrategy,
  options: SimulationOptions = {},
  replicas = 10,
): Simulation {
  const simulation = simulateRollout(canaryRollout(canary, { replicas }), options)
  simulation.run(epochMs(minute))
  expect(simulation.rollout().status?.phase).toBe("Healthy")
  return simulation
}

function release(simulation: Simulation, image: string): void {
  simulation.update((rollout) => withImage(rollout, image))
}

function operate(simulation: Simulation, verb: (rollout: Rollout) => readonly VerbPatch[]): void {
  simulation.update((rollout) => applyVerb(rollout, verb(rollout)))
}

/** `index canary/stable weight`, each line once, from a row on. */
function trace(simulation: Simulation, from: number): readonly string[] {
  const lines = simulation
    .rows()
    .slice(from)
    .map((row) => {
      const weight = row.weight === undefined ? "" : ` ${row.weight}`
      return `i${row.stepIndex} ${row.canary}/${row.stable}${weight}`
    })
  return lines.filter((line, index) => line !== lines[index - 1])
}

function status(simulation: Simulation) {
  return simulation.rollout().status ?? {}
}

const errorRate: AnalysisTemplate = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AnalysisTemplate",
  metadata: { name: "error-rate", namespace: "default" },
  spec: {
    args: [{ name: "hash" }],
    metrics: [
      {
        name: "error-rate",
        interval: "1m",
        count: 3,
        successCondition: "result[0] <= 0.02",
        provider: {
          prometheus: { address: "http://metrics", query: 'errors{hash="{{args.hash}}"}' },
        },
      },
    ],
  },
}
const analysis = {
  templates: [{ templateName: "error-rate" }],
  args: [{ name: "hash", valueFrom: { podTemplateHashValue: "Latest" as const } }],
}

describe("predicted traces (spec/rollouts §2.6.4)", () => {
  test("with a router: replicas first, then weight", () => {
    const simulation = deployed({
      ...services,
      trafficRouting,
      steps: [{ setWeight: 20 }, { pause: {} }, { setWeight: 60 }],
    })
    const from = simulation.rows().length
    release(simulation, "shop:2")
    simulation.run(epochMs(2 * minute))
    expect(status(simulation)).toMatchObject({
      phase: "Paused",
      message: "CanaryPauseStep",
      currentStepIndex: 1,
    })
    operate(simulation, promote)
    simulation.run(epochMs(3 * minute))
    expect(trace(simulation, from)).toEqual([
      "i3 0/10 0",
      "i0 2/10 0",
      "i0 2/10 20",
      "i1 2/10 20",
      "i2 2/10 20",
      "i2 6/10 20",
      "i2 6/10 60",
      "i3 6/10 60",
      "i3 10/10 60",
      "i3 10/10 100",
      "i3 0/10 100",
      "i3 0/10 0",
    ])
    expect(status(simulation)).toMatchObject({ phase: "Healthy", replicas: 10 })
  })

  test("with dynamicStableScale: stable shrinks after the traffic, at once at the end", () => {
    const simulation = deployed({
      ...services,
      trafficRouting,
      dynamicStableScale: true,
      steps: [{ setWeight: 20 }, { pause: {} }, { setWeight: 60 }],
    })
    const from = simulation.rows().length
    release(simulation, "shop:2")
    simulation.run(epochMs(2 * minute))
    expect(simulation.rows().at(-1)).toMatchObject({
      canary: 2,
      stable: 8,
      weight: 20,
      phase: "Paused",
    })
    operate(simulation, promote)
    simulation.run(epochMs(3 * minute))
    const lines = trace(simulation, from)
    const shrinking = lines.map((line) => line.split(" ")[1])
    expect(shrinking.filter((pair, index) => pair !== shrinking[index - 1])).toEqual([
      "0/10",
      "2/10",
      "2/8",
      "6/8",
      "6/4",
      "10/4",
      "0/10",
    ])
    expect(status(simulation)).toMatchObject({ phase: "Healthy", replicas: 10 })
  })

  test("setCanaryScale apart from the weight", () => {
    const simulation = deployed({
      ...services,
      trafficRouting,
      steps: [
        { setCanaryScale: { replicas: 3 } },
        { setWeight: 20 },
        { setCanaryScale: { matchTrafficWeight: true } },
      ],
    })
    const from = simulation.rows().length
    release(simulation, "shop:2")
    simulation.run(epochMs(3 * minute))
    expect(trace(simulation, from)).toEqual([
      "i3 0/10 0",
      "i0 3/10 0",
      "i1 3/10 0",
      "i1 3/10 20",
      "i2 3/10 20",
      "i2 2/10 20",
      "i3 2/10 20",
      "i3 10/10 20",
      "i3 10/10 100",
      "i3 0/10 100",
      "i3 0/10 0",
    ])
  })
})

describe("without a router", () => {
  test("pods follow the weight, and the pause ends by itself", () => {
    const simulation = deployed({
      maxSurge: "25%",
      maxUnavailable: 0,
      steps: [{ setWeight: 20 }, { pause: { duration: "5m" } }],
    })
    release(simulation, "shop:2")
    simulation.run(epochMs(2 * minute))
    expect(simulation.rows().at(-1)).toMatchObject({ canary: 2, stable: 8, phase: "Paused" })
    expect(explainRollout(simulation.rollout(), simulation.observed(), simulation.now())).toBe(
      "paused at step 2 of 2 for 4 min 5 s more",
    )
    expect(
      simulation.run(epochMs(10 * minute), ({ status: now }) => now?.phase === "Healthy"),
    ).toBe(true)
    expect(status(simulation)).toMatchObject({ replicas: 10, updatedReplicas: 10 })
  })

  test("waits for pods that do not come, and says so", () => {
    const simulation = deployed(
      { maxSurge: 5, maxUnavailable: 0, steps: [{ setWeight: 50 }, { pause: {} }] },
      {
        isBroken: (hash) => hash !== first,
      },
    )
    release(simulation, "shop:2")
    simulation.run(epochMs(2 * minute))
    expect(explainRollout(simulation.rollout(), simulation.observed(), simulation.now())).toBe(
      "waiting at step 1 of 2 for 5 of 5 canary pods to become available",
    )
    simulation.run(epochMs(20 * minute))
    expect(status(simulation)).toMatchObject({ phase: "Degraded" })
    expect(status(simulation).message).toContain("ProgressDeadlineExceeded")
  })

  test("a deadline may abort the update", () => {
    const rollout = canaryRollout(
      { maxSurge: 5, maxUnavailable: 0, steps: [{ setWeight: 50 }] },
      { spec: { progressDeadlineSeconds: 60, progressDeadlineAbort: true } },
    )
    const simulation = simulateRollout(rollout, { isBroken: (hash) => hash !== first })
    simulation.run(epochMs(minute))
    release(simulation, "shop:2")
    simulation.run(epochMs(10 * minute))
    expect(status(simulation)).toMatchObject({ phase: "Degraded", abort: true })
    expect(simulation.rows().at(-1)).toMatchObject({ canary: 0, stable: 10 })
  })

  test("no steps: a rolling update", () => {
    const simulation = deployed({})
    release(simulation, "shop:2")
    simulation.run(epochMs(5 * minute))
    expect(status(simulation)).toMatchObject({
      phase: "Healthy",
      updatedReplicas: 10,
      replicas: 10,
    })
  })
})

/** Hash of the first version that {@link deployed} rolls out. */
const first = simulatedHash("shop:1")
function simulatedHash(image: string): string {
  const simulation = simulateRollout(canaryRollout({}, { image }))
  simulation.run(epochMs(minute))
  return simulation.rollout().status?.stableRS ?? ""
}

describe("analysis", () => {
  const steps = [{ setWeight: 20 }, { analysis }, { setWeight: 50 }, { pause: {} }]
  const answering = (rates: readonly string[]): SimulationOptions => ({
    analysisTemplates: [errorRate],
    measure: ({ number }) => ({
      type: "Vector",
      numbers: [rates[Math.min(number, rates.length - 1)] ?? "0"],
    }),
  })

  test("a good run completes the step", () => {
    const simulation = deployed({ steps }, answering(["0.01"]))
    release(simulation, "shop:2")
    simulation.run(epochMs(10 * minute))
    expect(status(simulation)).toMatchObject({ phase: "Paused", currentStepIndex: 3 })
    const [run] = simulation.observed().analysisRuns
    expect(run?.metadata.name).toBe(`shop-${status(simulation).currentPodHash}-2-1`)
    expect(run?.status).toMatchObject({
      phase: "Successful",
      runSummary: { count: 1, successful: 1 },
    })
    expect(run?.status?.metricResults?.[0]?.measurements).toHaveLength(3)
  })

  test("a bad run aborts to the last good version", () => {
    const simulation = deployed({ steps }, answering(["0.01", "0.5"]))
    release(simulation, "shop:2")
    simulation.run(epochMs(10 * minute))
    expect(status(simulation)).toMatchObject({
      phase: "Degraded",
      abort: true,
      currentStepIndex: 0,
    })
    expect(status(simulation).message).toBe(
      'RolloutAborted: Rollout aborted update to revision 2: Step-based analysis phase error/failed: Metric "error-rate" assessed Failed due to failed (1) > failureLimit (0)',
    )
    expect(simulation.rows().at(-1)).toMatchObject({ canary: 0, stable: 10 })
  })

  test("retry walks the steps again with a new run", () => {
    let rate = "0.5"
    const simulation = deployed(
      { steps },
      {
        analysisTemplates: [errorRate],
        measure: () => ({ type: "Vector", numbers: [rate] }),
      },
    )
    release(simulation, "shop:2")
    simulation.run(epochMs(5 * minute))
    rate = "0"
    operate(simulation, retry)
    simulation.run(epochMs(15 * minute))
    expect(status(simulation)).toMatchObject({ phase: "Paused", currentStepIndex: 3 })
    const names = simulation.observed().analysisRuns.map((run) => run.metadata.name)
    expect(names).toEqual([
      `shop-${status(simulation).currentPodHash}-2-1`,
      `shop-${status(simulation).currentPodHash}-2-1.1`,
    ])
  })

  test("going back to the stable template ends the update at once", () => {
    const simulation = deployed({ steps }, answering(["0.01"]))
    release(simulation, "shop:2")
    simulation.run(epochMs(2 * minute))
    release(simulation, "shop:1")
    simulation.run(epochMs(4 * minute))
    expect(status(simulation)).toMatchObject({
      phase: "Healthy",
      currentStepIndex: 4,
      stableRS: first,
      updatedReplicas: 10,
      replicas: 10,
    })
    expect(simulation.observed().analysisRuns[0]?.spec.terminate).toBe(true)
  })

  test("a background run is judged all the while, and may abort", () => {
    const endless = {
      ...errorRate,
      spec: {
        ...errorRate.spec,
        metrics: errorRate.spec.metrics?.map(({ count: _, ...metric }) => metric) ?? [],
      },
    }
    const simulation = deployed(
      { analysis, steps: [{ setWeight: 20 }, { pause: {} }] },
      {
        analysisTemplates: [endless],
        measure: ({ number }) => ({ type: "Vector", numbers: [number < 5 ? "0" : "1"] }),
      },
    )
    release(simulation, "shop:2")
    simulation.run(epochMs(5 * minute))
    expect(status(simulation)).toMatchObject({ phase: "Paused" })
    expect(status(simulation).canary?.currentBackgroundAnalysisRunStatus).toMatchObject({
      status: "Running",
    })
    simulation.run(epochMs(20 * minute))
    expect(status(simulation)).toMatchObject({ phase: "Degraded", abort: true })
  })

  test("an undecided run pauses; promote skips it", () => {
    const undecided = {
      ...errorRate,
      spec: {
        ...errorRate.spec,
        metrics:
          errorRate.spec.metrics?.map((metric) => ({
            ...metric,
            failureCondition: "result[0] > 0.5",
          })) ?? [],
      },
    }
    const simulation = deployed(
      { steps },
      { analysisTemplates: [undecided], measure: () => ({ type: "Vector", numbers: ["0.3"] }) },
    )
    release(simulation, "shop:2")
    simulation.run(epochMs(5 * minute))
    expect(status(simulation)).toMatchObject({
      phase: "Paused",
      message: "InconclusiveAnalysisRun",
      currentStepIndex: 1,
    })
    operate(simulation, promote)
    simulation.run(epochMs(8 * minute))
    expect(status(simulation)).toMatchObject({
      phase: "Paused",
      message: "CanaryPauseStep",
      currentStepIndex: 3,
    })
  })

  test("an undecided run that is resumed is asked again", () => {
    const undecided = {
      ...errorRate,
      spec: {
        ...errorRate.spec,
        metrics:
          errorRate.spec.metrics?.map((metric) => ({
            ...metric,
            failureCondition: "result[0] > 0.5",
          })) ?? [],
      },
    }
    let rate = "0.3"
    const simulation = deployed(
      { steps },
      { analysisTemplates: [undecided], measure: () => ({ type: "Vector", numbers: [rate] }) },
    )
    release(simulation, "shop:2")
    simulation.run(epochMs(5 * minute))
    rate = "0"
    simulation.update((rollout) => ({
      ...rollout,
      status: { ...rollout.status, pauseConditions: [] },
    }))
    simulation.run(epochMs(12 * minute))
    expect(simulation.observed().analysisRuns).toHaveLength(2)
    expect(status(simulation)).toMatchObject({ currentStepIndex: 3 })
  })

  test("a missing template is an InvalidSpec, and nothing moves", () => {
    const simulation = simulateRollout(canaryRollout({ steps }))
    simulation.run(epochMs(minute))
    expect(status(simulation)).toMatchObject({ phase: "Degraded" })
    expect(status(simulation).message).toContain('AnalysisTemplate "error-rate" does not exist')
    expect(simulation.observed().replicaSets).toEqual([])
  })
})

describe("operators", () => {
  const steps = [{ setWeight: 20 }, { pause: {} }, { setWeight: 50 }, { pause: {} }]

  test("abort with a router: traffic first, the canary's pods after their delay", () => {
    const simulation = deployed({ ...services, trafficRouting, steps })
    release(simulation, "shop:2")
    simulation.run(epochMs(2 * minute))
    operate(simulation, abort)
    simulation.run(epochMs(2 * minute + 1000))
    expect(simulation.rows().at(-1)).toMatchObject({
      canary: 2,
      stable: 10,
      weight: 0,
      phase: "Degraded",
    })
    simulation.run(epochMs(3 * minute))
    expect(simulation.rows().at(-1)).toMatchObject({
      canary: 0,
      stable: 10,
      weight: 0,
      phase: "Degraded",
    })
  })

  test("abort with dynamicStableScale: traffic goes back as the stable pods grow", () => {
    const simulation = deployed({
      ...services,
      trafficRouting,
      dynamicStableScale: true,
      steps: [
        { setWeight: 20 },
        { setWeight: 40 },
        { setWeight: 60 },
        { setWeight: 80 },
        { pause: {} },
      ],
    })
    release(simulation, "shop:2")
    simulation.run(epochMs(3 * minute))
    expect(simulation.rows().at(-1)).toMatchObject({ canary: 8, stable: 2, weight: 80 })
    const from = simulation.rows().length
    operate(simulation, abort)
    simulation.run(epochMs(5 * minute))
    const weights = simulation
      .rows()
      .slice(from)
      .map((row) => row.weight)
    expect(weights.filter((weight, index) => weight !== weights[index - 1])).toEqual([
      80, 60, 40, 20, 0,
    ])
    expect(simulation.rows().at(-1)).toMatchObject({
      canary: 0,
      stable: 10,
      weight: 0,
      phase: "Degraded",
    })
  })

  test("promote --full skips what is left", () => {
    const simulation = deployed({ ...services, trafficRouting, steps })
    release(simulation, "shop:2")
    simulation.run(epochMs(2 * minute))
    operate(simulation, promoteFull)
    simulation.run(epochMs(4 * minute))
    expect(status(simulation)).toMatchObject({
      phase: "Healthy",
      currentStepIndex: 4,
      updatedReplicas: 10,
    })
    expect(status(simulation).promoteFull).toBeUndefined()
  })

  test("a paused rollout does not move", () => {
    const simulation = deployed({ steps: [{ setWeight: 20 }] })
    simulation.update((rollout) => ({ ...rollout, spec: { ...rollout.spec, paused: true } }))
    release(simulation, "shop:2")
    simulation.run(epochMs(5 * minute))
    expect(status(simulation)).toMatchObject({ phase: "Paused", message: "manually paused" })
    expect(simulation.rows().at(-1)).toMatchObject({ canary: 0, stable: 10 })
  })

  test("scaling in the middle of an update keeps the split", () => {
    const simulation = deployed({ ...services, trafficRouting, steps })
    release(simulation, "shop:2")
    simulation.run(epochMs(2 * minute))
    simulation.update((rollout) => ({ ...rollout, spec: { ...rollout.spec, replicas: 20 } }))
    simulation.run(epochMs(3 * minute))
    expect(simulation.rows().at(-1)).toMatchObject({
      canary: 4,
      stable: 20,
      weight: 20,
      phase: "Paused",
    })
  })

  test("scaling in the middle of an update without a router", () => {
    const simulation = deployed({ steps })
    release(simulation, "shop:2")
    simulation.run(epochMs(2 * minute))
    simulation.update((rollout) => ({ ...rollout, spec: { ...rollout.spec, replicas: 20 } }))
    simulation.run(epochMs(4 * minute))
    expect(simulation.rows().at(-1)).toMatchObject({ canary: 4, stable: 16, phase: "Paused" })
  })

  test("a new template in the middle starts again, and the abandoned pods go", () => {
    const simulation = deployed({ ...services, trafficRouting, steps })
    release(simulation, "shop:2")
    simulation.run(epochMs(2 * minute))
    release(simulation, "shop:3")
    simulation.run(epochMs(4 * minute))
    expect(simulation.rows().at(-1)).toMatchObject({
      canary: 2,
      stable: 10,
      weight: 20,
      phase: "Paused",
      stepIndex: 1,
    })
    const total = simulation
      .observed()
      .replicaSets.reduce((sum, set) => sum + (set.spec.replicas ?? 0), 0)
    expect(total).toBe(12)
  })

  test("old ReplicaSets are kept up to the history limit", () => {
    const simulation = simulateRollout(canaryRollout({}, { spec: { revisionHistoryLimit: 2 } }))
    for (let version = 1; version <= 6; version++) {
      release(simulation, `shop:${version}`)
      simulation.run(epochMs(version * 5 * minute))
    }
    expect(status(simulation).phase).toBe("Healthy")
    expect(simulation.observed().replicaSets).toHaveLength(3)
  })

  test("within the rollback window the steps are skipped", () => {
    const rollout = canaryRollout(
      { steps: [{ setWeight: 20 }, { pause: {} }] },
      { spec: { rollbackWindow: { revisions: 1 } } },
    )
    const simulation = simulateRollout(rollout)
    simulation.run(epochMs(minute))
    release(simulation, "shop:2")
    simulation.run(epochMs(2 * minute))
    operate(simulation, promote)
    simulation.run(epochMs(4 * minute))
    expect(status(simulation).phase).toBe("Healthy")
    release(simulation, "shop:1")
    simulation.run(epochMs(6 * minute))
    expect(status(simulation)).toMatchObject({ phase: "Healthy", stableRS: first })
  })
})
