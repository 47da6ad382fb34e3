import { expect, test } from "vitest"
import { pods } from "../../src/api/foreign.js"
import {
  type AnalysisTemplate,
  analysisRuns,
  analysisTemplates,
  rollouts,
  trafficSplits,
} from "../../src/index.js"
import { canaryRollout, scriptedProviders, withImage } from "../../src/testing/index.js"
import { createWorld } from "../world.js"

const minute = 60_000
const template: AnalysisTemplate = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AnalysisTemplate",
  metadata: { name: "check", namespace: "default" },
  spec: {
    metrics: [
      {
        name: "m",
        interval: "30s",
        count: 3,
        successCondition: "result == 1",
        provider: { web: { url: "http://x" } },
      },
    ],
  },
}
const canary = {
  canaryService: "shop-canary",
  stableService: "shop-stable",
  trafficRouting: { smi: {} },
  steps: [
    { setWeight: 20 },
    { analysis: { templates: [{ templateName: "check" }] } },
    { setWeight: 60 },
    { pause: { duration: "1m" } },
  ],
}

test.each(Array.from({ length: 12 }, (_, seed) => seed + 1))(
  "seed %i: refused writes, broken watches and restarts delay a release, and do nothing twice",
  async (seed) => {
    let isOn = false
    const faults = {
      conflicts: 0.1,
      internalErrors: 0.05,
      unavailable: 0.05,
      droppedWatches: 0.02,
      isAffected: () => isOn,
    }
    const providers = scriptedProviders({ m: [{ type: "Value", value: 1 }] })
    const world = await createWorld(providers, { seed, faults })
    const { cluster } = world.sim
    await world.createService("shop-canary", "shop")
    await world.createService("shop-stable", "shop")
    await cluster.create(analysisTemplates, template)
    await cluster.create(rollouts, canaryRollout(canary, { replicas: 5 }))
    isOn = true
    await world.clock.advance(5 * minute)
    isOn = false
    await world.change("shop", (rollout) => withImage(rollout, "shop:2"))
    isOn = true
    for (let part = 0; part < 6; part++) {
      if (part % 2 === seed % 2) await world.restart()
      await world.clock.advance(5 * minute)
    }
    isOn = false
    await world.clock.advance(2 * minute)
    expect((await world.rollout("shop")).status).toMatchObject({
      phase: "Healthy",
      currentStepIndex: 4,
      replicas: 5,
    })
    const runs = await cluster.list(analysisRuns, {})
    expect(
      runs.items.map(({ status }) => [status?.phase, status?.metricResults?.[0]?.count]),
    ).toEqual([["Successful", 3]])
    expect((await cluster.list(pods, {})).items).toHaveLength(5)
    const split = await cluster.get(trafficSplits, { namespace: "default", name: "shop" })
    expect(split?.spec.backends.map(({ weight }) => weight)).toEqual([0, 100])
    await world.stop()
  },
)
