import { type EpochMs, epochMs, findCondition, formatInstant } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import {
  annotated,
  ended,
  type StageWorld,
  settle,
  step,
  withPromotion,
  withRun,
} from "../../test/perform.js"
import type { Freight } from "../api/freight.js"
import type { Promotion } from "../api/promotion.js"
import type { Stage } from "../api/stage.js"
import { freightFixture, promotionFixture, stageFixture } from "../testing/index.js"
import { autoPromotionOf } from "./auto-promotion.js"
import { decideStage } from "./decide-stage.js"

const start = epochMs(1_767_603_600_000)
const after = (minutes: number): EpochMs => epochMs(start + minutes * 60_000)
const [a, b, c] = ["a", "b", "c"].map((tag, index) => ({
  ...freightFixture(tag),
  discoveredAt: formatInstant(after(index - 10)),
})) as [Freight, Freight, Freight]
const nameOf = ({ metadata }: { metadata: { name?: string } }): string => metadata.name ?? ""

function worldOf(stage: Stage, freight: readonly Freight[], isAuto = true): StageWorld {
  const policies = [{ stage: nameOf(stage), autoPromotionEnabled: isAuto }]
  const config = {
    apiVersion: "kargo.akuity.io/v1alpha1",
    kind: "ProjectConfig",
    metadata: { name: "shop" },
    spec: { promotionPolicies: policies },
  }
  const observed = { freight, promotions: [], applications: [], analysisRuns: [], config }
  return { stage, observed }
}

const queued = (freight: Freight, minute: number, annotations = {}): Promotion => {
  const promotion = promotionFixture(stageFixture("dev", {}), freight, "Pending")
  const creationTimestamp = formatInstant(after(minute))
  const name = `dev.${String(minute).padStart(4, "0")}.${nameOf(freight).slice(0, 7)}`
  return { ...promotion, metadata: { ...promotion.metadata, name, creationTimestamp, annotations } }
}

const adding = (world: StageWorld, ...promotions: readonly Promotion[]): StageWorld =>
  promotions.reduce(withPromotion, world)

const direct = stageFixture("dev", { direct: true })
const verifying: Stage = {
  ...direct,
  spec: { ...direct.spec, verification: { analysisTemplates: [{ name: "smoke" }] } },
}

/** The Stage after `freight` was promoted to it, healthy and, without a template, verified. */
function promoted(stage: Stage, freight: Freight, others: readonly Freight[] = []): StageWorld {
  const world = adding(worldOf(stage, [freight, ...others], false), queued(freight, 0))
  const taken = settle(world, start)
  return settle(adding(taken, ended(queued(freight, 0), "Succeeded", freight)), after(1))
}

const condition = ({ stage }: StageWorld, type: string) =>
  findCondition(stage.status?.conditions, type)
const newest = ({ stage }: StageWorld) =>
  stage.status?.freightHistory?.[0]?.verificationHistory?.[0]
const runName = (world: StageWorld): string =>
  world.observed.analysisRuns.at(-1)?.metadata.name ?? ""

describe("the queue", () => {
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

describe("verification", () => {
  test("being healthy is enough without a template", () => {
    const world = promoted(direct, a)
    expect(newest(world)).toMatchObject({
      phase: "Successful",
      finishTime: formatInstant(after(1)),
    })
    expect(condition(world, "Verified")).toMatchObject({ status: "True", reason: "Verified" })
    expect(condition(world, "Ready")).toMatchObject({ status: "True", reason: "Verified" })
    expect(world.stage.status).toMatchObject({ observedGeneration: 1, freightSummary: nameOf(a) })
  })

  test("a run is made of the templates, followed, and its end noted", () => {
    const world = promoted(verifying, a)
    const [run] = world.observed.analysisRuns
    expect(run?.metadata).toMatchObject({
      name: expect.stringMatching(/^dev\.[0-9a-z]{26}\.id-of-/),
      labels: {
        "kargo.akuity.io/stage": "dev",
        "kargo.akuity.io/freight-collection": world.stage.status?.freightHistory?.[0]?.id,
      },
      annotations: { "kargo.akuity.io/promotion": nameOf(queued(a, 0)) },
    })
    expect(newest(world)).toMatchObject({ phase: "Pending", analysisRun: { name: nameOf(run!) } })
    expect(condition(world, "Verified")).toMatchObject({
      status: "Unknown",
      reason: "VerificationPending",
    })
    expect(condition(world, "Ready")?.reason).toBe("PendingVerification")
    const failed = settle(withRun(world, runName(world), "Failed", after(3)), after(4))
    expect(newest(failed)).toMatchObject({ phase: "Failed", finishTime: formatInstant(after(3)) })
    expect(condition(failed, "Verified")).toMatchObject({
      status: "False",
      reason: "VerificationFailed",
    })
    expect(failed.observed.freight[0]?.status?.verifiedIn).toBeUndefined()
    expect(failed.observed.analysisRuns).toHaveLength(1)
  })

  test("a run that vanished is an error; it is not made again by itself", () => {
    const world = promoted(verifying, a)
    const without = { ...world, observed: { ...world.observed, analysisRuns: [] } }
    const next = settle(without, after(5))
    expect(newest(next)).toMatchObject({ phase: "Error", finishTime: formatInstant(after(5)) })
    expect(next.observed.analysisRuns).toEqual([])
  })

  test("an abort by id first stops the run, then is on record as a failure", () => {
    const world = promoted(verifying, a)
    const id = newest(world)?.id ?? ""
    const other = annotated(world, { "kargo.akuity.io/abort": "another" })
    expect(step(other, after(2)).actions).toEqual([])
    const json = JSON.stringify({ id, actor: "email:ann@example.com" })
    const asked = annotated(world, { "kargo.akuity.io/abort": json })
    const first = step(asked, after(2))
    expect(first.actions).toEqual([
      { type: "TerminateAnalysisRun", key: `${runName(world)}/terminate`, name: runName(world) },
    ])
    expect(newest(first.world)?.phase).toBe("Pending")
    const done = settle(first.world, after(3))
    expect(newest(done)).toMatchObject({
      phase: "Failed",
      message: "Verification aborted by email:ann@example.com",
      finishTime: formatInstant(after(3)),
    })
    expect(done.observed.analysisRuns).toHaveLength(1)
    const plain = settle(annotated(world, { "kargo.akuity.io/abort": id }), after(3))
    expect(newest(plain)?.message).toBe("Verification aborted by user")
  })

  test("an abort that comes too late changes nothing", () => {
    const world = promoted(verifying, a)
    const over = withRun(world, runName(world), "Successful", after(2))
    const asked = annotated(over, { "kargo.akuity.io/abort": newest(world)?.id ?? "" })
    expect(newest(settle(asked, after(3)))?.phase).toBe("Successful")
  })

  test("reverify by id makes one more run, once; Freight stays verified when it fails", () => {
    const world = promoted(verifying, a)
    const good = settle(withRun(world, runName(world), "Successful", after(2)), after(2))
    expect(good.observed.freight[0]?.status?.verifiedIn?.["dev"]?.verifiedAt).toBe(
      formatInstant(after(2)),
    )
    const id = newest(good)?.id ?? ""
    const json = JSON.stringify({ id, actor: "admin" })
    const again = settle(annotated(good, { "kargo.akuity.io/reverify": json }), after(5))
    expect(again.observed.analysisRuns).toHaveLength(2)
    expect(again.observed.analysisRuns[1]?.metadata.annotations).not.toHaveProperty(
      "kargo.akuity.io/promotion",
    )
    expect(newest(again)).toMatchObject({ phase: "Pending", actor: "admin" })
    const failed = settle(withRun(again, runName(again), "Failed", after(6)), after(6))
    expect(newest(failed)).toMatchObject({ phase: "Failed", actor: "admin" })
    expect(failed.observed.analysisRuns).toHaveLength(2)
    expect(failed.observed.freight[0]?.status?.verifiedIn?.["dev"]?.verifiedAt).toBe(
      formatInstant(after(2)),
    )
    expect(condition(failed, "Verified")?.status).toBe("True")
    const control = JSON.stringify({ id: newest(failed)?.id, controlPlane: true })
    const third = settle(annotated(failed, { "kargo.akuity.io/reverify": control }), after(7))
    expect(third.observed.analysisRuns[2]?.metadata.annotations).toMatchObject({
      "kargo.akuity.io/promotion": nameOf(queued(a, 0)),
    })
  })

  test("reverify without a template is a new verification too", () => {
    const world = promoted(direct, a)
    const id = newest(world)?.id ?? ""
    const again = settle(annotated(world, { "kargo.akuity.io/reverify": id }), after(5))
    expect(again.stage.status?.freightHistory?.[0]?.verificationHistory).toHaveLength(2)
    expect(newest(again)?.id).not.toBe(id)
  })

  test("Freight that is promoted anew is verified anew", () => {
    const world = promoted(verifying, a)
    const good = settle(withRun(world, runName(world), "Successful", after(2)), after(2))
    const next = settle(adding(good, ended(queued(a, 5), "Succeeded", a)), after(5))
    expect(next.observed.analysisRuns).toHaveLength(2)
    expect(newest(next)).toMatchObject({ phase: "Pending" })
    expect(newest(next)?.analysisRun?.name).toBe(runName(next))
  })

  test("a run that was made before a crash is found, not made again", () => {
    const world = adding(worldOf(verifying, [a], false), ended(queued(a, 0), "Succeeded", a))
    let current = world
    let runs: readonly string[] = []
    for (let pass = 0; pass < 4 && runs.length === 0; pass++) {
      current = step(current, after(1)).world
      runs = current.observed.analysisRuns.map(nameOf)
    }
    const found = settle(current, after(7))
    expect(found.observed.analysisRuns.map(nameOf)).toEqual(runs)
    expect(newest(found)?.analysisRun?.name).toBe(runs[0])
  })

  test("an argument that is no text ends it", () => {
    const args = [{ name: "version", value: "${{ 1 + 1 }}" }]
    const spec = { ...verifying.spec, verification: { args } }
    const world = promoted({ ...verifying, spec }, a)
    expect(newest(world)).toMatchObject({
      phase: "Error",
      message: "argument version: expected a text, found 2; use quote()",
    })
    const quoted = [
      { name: "version", value: "${{ quote(imageFrom('registry.example.com/shop').Tag) }}" },
    ]
    const collection = {
      ...ended(queued(a, 0), "Succeeded", a),
    }
    const reference = { name: nameOf(a), origin: a.origin, images: a.images! }
    const full: Promotion = {
      ...collection,
      status: {
        ...collection.status,
        freightCollection: { id: "x", items: { "Warehouse/shop": reference } },
      },
    }
    const good = { ...verifying, spec: { ...verifying.spec, verification: { args: quoted } } }
    let current = adding(worldOf(good, [a], false), full)
    let args_: unknown
    for (let pass = 0; pass < 4 && args_ === undefined; pass++) {
      const { world: next, actions } = step(current, after(1))
      current = next
      const create = actions.find((action) => action.type === "CreateAnalysisRun")
      args_ = create?.type === "CreateAnalysisRun" ? create.args : undefined
    }
    expect(args_).toEqual([{ name: "version", value: "a" }])
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
    expect(condition(world, "Healthy")).toMatchObject({ status: value, reason: expected })
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
    const stage = { ...gate, status: { ...before.stage.status, metadata: { kept: true } } }
    const annotated_ = { ...stage.metadata, annotations: { "kargo.akuity.io/refresh": "now" } }
    const world = settle(
      worldOf({ ...stage, metadata: annotated_ }, [...before.observed.freight, ready]),
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
