import { epochMs, formatInstant } from "@argo-ts/kernel"
import fc from "fast-check"
import {
  desiredReplicasAnnotation,
  hashLabel,
  revisionAnnotation,
  scaleDownDeadlineAnnotation,
} from "../src/core/labels.js"
import type {
  AnalysisPhase,
  AnalysisRun,
  BlueGreenStrategy,
  CanaryStep,
  CanaryStrategy,
  ObservedRollout,
  ReplicaSet,
  Rollout,
  RolloutStatus,
} from "../src/index.js"
import { blueGreenRollout, canaryRollout } from "../src/testing/index.js"

const services = { canaryService: "canary", stableService: "stable" }
const trafficRouting = { plugins: { "argo-ts/in-memory": {} } }

function optional<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined })
}

/** Drops fields that are undefined: JSON has none. */
function dense<T>(value: object): T {
  return JSON.parse(JSON.stringify(value)) as T
}

const plainSteps: fc.Arbitrary<readonly CanaryStep[]> = fc.array(
  fc.oneof(
    fc.record({ setWeight: fc.integer({ min: 0, max: 100 }) }),
    fc.record({ pause: fc.record({ duration: fc.integer({ min: 0, max: 600 }) }) }),
  ),
  { maxLength: 6 },
)

/** Canaries without a router. */
export const basicCanary: fc.Arbitrary<CanaryStrategy> = fc
  .record({
    steps: plainSteps,
    maxSurge: optional(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom("10%", "50%"))),
    maxUnavailable: optional(
      fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constantFrom("25%", "50%")),
    ),
  })
  .map((strategy) => dense<CanaryStrategy>(strategy))

/** Canaries with a router. */
export const routedCanaryStrategy: fc.Arbitrary<CanaryStrategy> = fc
  .record({
    steps: plainSteps,
    dynamicStableScale: optional(fc.boolean()),
    minPodsPerReplicaSet: optional(fc.integer({ min: 1, max: 4 })),
    abortScaleDownDelaySeconds: optional(fc.constantFrom(0, 10, 60)),
  })
  .map((strategy) => dense<CanaryStrategy>({ ...strategy, ...services, trafficRouting }))

/** Blue-green strategies. */
export const blueGreen: fc.Arbitrary<BlueGreenStrategy> = fc
  .record({
    activeService: fc.constant("active"),
    previewService: optional(fc.constant("preview")),
    autoPromotionEnabled: optional(fc.boolean()),
    autoPromotionSeconds: optional(fc.constantFrom(0, 30)),
    previewReplicaCount: optional(fc.integer({ min: 1, max: 3 })),
    scaleDownDelaySeconds: optional(fc.constantFrom(0, 30)),
  })
  .map((strategy) => dense<BlueGreenStrategy>(strategy))

/** Rollouts of every strategy. */
export const rollout: fc.Arbitrary<Rollout> = fc
  .tuple(
    fc.integer({ min: 0, max: 12 }),
    fc.oneof(basicCanary, routedCanaryStrategy),
    blueGreen,
    fc.boolean(),
  )
  .map(([replicas, canary, green, isCanary]) =>
    isCanary ? canaryRollout(canary, { replicas }) : blueGreenRollout(green, { replicas }),
  )

const hashes = ["aaaa", "bbbb", "cccc", "dddd"] as const
const hash = fc.constantFrom(...hashes)
const instant = fc
  .integer({ min: 0, max: 100_000 })
  .map((seconds) => formatInstant(epochMs(seconds * 1000)))
const count = fc.integer({ min: 0, max: 12 })

const replicaSet: fc.Arbitrary<ReplicaSet> = fc
  .record({
    hash,
    spec: count,
    available: count,
    revision: fc.integer({ min: 0, max: 9 }),
    created: instant,
    deadline: optional(instant),
    desired: optional(count),
  })
  .map(({ hash: value, spec, available, revision, created, deadline, desired }) => ({
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `shop-${value}`,
      labels: { app: "shop", [hashLabel]: value },
      creationTimestamp: created,
      annotations: dense<{ [key: string]: string }>({
        [revisionAnnotation]: String(revision),
        [scaleDownDeadlineAnnotation]: deadline,
        [desiredReplicasAnnotation]: desired === undefined ? undefined : String(desired),
      }),
    },
    spec: { replicas: spec, selector: { matchLabels: { app: "shop" } } },
    status: {
      replicas: spec,
      readyReplicas: available,
      availableReplicas: available,
      observedGeneration: 1,
    },
  }))

const phase: fc.Arbitrary<AnalysisPhase> = fc.constantFrom(
  "Pending",
  "Running",
  "Successful",
  "Failed",
  "Error",
  "Inconclusive",
)

const analysisRun: fc.Arbitrary<AnalysisRun> = fc
  .record({ name: fc.constantFrom("run-a", "run-b", "run-c"), phase, hash, created: instant })
  .map((each) => ({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AnalysisRun",
    metadata: {
      name: each.name,
      labels: { [hashLabel]: each.hash },
      creationTimestamp: each.created,
    },
    spec: { metrics: [] },
    status: { phase: each.phase },
  }))

/** Anything a cluster might show, sensible or not. The hash of the rollout's own template may stand in for one. */
export function observedFor(ownHash: string): fc.Arbitrary<ObservedRollout> {
  const rename = (set: ReplicaSet): ReplicaSet =>
    JSON.parse(JSON.stringify(set).replaceAll("aaaa", ownHash)) as ReplicaSet
  return fc
    .record({
      replicaSets: fc.uniqueArray(replicaSet, {
        selector: ({ metadata }) => metadata.name,
        maxLength: 4,
      }),
      analysisRuns: fc.uniqueArray(analysisRun, {
        selector: ({ metadata }) => metadata.name,
        maxLength: 3,
      }),
      active: optional(hash),
      traffic: optional(
        fc.integer({ min: 0, max: 100 }).map((canary) => ({ canary, stable: 100 - canary })),
      ),
    })
    .map(({ replicaSets, analysisRuns, active, traffic }) => ({
      replicaSets: replicaSets.map(rename),
      analysisRuns,
      services: ["canary", "stable", "active", "preview"].map((name) => ({
        apiVersion: "v1" as const,
        kind: "Service" as const,
        metadata: { name },
        spec: {
          selector: active === undefined ? { app: "shop" } : { app: "shop", [hashLabel]: active },
        },
      })),
      analysisTemplates: [],
      clusterAnalysisTemplates: [],
      ...(traffic === undefined ? {} : { traffic }),
    }))
}

/** Any status a parser lets through. */
export function statusFor(ownHash: string): fc.Arbitrary<RolloutStatus> {
  const anyHash = fc.constantFrom(ownHash, ...hashes)
  return fc
    .record({
      abort: optional(fc.boolean()),
      abortedAt: optional(instant),
      promoteFull: optional(fc.boolean()),
      controllerPause: optional(fc.boolean()),
      pauseConditions: optional(
        fc.array(
          fc.record({
            reason: fc.constantFrom("CanaryPauseStep", "BlueGreenPause", "InconclusiveAnalysisRun"),
            startTime: instant,
          }),
          { maxLength: 2 },
        ),
      ),
      currentPodHash: optional(anyHash),
      stableRS: optional(anyHash),
      currentStepIndex: optional(fc.integer({ min: 0, max: 8 })),
      canary: optional(
        fc.record({
          currentStepAnalysisRunStatus: fc.record({ name: fc.constant("run-a"), status: phase }),
        }),
      ),
    })
    .map((status) => dense<RolloutStatus>(status))
}
