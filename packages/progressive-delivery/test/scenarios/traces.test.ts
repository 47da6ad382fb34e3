import { expect, test } from "vitest"
import type { AnalysisTemplate, Rollout, SimulationOptions } from "../../src/index.js"
import { blueGreenRollout, canaryRollout } from "../../src/testing/index.js"
import { type Doing, edit, operate, release, trace } from "../trace.js"

/*
 * Whole stories, decision by decision, beside this file's folder as text. A changed line is a changed behaviour: read it
 * before it is recorded anew with `vitest run -u`.
 */

interface Story extends SimulationOptions {
  readonly rollout: Rollout
  readonly doings: readonly Doing[]
  readonly until: number
}

const trafficRouting = { plugins: { "argo-ts/in-memory": {} } }
const services = { canaryService: "shop-canary", stableService: "shop-stable" }
const check: AnalysisTemplate = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AnalysisTemplate",
  metadata: { name: "check", namespace: "default" },
  spec: {
    args: [{ name: "hash" }],
    metrics: [
      {
        name: "check",
        interval: "30s",
        count: 2,
        successCondition: "result > 0.5",
        failureCondition: "result < 0",
        provider: { web: { url: "http://check/{{args.hash}}" } },
      },
    ],
  },
}
const analysis = {
  templates: [{ templateName: "check" }],
  args: [{ name: "hash", valueFrom: { podTemplateHashValue: "Latest" as const } }],
}
const judged = { analysisTemplates: [check] }
const value = (answer: number) => () => ({ type: "Value", value: answer }) as const

const stories: { readonly [name: string]: Story } = {
  "canary by pods, with every kind of pause": {
    rollout: canaryRollout(
      {
        steps: [{ setWeight: 25 }, { pause: { duration: "1m" } }, { setWeight: 50 }, { pause: {} }],
      },
      { replicas: 4 },
    ),
    doings: [release(60, "shop:2"), operate(240, "promote")],
    until: 400,
  },
  "canary by traffic, aborted and tried again": {
    rollout: canaryRollout(
      {
        ...services,
        trafficRouting,
        steps: [{ setWeight: 20 }, { pause: { duration: 60 } }, { setWeight: 60 }, { pause: {} }],
      },
      { replicas: 5 },
    ),
    doings: [
      release(60, "shop:2"),
      operate(200, "abort"),
      operate(300, "retry"),
      operate(500, "promoteFull"),
    ],
    until: 700,
  },
  "canary with sizes of its own, and a stable side that shrinks": {
    rollout: canaryRollout(
      {
        ...services,
        trafficRouting: { ...trafficRouting, maxTrafficWeight: 1000 },
        dynamicStableScale: true,
        abortScaleDownDelaySeconds: 15,
        steps: [
          { setCanaryScale: { replicas: 3 } },
          { setWeight: 200 },
          { setCanaryScale: { matchTrafficWeight: true } },
          { pause: {} },
        ],
      },
      { replicas: 10 },
    ),
    doings: [
      release(60, "shop:2"),
      operate(160, "abort"),
      release(300, "shop:3"),
      operate(400, "promote"),
    ],
    until: 600,
  },
  "canary judged by a step and in the background": {
    rollout: canaryRollout(
      {
        steps: [{ setWeight: 50 }, { analysis }, { pause: { duration: "10s" } }],
        analysis: { ...analysis, startingStep: 1 },
      },
      { replicas: 2 },
    ),
    doings: [release(60, "shop:2")],
    until: 300,
    ...judged,
    measure: value(1),
  },
  "canary refused by its analysis, then gone back by hand": {
    rollout: canaryRollout({ steps: [{ setWeight: 50 }, { analysis }] }, { replicas: 2 }),
    doings: [release(60, "shop:2"), release(200, "shop:1")],
    until: 300,
    ...judged,
    measure: value(-1),
  },
  "canary that its analysis cannot decide": {
    rollout: canaryRollout(
      { steps: [{ setWeight: 50 }, { analysis }, { setWeight: 75 }] },
      { replicas: 4 },
    ),
    doings: [release(60, "shop:2"), operate(200, "promote")],
    until: 300,
    ...judged,
    measure: value(0.2),
  },
  "canary whose pods never come": {
    rollout: canaryRollout(
      { maxSurge: 1, maxUnavailable: 0, steps: [{ setWeight: 50 }] },
      { replicas: 4, spec: { progressDeadlineSeconds: 90, progressDeadlineAbort: true } },
    ),
    doings: [release(60, "shop:2")],
    until: 400,
    isBroken: (hash) => hash !== "6757d59c7c",
  },
  "canary without steps, scaled and changed on the way": {
    rollout: canaryRollout(
      { maxSurge: "25%", maxUnavailable: 1 },
      { replicas: 4, spec: { revisionHistoryLimit: 1, minReadySeconds: 0 } },
    ),
    doings: [
      release(60, "shop:2"),
      edit(63, "six replicas", { replicas: 6 }),
      release(66, "shop:3"),
      edit(120, "paused", { paused: true }),
      release(121, "shop:4"),
      edit(150, "no longer paused", { paused: false }),
      edit(200, "no replicas", { replicas: 0 }),
    ],
    until: 260,
  },
  "canary that goes back within its window": {
    rollout: canaryRollout(
      {
        ...services,
        trafficRouting,
        steps: [{ setWeight: 50 }, { pause: { duration: 5 } }],
        scaleDownDelaySeconds: 600,
      },
      { replicas: 2, spec: { rollbackWindow: { revisions: 2 } } },
    ),
    doings: [release(60, "shop:2"), release(120, "shop:1")],
    until: 200,
  },
  "blue-green, switched by hand": {
    rollout: blueGreenRollout(
      {
        activeService: "active",
        previewService: "preview",
        autoPromotionEnabled: false,
        previewReplicaCount: 1,
        scaleDownDelaySeconds: 20,
      },
      { replicas: 3 },
    ),
    doings: [
      release(60, "shop:2"),
      operate(120, "promote"),
      release(200, "shop:3"),
      operate(260, "abort"),
      operate(320, "retry"),
      operate(400, "promoteFull"),
    ],
    until: 500,
  },
  "blue-green, judged before and after": {
    rollout: blueGreenRollout(
      {
        activeService: "active",
        prePromotionAnalysis: analysis,
        postPromotionAnalysis: analysis,
        scaleDownDelayRevisionLimit: 1,
      },
      { replicas: 2 },
    ),
    doings: [release(60, "shop:2"), release(240, "shop:3")],
    until: 500,
    ...judged,
    measure: value(1),
  },
  "blue-green, refused after the switch": {
    rollout: blueGreenRollout(
      { activeService: "active", postPromotionAnalysis: analysis, abortScaleDownDelaySeconds: 0 },
      { replicas: 2 },
    ),
    doings: [release(60, "shop:2"), release(200, "shop:1")],
    until: 300,
    ...judged,
    measure: value(-1),
  },
  "blue-green, undecided before the switch": {
    rollout: blueGreenRollout(
      {
        activeService: "active",
        previewService: "preview",
        autoPromotionSeconds: 45,
        prePromotionAnalysis: analysis,
      },
      { replicas: 2 },
    ),
    doings: [
      release(60, "shop:2"),
      operate(200, "promote"),
      edit(330, "restart", { restartAt: "1970-01-01T00:05:00Z" }),
    ],
    until: 400,
    ...judged,
    measure: value(0.2),
  },
  "a rollout that cannot be": {
    rollout: canaryRollout({ steps: [{ analysis }] }, { replicas: 1 }),
    doings: [release(60, "shop:2")],
    until: 130,
  },
}

for (const [name, { rollout, doings, ...options }] of Object.entries(stories)) {
  test(name, async () => {
    const told = trace(rollout, doings, options)
    await expect(told).toMatchFileSnapshot(`../traces/${name.replaceAll(/[^a-z]+/g, "-")}.txt`)
  })
}
