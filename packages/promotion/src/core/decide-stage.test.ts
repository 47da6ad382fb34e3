import { formatInstant } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import { annotated, ended, type StageWorld, settle, step, withRun } from "../../test/perform.js"
import {
  a,
  adding,
  after,
  b,
  c,
  condition,
  direct,
  nameOf,
  newest,
  promoted,
  queued,
  runName,
  start,
  verifying,
  worldOf,
} from "../../test/stage-world.js"
import type { Freight } from "../api/freight.js"
import { freightFixture, stageFixture } from "../testing/index.js"
import { autoPromotionOf } from "./auto-promotion.js"
import { decideStage } from "./decide-stage.js"

describe("the queue", () => {
  test("what a Stage says before anything was promoted, and after a failure", () => {
    const fresh = step(worldOf(direct, [a], false), start).world
    expect(fresh.stage.status).toEqual({
      autoPromotionEnabled: false,
      freightSummary: "0/1 Fulfilled",
      conditions: [
        expect.objectContaining({
          type: "Healthy",
          status: "Unknown",
          reason: "NoFreight",
          message: "nothing has been promoted to this Stage yet",
          observedGeneration: 1,
          lastTransitionTime: formatInstant(start),
        }),
        expect.objectContaining({ type: "Verified", status: "Unknown", reason: "NoFreight" }),
        expect.objectContaining({ type: "Ready", status: "False", reason: "NoFreight" }),
      ],
    })
    const failed = ended(queued(a, 0), "Failed", a)
    const after_ = settle(adding(worldOf(direct, [a], false), failed), start)
    expect(condition(after_, "Healthy")).toMatchObject({
      status: "Unknown",
      reason: "LastPromotionFailed",
      message: "the last promotion ended as Failed",
    })
    const taken = settle(adding(worldOf(direct, [a], false), queued(a, 0)), start)
    expect(condition(taken, "Promoting")?.message).toBe(
      `Promotion ${nameOf(queued(a, 0))} is under way`,
    )
  })

  test("the oldest waiting promotion is taken up, with what it brings", () => {
    const world = step(adding(worldOf(direct, [a, b]), queued(b, 2), queued(a, 1)), start).world
    expect(world.stage.status?.currentPromotion).toEqual({
      name: nameOf(queued(a, 1)),
      freight: { name: nameOf(a), origin: a.origin, images: a.images },
    })
    expect(condition(world, "Promoting")).toMatchObject({
      status: "True",
      reason: "ActivePromotion",
    })
    expect(condition(world, "Healthy")).toMatchObject({
      status: "Unknown",
      reason: "ActivePromotion",
    })
    expect(condition(world, "Ready")).toMatchObject({ status: "False", reason: "ActivePromotion" })
    expect(world.stage.status?.health).toEqual({
      status: "Unknown",
      issues: ["a promotion is under way"],
    })
  })

  test("a running promotion goes first, also where an older one waits", () => {
    const running = { ...queued(b, 2), status: { phase: "Running" as const } }
    const world = step(adding(worldOf(direct, [a, b]), queued(a, 1), running), start).world
    expect(world.stage.status?.currentPromotion?.name).toBe(nameOf(running))
  })

  test("an aborted promotion in the queue does not hide the one that runs", () => {
    const first = queued(a, 1)
    const taken = settle(adding(worldOf(direct, [a, b], false), first), start)
    const waiting = settle(adding(taken, ended(queued(b, 2), "Aborted")), after(1))
    expect(waiting.stage.status?.lastPromotion).toBeUndefined()
    const done = settle(adding(waiting, ended(first, "Succeeded", a)), after(2))
    expect(done.stage.status?.freightHistory?.[0]?.items["Warehouse/shop"]?.name).toBe(nameOf(a))
    expect(done.stage.status?.lastPromotion?.name).toBe(nameOf(queued(b, 2)))
    expect(condition(done, "Ready")?.reason).toBe("LastPromotionAborted")
  })

  test("what was aborted before it began leaves the collection as it was", () => {
    const world = promoted(direct, a, [b])
    const aborted = { ...queued(b, 5), status: { phase: "Aborted" as const } }
    const next = settle(adding(world, aborted), after(5))
    expect(next.stage.status?.lastPromotion?.status?.freightCollection).toEqual(
      world.stage.status?.lastPromotion?.status?.freightCollection,
    )
    expect(next.stage.status?.freightHistory).toEqual(world.stage.status?.freightHistory)
  })

  test("a healthy Stage verifies first; an unhealthy one is promoted over at once", () => {
    const world = promoted(verifying, a, [b])
    expect(newest(world)?.phase).toBe("Pending")
    const waiting = settle(adding(world, queued(b, 5)), after(5))
    expect(waiting.stage.status?.currentPromotion).toBeUndefined()
    const over = settle(withRun(waiting, runName(waiting), "Failed", after(6)), after(6))
    expect(over.stage.status?.currentPromotion?.name).toBe(nameOf(queued(b, 5)))

    const failed = ended(queued(a, 0), "Failed", a)
    const unhealthy = settle(adding(worldOf(verifying, [a, b], false), failed), start)
    expect(unhealthy.stage.status?.health?.status).toBe("Unknown")
    expect(condition(unhealthy, "Healthy")?.reason).toBe("LastPromotionFailed")
    const next = settle(adding(unhealthy, queued(b, 5)), after(5))
    expect(next.stage.status?.currentPromotion?.name).toBe(nameOf(queued(b, 5)))
  })

  test("asks to be woken soon while the next promotion can be taken up", () => {
    const first = settle(adding(worldOf(direct, [a, b], false), queued(a, 1)), start)
    const two = adding(first, ended(queued(a, 1), "Failed", a), queued(b, 2))
    const decision = decideStage(two.stage, two.observed, after(2))
    expect(decision.wakeAt).toBe(after(2) + 100)
    expect(decideStage(first.stage, first.observed, after(2)).wakeAt).toBeUndefined()
  })

  test("what was refused at the door is nothing that happened to the Stage", () => {
    const world = promoted(direct, a, [b])
    const annotations = { "kargo.akuity.io/auto-promotion-hold": "Warehouse/shop" }
    const refused = { ...queued(b, 5, annotations), status: { phase: "Errored" as const } }
    const next = settle(adding(world, refused), after(5))
    expect(next.stage).toEqual(world.stage)
    const startedAt = formatInstant(after(5))
    const failed = { ...refused, status: { ...refused.status, startedAt } }
    expect(settle(adding(world, failed), after(5)).stage.status?.lastPromotion?.name).toBe(
      nameOf(failed),
    )
  })

  test("a promotion is taken up once it is admitted", () => {
    const { status: _status, ...fresh } = queued(a, 1)
    const waiting = settle(adding(worldOf(direct, [a], false), fresh), after(1))
    expect(waiting.stage.status?.currentPromotion).toBeUndefined()
    const auto = settle(adding(worldOf(direct, [a]), fresh), after(1))
    expect(auto.observed.promotions).toHaveLength(1)
    const taken = settle(adding(waiting, queued(a, 1)), after(2))
    expect(taken.stage.status?.currentPromotion?.name).toBe(nameOf(fresh))
  })

  test("the history keeps ten collections", () => {
    let world = worldOf(direct, [a, b], false)
    for (let index = 0; index < 12; index++) {
      const freight = index % 2 === 0 ? a : b
      world = settle(
        adding(world, ended(queued(freight, index), "Succeeded", freight)),
        after(index),
      )
    }
    expect(world.stage.status?.freightHistory).toHaveLength(10)
  })
})

describe("Freight", () => {
  test("knows where it is, since when, and how long it was there", () => {
    const world = promoted(direct, a, [b])
    const here = world.observed.freight.find((each) => nameOf(each) === nameOf(a))
    expect(here?.status).toEqual({
      currentlyIn: { dev: { since: formatInstant(after(1)) } },
      verifiedIn: { dev: { verifiedAt: formatInstant(after(1)) } },
    })
    expect(world.observed.freight.find((each) => nameOf(each) === nameOf(b))).toEqual(b)
    const next = settle(adding(world, ended(queued(b, 31), "Succeeded", b)), after(31))
    const left = next.observed.freight.find((each) => nameOf(each) === nameOf(a))
    expect(left?.status).toEqual({
      currentlyIn: {},
      verifiedIn: { dev: { verifiedAt: formatInstant(after(1)), longestSoak: "30m0s" } },
    })
    const back = settle(adding(next, ended(queued(a, 40), "Succeeded", a)), after(40))
    const again = settle(adding(back, ended(queued(b, 45), "Succeeded", b)), after(45))
    const short = again.observed.freight.find((each) => nameOf(each) === nameOf(a))
    expect(short?.status?.verifiedIn?.["dev"]?.longestSoak).toBe("30m0s")
  })

  test("without verification it leaves no soak behind", () => {
    const world = promoted(verifying, a, [b])
    const failed = settle(withRun(world, runName(world), "Failed", after(2)), after(2))
    const next = settle(adding(failed, ended(queued(b, 5), "Succeeded", b)), after(5))
    const left = next.observed.freight.find((each) => nameOf(each) === nameOf(a))
    expect(left?.status).toEqual({ currentlyIn: {} })
  })

  test("a Stage that is deleted is forgotten, its runs go, and then it may go", () => {
    const world = promoted(verifying, a)
    const run = runName(world)
    const approved: Freight = { ...b, status: { approvedFor: { dev: {}, prod: {} } } }
    const metadata = { ...world.stage.metadata, deletionTimestamp: formatInstant(after(9)) }
    const going: StageWorld = {
      stage: { ...world.stage, metadata },
      observed: { ...world.observed, freight: [...world.observed.freight, approved] },
    }
    const { world: gone, actions } = step(going, after(9))
    expect(actions.map(({ type, key }) => `${type} ${key}`)).toEqual([
      `PatchFreight ${nameOf(a)}/currentlyIn/dev`,
      `PatchFreight ${nameOf(b)}/approvedFor/dev`,
      `DeleteAnalysisRun ${run}/delete`,
      "RemoveFinalizer dev/remove-finalizer",
    ])
    expect(gone.stage.status).toEqual(world.stage.status)
    const leaving = going.observed.analysisRuns.map((each) => ({
      ...each,
      metadata: { ...each.metadata, deletionTimestamp: formatInstant(after(9)) },
    }))
    const second = decideStage(going.stage, { ...going.observed, analysisRuns: leaving }, after(9))
    expect(second.actions.map(({ type }) => type)).not.toContain("DeleteAnalysisRun")
    expect(gone.observed.freight.map(({ status }) => status)).toEqual([
      { currentlyIn: {} },
      { approvedFor: { prod: {} } },
    ])
    expect(decideStage(gone.stage, gone.observed, after(9)).actions).toEqual([])
  })

  test("a Stage that may be deleted at once is held first", () => {
    const { finalizers: _none, ...metadata } = direct.metadata
    const { actions } = step(worldOf({ ...direct, metadata }, []), start)
    expect(actions).toEqual([{ type: "AddFinalizer", key: "dev/add-finalizer" }])
  })
})

describe("auto-promotion", () => {
  const held = { "kargo.akuity.io/auto-promotion-hold": "Warehouse/shop" }
  const resumed = { "kargo.akuity.io/auto-promotion-resume": "Warehouse/shop" }
  const created = (world: StageWorld) =>
    world.observed.promotions.filter(({ metadata }) => metadata.name?.includes(".01"))
  const why = ({ stage, observed }: StageWorld, minute: number) => {
    const [request] = stage.spec.requestedFreight
    return autoPromotionOf({ stage, observed, now: after(minute) }, request!)
  }

  test("takes the newest Freight, once, and says why it does nothing more", () => {
    const world = settle(worldOf(direct, [a, b]), start)
    expect(world.observed.promotions.map(({ spec }) => spec.freight)).toEqual([nameOf(b)])
    expect(why(world, 0)).toEqual({ reason: "UnderWay", freight: nameOf(b) })
    const [promotion] = world.observed.promotions
    const failed = settle(adding(world, ended(promotion!, "Failed", b)), after(1))
    expect(why(failed, 1)).toEqual({ reason: "LastAttemptFailed", freight: nameOf(b) })
    const good = settle(adding(world, ended(promotion!, "Succeeded", b)), after(1))
    expect(why(good, 1)).toEqual({ reason: "AlreadyCurrent", freight: nameOf(b) })
    expect(why(settle(worldOf(direct, []), start), 0)).toEqual({ reason: "NoCandidate" })
    expect(why(settle(worldOf(direct, [a], false), start), 0)).toEqual({ reason: "Disabled" })
    expect(step(worldOf(direct, [a], false), start).actions).toEqual([])
  })

  test("a person's choice of other Freight holds it until it is taken back", () => {
    const running = settle(adding(worldOf(direct, [a, b]), queued(a, 1, held)), after(1))
    expect(running.stage.status?.effectiveAutoPromotionHolds).toEqual({
      "Warehouse/shop": {
        freightName: nameOf(a),
        origin: { kind: "Warehouse", name: "shop" },
        promotionName: nameOf(queued(a, 1)),
        actor: "",
        createdAt: formatInstant(after(1)),
      },
    })
    expect(running.stage.status?.autoPromotionHolds).toBeUndefined()
    expect(running.observed.promotions).toHaveLength(1)
    expect(why(running, 1)).toEqual({
      reason: "Held",
      promotion: nameOf(queued(a, 1)),
      freight: nameOf(a),
    })
    const done = settle(adding(running, ended(queued(a, 1, held), "Failed", a)), after(2))
    expect(Object.keys(done.stage.status?.autoPromotionHolds ?? {})).toEqual(["Warehouse/shop"])
    expect(done.observed.promotions).toHaveLength(1)
    const back = settle(adding(done, queued(b, 3, resumed)), after(3))
    expect(back.stage.status?.effectiveAutoPromotionHolds).toBeUndefined()
    expect(back.stage.status?.autoPromotionHolds).toBeDefined()
    const over = settle(adding(back, ended(queued(b, 3, resumed), "Succeeded", b)), after(4))
    expect(over.stage.status?.autoPromotionHolds).toBeUndefined()
    const newer = { ...c, discoveredAt: formatInstant(after(5)) }
    const { observed } = over
    const next = settle(
      { stage: over.stage, observed: { ...observed, freight: [...observed.freight, newer] } },
      after(5),
    )
    expect(created(next).map(({ spec }) => spec.freight)).toEqual([nameOf(c)])
  })

  test("an aborted choice holds nothing", () => {
    const world = settle(adding(worldOf(direct, [a, b]), queued(a, 1, held)), after(1))
    const aborted = settle(adding(world, ended(queued(a, 1, held), "Aborted")), after(2))
    expect(aborted.stage.status?.effectiveAutoPromotionHolds).toBeUndefined()
    expect(created(aborted).map(({ spec }) => spec.freight)).toEqual([nameOf(b)])
  })

  test("holds go with auto-promotion and with the origin", () => {
    const world = settle(adding(worldOf(direct, [a, b]), queued(a, 1, held)), after(1))
    const done = settle(adding(world, ended(queued(a, 1, held), "Succeeded", a)), after(2))
    expect(done.stage.status?.autoPromotionHolds).toBeDefined()
    const off = settle({ ...done, observed: { ...done.observed, config: undefined! } }, after(3))
    expect(off.stage.status).toMatchObject({ autoPromotionEnabled: false })
    expect(off.stage.status?.autoPromotionHolds).toBeUndefined()
    const origin = { kind: "Warehouse", name: "other" } as const
    const spec = { ...done.stage.spec, requestedFreight: [{ origin }] }
    const moved = settle({ ...done, stage: { ...done.stage, spec } }, after(3))
    expect(moved.stage.status?.autoPromotionHolds).toBeUndefined()
    expect(moved.stage.status?.freightSummary).toBe("0/1 Fulfilled")
  })
})

describe("health and control flow", () => {
  const check = { uses: "argocd-update", config: { apps: [{ name: "shop", namespace: "argocd" }] } }
  const application = (status: object, annotations = {}) => ({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "shop", namespace: "argocd", annotations },
    status,
  })
  const withChecks = (status: object, annotations = {}): StageWorld => {
    const promotion = ended(queued(a, 0), "Succeeded", a)
    const checked = { ...promotion, status: { ...promotion.status, healthChecks: [check] } }
    const world = adding(worldOf(direct, [a], false), checked)
    const applications = [application(status, annotations)]
    return { ...world, observed: { ...world.observed, applications } }
  }

  test("an Application that was not looked at is refreshed, and asked once", () => {
    const world = withChecks({ health: { status: "Healthy" } })
    const { world: asked, actions } = step(world, after(1))
    const refresh = { type: "RefreshApplication", key: "argocd/shop/refresh" }
    expect(actions).toContainEqual({ ...refresh, namespace: "argocd", name: "shop" })
    expect(asked.stage.status?.health?.status).toBe("Unknown")
    expect(step(asked, after(1)).actions).toEqual([])
  })

  test.each([
    ["Healthy", "Healthy", "True"],
    ["Degraded", "Unhealthy", "False"],
    ["Progressing", "Progressing", "Unknown"],
  ])("%s is %s", (status, expected, value) => {
    const world = settle(
      withChecks({ health: { status }, reconciledAt: formatInstant(after(1)) }),
      after(2),
    )
    expect(world.stage.status?.health?.status).toBe(expected)
    expect(condition(world, "Healthy")).toMatchObject({
      status: value,
      reason: expected,
      message:
        expected === "Healthy" ? "all 1 health checks are good" : `Application shop is ${status}`,
    })
    const isReady = expected === "Healthy"
    expect(condition(world, "Ready")).toMatchObject(
      isReady ? { status: "True" } : { status: "False", reason: expected },
    )
    expect(world.stage.status?.observedGeneration).toBe(isReady ? 1 : undefined)
  })

  test("a control-flow Stage verifies what is available and has nothing of its own", () => {
    const before = promoted(stageFixture("gate", { direct: true }), a)
    const gate = stageFixture("gate", { stages: ["dev"] }, [])
    const ready: Freight = { ...b, status: { verifiedIn: { dev: {} } } }
    const elsewhere = freightFixture("d")
    const passed: Freight = { ...c, status: { verifiedIn: { dev: {}, gate: {} } } }
    const stage = { ...gate, status: { ...before.stage.status, metadata: { kept: true } } }
    const annotated_ = { ...stage.metadata, annotations: { "kargo.akuity.io/refresh": "now" } }
    const world = settle(
      worldOf({ ...stage, metadata: annotated_ }, [
        ...before.observed.freight,
        ready,
        passed,
        elsewhere,
      ]),
      after(9),
    )
    expect(world.stage.status).toEqual({
      freightSummary: "N/A",
      observedGeneration: 1,
      lastHandledRefresh: "now",
      metadata: { kept: true },
      conditions: [
        expect.objectContaining({ type: "Ready", status: "True", reason: "ControlFlow" }),
      ],
    })
    expect(world.observed.freight.map(({ status }) => status)).toEqual([
      {
        currentlyIn: {},
        verifiedIn: { gate: { verifiedAt: expect.any(String), longestSoak: "8m0s" } },
      },
      { verifiedIn: { dev: {}, gate: { verifiedAt: formatInstant(after(9)) } } },
      passed.status,
      undefined,
    ])
    expect(world.observed.promotions).toEqual([])
  })

  test("waiting alone makes Freight available: the Stage is woken at that instant", () => {
    const soaking: Freight = {
      ...a,
      status: {
        currentlyIn: { dev: { since: formatInstant(start) } },
        verifiedIn: { dev: {} },
      },
    }
    const prod = stageFixture("prod", { stages: ["dev"], requiredSoakTime: "30m" })
    const gate = stageFixture("gate", { stages: ["dev"], requiredSoakTime: "30m" }, [])
    for (const stage of [prod, gate]) {
      const { observed } = worldOf(stage, [soaking])
      expect(decideStage(stage, observed, after(10)).wakeAt).toBe(after(30))
    }
  })

  test("a refresh is on record", () => {
    const world = annotated(worldOf(direct, [a], false), { "kargo.akuity.io/refresh": "t1" })
    expect(settle(world, start).stage.status?.lastHandledRefresh).toBe("t1")
    const { stage, observed } = worldOf(direct, [a], false)
    expect(Object.keys(decideStage(stage, observed, start).status)).not.toContain(
      "lastHandledRefresh",
    )
    const gate = worldOf(stageFixture("gate", {}, []), [])
    expect(Object.keys(decideStage(gate.stage, gate.observed, start).status).toSorted()).toEqual([
      "conditions",
      "freightSummary",
      "observedGeneration",
    ])
  })
})
