import { epochMs } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import {
  type AnalysisTemplate,
  abort,
  type BlueGreenStrategy,
  explainRollout,
  promote,
  type Rollout,
  type Simulation,
  type SimulationOptions,
  simulateRollout,
  type VerbPatch,
} from "../../src/index.js"
import { blueGreenRollout, withImage } from "../../src/testing/index.js"
import { applyVerb } from "../apply-verb.js"

const minute = 60_000
const strategy = { activeService: "active", previewService: "preview" }

function deployed(blueGreen: BlueGreenStrategy, options: SimulationOptions = {}): Simulation {
  const simulation = simulateRollout(blueGreenRollout(blueGreen, { replicas: 4 }), options)
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

function status(simulation: Simulation) {
  return simulation.rollout().status ?? {}
}

/** Image tag → pods asked for. */
function pods(simulation: Simulation): { [hash: string]: number } {
  return Object.fromEntries(
    simulation
      .observed()
      .replicaSets.map((set) => [
        set.metadata.name?.replace("shop-", "") ?? "",
        set.spec.replicas ?? 0,
      ]),
  )
}

const check: AnalysisTemplate = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AnalysisTemplate",
  metadata: { name: "check" },
  spec: {
    metrics: [
      {
        name: "check",
        successCondition: "result == 1",
        provider: { web: { url: "http://check" } },
      },
    ],
  },
}
const analysis = { templates: [{ templateName: "check" }] }

test("switches at once, and keeps the old pods for their delay", () => {
  const simulation = deployed(strategy)
  const old = status(simulation).stableRS ?? ""
  release(simulation, "shop:2")
  simulation.run(epochMs(minute + 10_000))
  const hash = status(simulation).stableRS ?? ""
  expect(hash).not.toBe(old)
  expect(status(simulation)).toMatchObject({
    phase: "Healthy",
    blueGreen: { activeSelector: hash, previewSelector: hash },
  })
  expect(pods(simulation)).toEqual({ [old]: 4, [hash]: 4 })
  simulation.run(epochMs(2 * minute))
  expect(pods(simulation)).toEqual({ [old]: 0, [hash]: 4 })
})

test("waits for a human, then for nobody", () => {
  const simulation = deployed({ ...strategy, autoPromotionEnabled: false })
  const old = status(simulation).stableRS
  release(simulation, "shop:2")
  simulation.run(epochMs(10 * minute))
  expect(status(simulation)).toMatchObject({
    phase: "Paused",
    message: "BlueGreenPause",
    blueGreen: { activeSelector: old },
  })
  expect(explainRollout(simulation.rollout(), simulation.observed(), simulation.now())).toBe(
    "paused before the switch until somebody promotes",
  )
  operate(simulation, promote)
  simulation.run(epochMs(11 * minute))
  expect(status(simulation).phase).toBe("Healthy")
  expect(status(simulation).stableRS).not.toBe(old)
  expect(status(simulation).controllerPause).toBeUndefined()
})

test("promotes by itself after a while", () => {
  const simulation = deployed({ ...strategy, autoPromotionSeconds: 90 })
  const old = status(simulation).stableRS
  release(simulation, "shop:2")
  simulation.run(epochMs(2 * minute))
  expect(status(simulation)).toMatchObject({ phase: "Paused", stableRS: old })
  expect(explainRollout(simulation.rollout(), simulation.observed(), simulation.now())).toBe(
    "paused for 35 s more",
  )
  simulation.run(epochMs(3 * minute))
  expect(status(simulation).stableRS).not.toBe(old)
})

test("a small preview grows before the switch", () => {
  const simulation = deployed({ ...strategy, previewReplicaCount: 1, autoPromotionEnabled: false })
  const old = status(simulation).stableRS ?? ""
  release(simulation, "shop:2")
  simulation.run(epochMs(2 * minute))
  const hash = status(simulation).currentPodHash ?? ""
  expect(pods(simulation)).toEqual({ [old]: 4, [hash]: 1 })
  operate(simulation, promote)
  simulation.run(epochMs(2 * minute + 10_000))
  expect(pods(simulation)).toEqual({ [old]: 4, [hash]: 4 })
  expect(status(simulation)).toMatchObject({ phase: "Healthy", stableRS: hash })
  expect(status(simulation).blueGreen?.scaleUpPreviewCheckPoint).toBeUndefined()
})

test("a bad pre-promotion analysis leaves the active Service alone", () => {
  const simulation = deployed(
    { ...strategy, prePromotionAnalysis: analysis },
    {
      analysisTemplates: [check],
      measure: () => ({ type: "Value", value: 0 }),
    },
  )
  const old = status(simulation).stableRS ?? ""
  release(simulation, "shop:2")
  simulation.run(epochMs(minute + 20_000))
  expect(status(simulation)).toMatchObject({
    phase: "Degraded",
    abort: true,
    blueGreen: { activeSelector: old },
  })
  expect(status(simulation).message).toContain("Pre-promotion analysis phase error/failed")
  const hash = status(simulation).currentPodHash ?? ""
  expect(pods(simulation)).toEqual({ [old]: 4, [hash]: 4 })
  simulation.run(epochMs(3 * minute))
  expect(pods(simulation)).toEqual({ [old]: 4, [hash]: 0 })
})

test("a bad post-promotion analysis switches back", () => {
  const simulation = deployed(
    { ...strategy, postPromotionAnalysis: analysis },
    {
      analysisTemplates: [check],
      measure: () => ({ type: "Value", value: 0 }),
    },
  )
  const old = status(simulation).stableRS
  release(simulation, "shop:2")
  simulation.run(epochMs(3 * minute))
  expect(status(simulation)).toMatchObject({
    phase: "Degraded",
    stableRS: old,
    blueGreen: { activeSelector: old },
  })
})

test("good analyses before and after", () => {
  const simulation = deployed(
    { ...strategy, prePromotionAnalysis: analysis, postPromotionAnalysis: analysis },
    { analysisTemplates: [check] },
  )
  const old = status(simulation).stableRS
  release(simulation, "shop:2")
  simulation.run(epochMs(3 * minute))
  expect(status(simulation).phase).toBe("Healthy")
  expect(status(simulation).stableRS).not.toBe(old)
  expect(
    simulation.observed().analysisRuns.map((run) => run.metadata.labels?.["rollout-type"]),
  ).toEqual(["PrePromotion", "PostPromotion"])
})

test("fast rollback: within the delay the Service goes back without a pause", () => {
  const simulation = deployed({
    ...strategy,
    autoPromotionEnabled: false,
    scaleDownDelaySeconds: 300,
  })
  const old = status(simulation).stableRS
  release(simulation, "shop:2")
  simulation.run(epochMs(2 * minute))
  operate(simulation, promote)
  simulation.run(epochMs(3 * minute))
  release(simulation, "shop:1")
  simulation.run(epochMs(3 * minute + 1000))
  expect(status(simulation)).toMatchObject({
    phase: "Healthy",
    stableRS: old,
    blueGreen: { activeSelector: old },
  })
})

test("abort by hand during the pause", () => {
  const simulation = deployed({ ...strategy, autoPromotionEnabled: false })
  release(simulation, "shop:2")
  simulation.run(epochMs(2 * minute))
  operate(simulation, abort)
  simulation.run(epochMs(4 * minute))
  expect(status(simulation)).toMatchObject({
    phase: "Degraded",
    message: "RolloutAborted: Rollout aborted update to revision 2",
  })
  expect(pods(simulation)[status(simulation).currentPodHash ?? ""]).toBe(0)
})
