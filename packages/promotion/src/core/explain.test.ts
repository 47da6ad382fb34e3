import { epochMs, formatInstant } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import type { Promotion } from "../api/promotion.js"
import type { Stage, StageStatus } from "../api/stage.js"
import type { WarehouseStatus } from "../api/warehouse.js"
import {
  freightFixture,
  promotionFixture,
  stageFixture,
  warehouseFixture,
} from "../testing/index.js"
import {
  explainAutoPromotion,
  explainFreight,
  explainProject,
  explainPromotion,
  explainStage,
  explainWarehouse,
} from "./explain.js"
import { promotionState, stageState, warehouseState } from "./state.js"

const now = epochMs(1_767_603_600_000)
const ago = (minutes: number): string => formatInstant(epochMs(now - minutes * 60_000))
const freight = freightFixture("v1")
const short = (freight.metadata.name ?? "").slice(0, 7)
const reference = { name: freight.metadata.name ?? "", origin: freight.origin }

describe("a Stage", () => {
  const dev = stageFixture("dev", { direct: true })
  const of = (status: StageStatus) => ({ ...dev, status })
  const last = { name: "p", freight: reference, status: { phase: "Succeeded" } }
  const healthy = { lastPromotion: last, health: { status: "Healthy" } } as const
  const verified = (phase: string, more: object = {}): StageStatus => {
    const info = { id: "i", phase, ...more }
    return { ...healthy, freightHistory: [{ id: "c", items: {}, verificationHistory: [info] }] }
  }
  const ready = (reason: string, message?: string): StageStatus => ({
    conditions: [
      { type: "Ready", status: "False", reason, ...(message === undefined ? {} : { message }) },
    ],
  })
  const rows: readonly (readonly [Stage, string, string])[] = [
    [
      { ...dev, metadata: { ...dev.metadata, deletionTimestamp: ago(1) } },
      "Deleting",
      "Stage dev is being deleted",
    ],
    [
      of(ready("InvalidSpec", "no such step")),
      "InvalidSpec",
      "Stage dev cannot be read: no such step",
    ],
    [
      of(ready("ReconcileError", "no template")),
      "ReconcileError",
      "Stage dev is stuck: no template",
    ],
    [of(ready("ReconcileError")), "ReconcileError", "Stage dev is stuck: no reason was given"],
    [
      stageFixture("gate", {}, []),
      "ControlFlow",
      "Stage gate passes Freight on without promoting it",
    ],
    [dev, "NoFreight", "Stage dev waits for its first promotion"],
    [
      of({ currentPromotion: { name: "p", freight: reference } }),
      "Promoting",
      `Stage dev is being promoted to Freight ${short} by p`,
    ],
    [
      of({ currentPromotion: { name: "p" } }),
      "Promoting",
      "Stage dev is being promoted to Freight by p",
    ],
    [
      of({ lastPromotion: { name: "p", status: { phase: "Failed", message: "no" } } }),
      "LastPromotionUnsuccessful",
      "the last promotion of Stage dev ended as Failed: no",
    ],
    [
      of({ lastPromotion: { name: "p" } }),
      "LastPromotionUnsuccessful",
      "the last promotion of Stage dev ended as Unknown: no reason was given",
    ],
    [
      of({ ...healthy, health: { status: "Unhealthy", issues: ["a is Degraded", "b too"] } }),
      "NotHealthy",
      "Stage dev is Unhealthy: a is Degraded; b too",
    ],
    [
      of({ lastPromotion: last }),
      "NotHealthy",
      "Stage dev is not assessed yet: waiting for its Applications",
    ],
    [
      of(healthy),
      "AwaitingVerification",
      `Stage dev is healthy with Freight ${short} and about to verify it`,
    ],
    [
      of(verified("Running", { analysisRun: { namespace: "", name: "run", phase: "Running" } })),
      "Verifying",
      `Stage dev verifies Freight ${short}: run is Running`,
    ],
    [of(verified("Pending")), "Verifying", `Stage dev verifies Freight ${short}: i is Pending`],
    [
      of(verified("Failed", { message: "2 of 3" })),
      "NotVerified",
      `the verification of Freight ${short} in Stage dev ended as Failed: 2 of 3`,
    ],
    [
      of(verified("Successful")),
      "Verified",
      `Stage dev is healthy with Freight ${short}, which is verified`,
    ],
  ]
  test.each(rows)("%#", (stage, reason, sentence) => {
    expect(stageState(stage).reason).toBe(reason)
    expect(explainStage(stage)).toBe(sentence)
  })
})

describe("a Promotion", () => {
  const dev = stageFixture("dev", { direct: true })
  const of = (status: Promotion["status"]): Promotion => {
    const { status: _status, ...fixture } = promotionFixture(dev, freight, "Pending")
    const metadata = { name: "p" }
    return { ...fixture, metadata, ...(status === undefined ? {} : { status }) }
  }
  const current = { ...dev, status: { currentPromotion: { name: "other" } } }
  const taken = { ...dev, status: { currentPromotion: { name: "p" } } }
  const verifying = {
    ...dev,
    status: {
      freightHistory: [
        { id: "c", items: {}, verificationHistory: [{ id: "i", phase: "Running" }] },
      ],
    },
  }
  const running = (more: object) =>
    of({
      phase: "Running",
      currentStep: 0,
      stepExecutionMetadata: [{ alias: "step-1", status: "Running", ...more }],
    })
  const rows: readonly (readonly [Promotion, typeof dev | undefined, string, string])[] = [
    [of(undefined), dev, "New", "Promotion p is about to take over the steps of Stage dev"],
    [of({ phase: "Pending" }), current, "Queued", "Promotion p waits for other to end"],
    [
      of({ phase: "Pending" }),
      verifying,
      "AwaitingVerification",
      "Promotion p waits for Stage dev to verify what it has",
    ],
    [
      of({ phase: "Pending" }),
      undefined,
      "AwaitingStage",
      "Promotion p waits for Stage dev to take it up",
    ],
    [
      of({ phase: "Pending" }),
      taken,
      "AwaitingStage",
      "Promotion p waits for Stage dev to take it up",
    ],
    [running({}), dev, "RunningStep", "Promotion p runs step 1 of 1 (fail)"],
    [
      running({ errorCount: 1, message: "no answer" }),
      dev,
      "RunningStep",
      "Promotion p runs step 1 of 1 (fail) after 1 error: no answer",
    ],
    [
      running({ errorCount: 2 }),
      dev,
      "RunningStep",
      "Promotion p runs step 1 of 1 (fail) after 2 errors",
    ],
    [
      { ...running({}), spec: { stage: "dev" } },
      dev,
      "RunningStep",
      "Promotion p runs step 1 of 0 (unknown)",
    ],
    [of({ phase: "Failed", message: "no" }), dev, "Ended", "Promotion p ended as Failed: no"],
    [of({ phase: "Succeeded" }), dev, "Ended", "Promotion p ended as Succeeded"],
  ]
  test.each(rows)("%#", (promotion, stage, reason, sentence) => {
    expect(promotionState(promotion, stage).reason).toBe(reason)
    expect(explainPromotion(promotion, stage)).toBe(sentence)
  })
})

describe("a Warehouse", () => {
  const of = (...conditions: NonNullable<WarehouseStatus["conditions"]>) => ({
    ...warehouseFixture([]),
    status: { conditions },
  })
  const ready = { type: "Ready", status: "True", reason: "ArtifactsDiscovered" } as const
  const rows: readonly (readonly [ReturnType<typeof of>, string, string])[] = [
    [of(), "NotLookedYet", "Warehouse shop has not looked yet"],
    [
      of({ ...ready, status: "False", reason: "MissingCommits", message: "nothing in x" }),
      "MissingCommits",
      "Warehouse shop has no new Freight: nothing in x",
    ],
    [
      of({ ...ready, status: "False", reason: "DiscoveryFailure" }),
      "DiscoveryFailure",
      "Warehouse shop has no new Freight: DiscoveryFailure",
    ],
    [
      of(ready, {
        type: "FreightCreationCriteriaSatisfied",
        status: "False",
        reason: "CriteriaNotSatisfied",
        message: "they do not hold",
      }),
      "CriteriaNotSatisfied",
      "Warehouse shop has no new Freight: they do not hold",
    ],
    [
      of(ready, { type: "FreightCreationCriteriaSatisfied", status: "True" }),
      "ArtifactsDiscovered",
      "Warehouse shop has found artifacts for all its subscriptions",
    ],
  ]
  test.each(rows)("%#", (warehouse, reason, sentence) => {
    expect(warehouseState(warehouse).reason).toBe(reason)
    expect(explainWarehouse(warehouse)).toBe(sentence)
  })
})

test("a Project: whether it is ready, and how much of it is well", () => {
  const project = { apiVersion: "", kind: "Project", metadata: { name: "shop" } }
  expect(explainProject(project)).toBe("Project shop was not looked at yet")
  const told = (status: "True" | "False", message?: string) =>
    explainProject({
      ...project,
      status: {
        conditions: [{ type: "Ready", status, ...(message === undefined ? {} : { message }) }],
        stats: {
          warehouses: { count: 1, health: { healthy: 1 } },
          stages: { count: 3, health: { healthy: 2 } },
        },
      },
    })
  expect(told("False", "no label")).toBe("Project shop is not ready: no label")
  expect(told("False")).toBe("Project shop is not ready: no reason was given")
  expect(told("True")).toBe(
    "Project shop is ready; healthy are 1 of 1 Warehouses and 2 of 3 Stages",
  )
  const bare = { conditions: [{ type: "Ready", status: "True" }] } as const
  expect(explainProject({ ...project, status: bare })).toBe(
    "Project shop is ready; healthy are 0 of 0 Warehouses and 0 of 0 Stages",
  )
})

test("Freight: where it is, and for each Stage that asks for it whether it may go there", () => {
  const stages = [
    stageFixture("dev", { direct: true }),
    stageFixture("qa", { stages: ["dev"] }),
    stageFixture("prod", { stages: ["qa"], requiredSoakTime: "1h" }),
    stageFixture("hand", {}),
    stageFixture("soak", { stages: ["dev"], requiredSoakTime: "1h" }),
    stageFixture("late", { stages: ["old"], requiredSoakTime: "1h" }),
    { ...stageFixture("other", {}), spec: { requestedFreight: [] } },
  ]
  const status = {
    currentlyIn: { dev: { since: ago(10) }, pre: { since: ago(1) } },
    verifiedIn: { dev: { verifiedAt: ago(5) }, old: { verifiedAt: ago(50), longestSoak: "10m" } },
    approvedFor: {},
  }
  expect(explainFreight({ ...freight, status }, stages, now)).toEqual([
    "Freight alias-v1 is in Stage dev, verified, and has soaked for 10m0s",
    "Freight alias-v1 is verified upstream and available to Stage qa",
    "Freight alias-v1 is not verified in qa, which Stage prod takes it from",
    "Freight alias-v1 needs a person's approval for Stage hand",
    "Freight alias-v1 must soak 1h in dev before Stage soak, until 2026-01-05T09:50:00Z",
    "Freight alias-v1 was verified in old, but is not there to soak 1h before Stage late",
  ])
  const { alias: _alias, ...nameless } = freight
  expect(explainFreight(nameless, [stageFixture("dev", { direct: true })], now)).toEqual([
    `Freight ${short} comes to Stage dev straight from Warehouse shop`,
  ])
  const approved = {
    ...freight,
    status: { approvedFor: { hand: {} }, currentlyIn: { dev: { since: ago(1) } } },
  }
  expect(explainFreight(approved, [stages[3]!, stages[0]!], now)).toEqual([
    "Freight alias-v1 is approved for Stage hand",
    "Freight alias-v1 is in Stage dev, not verified yet",
  ])
})

test("auto-promotion: why it does what it does", () => {
  const stage = stageFixture("dev", { direct: true })
  const [request] = stage.spec.requestedFreight
  const sentence = (status: StageStatus, list = [freight]) => {
    const observed = { freight: list, promotions: [], applications: [], analysisRuns: [] }
    return explainAutoPromotion({ stage: { ...stage, status }, observed, now }, request!)
  }
  const autoPromotionEnabled = true
  expect(sentence({})).toBe("no policy promotes to Stage dev by itself")
  expect(sentence({ autoPromotionEnabled }, [])).toBe(
    "nothing of Warehouse shop is available to Stage dev",
  )
  expect(sentence({ autoPromotionEnabled })).toBe(
    `Freight ${short} is about to be promoted to Stage dev`,
  )
  const hold = { promotionName: "p", freightName: reference.name }
  expect(
    sentence({ autoPromotionEnabled, effectiveAutoPromotionHolds: { "Warehouse/shop": hold } }),
  ).toBe(
    `auto-promotion of Stage dev is held: p chose Freight ${short}; promoting what is next takes the hold back`,
  )
  const items = { "Warehouse/shop": reference }
  expect(sentence({ autoPromotionEnabled, freightHistory: [{ id: "c", items }] })).toBe(
    `Stage dev has Freight ${short}, the next of Warehouse shop, already`,
  )
  expect(
    sentence({ autoPromotionEnabled, currentPromotion: { name: "p", freight: reference } }),
  ).toBe(`Freight ${short} is on its way to Stage dev`)
})
