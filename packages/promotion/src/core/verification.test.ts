import { formatInstant } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import { annotated, ended, type StageWorld, settle, step, withRun } from "../../test/perform.js"
import {
  a,
  adding,
  after,
  b,
  condition,
  direct,
  nameOf,
  newest,
  promoted,
  queued,
  runName,
  verifying,
  worldOf,
} from "../../test/stage-world.js"
import type { Promotion } from "../api/promotion.js"
import { stageFixture } from "../testing/index.js"

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
    expect(condition(failed, "Verified")?.message).toBe("verification ended as Failed")
  })

  test("Freight stays verified since when it was verified first", () => {
    const world = promoted(verifying, a)
    const good = settle(withRun(world, runName(world), "Successful", after(2)), after(2))
    const id = newest(good)?.id ?? ""
    const again = settle(annotated(good, { "kargo.akuity.io/reverify": id }), after(5))
    const twice = settle(withRun(again, runName(again), "Successful", after(6)), after(9))
    expect(newest(twice)?.finishTime).toBe(formatInstant(after(6)))
    expect(twice.observed.freight[0]?.status?.verifiedIn?.["dev"]?.verifiedAt).toBe(
      formatInstant(after(2)),
    )
    expect(step(twice, after(9)).actions).toEqual([])
  })

  test("a run that ends without saying when has ended now; its start is its creation", () => {
    const world = promoted(verifying, a)
    const creationTimestamp = formatInstant(after(1))
    const ended_ = world.observed.analysisRuns.map((each) => ({
      ...each,
      metadata: { ...each.metadata, creationTimestamp },
      status: { phase: "Failed", message: "2 of 3" },
    }))
    const next = settle(
      { ...world, observed: { ...world.observed, analysisRuns: ended_ } },
      after(4),
    )
    expect(newest(next)).toMatchObject({
      phase: "Failed",
      message: "2 of 3",
      startTime: creationTimestamp,
      finishTime: formatInstant(after(4)),
    })
    expect(condition(next, "Verified")).toMatchObject({ status: "False", message: "2 of 3" })
    expect(step(next, after(8)).world).toEqual(next)
    const silent = ended_.map((each) => ({ ...each, status: { phase: "Failed", message: "" } }))
    const quiet = settle(
      { ...world, observed: { ...world.observed, analysisRuns: silent } },
      after(4),
    )
    expect(newest(quiet)).not.toHaveProperty("message")
  })

  test("each promotion and each repetition has its own key", () => {
    const keyOf = (world: StageWorld, minute: number): string | undefined =>
      step(world, after(minute)).actions.find(({ type }) => type === "CreateAnalysisRun")?.key
    const world = adding(worldOf(verifying, [a], false), ended(queued(a, 0), "Succeeded", a))
    const first = keyOf(world, 1)
    expect(first).toBe(`shop/dev/id-of-${nameOf(a).slice(0, 7)}/${nameOf(queued(a, 0))}/verify`)
    expect(keyOf(world, 2)).toBe(first)
    const done = promoted(verifying, a)
    const good = settle(withRun(done, runName(done), "Successful", after(2)), after(2))
    const id = newest(good)?.id ?? ""
    expect(keyOf(annotated(good, { "kargo.akuity.io/reverify": id }), 3)).toContain(`/${id}/verify`)
  })

  test("a waiting promotion goes before a repetition", () => {
    const world = promoted(direct, a, [b])
    const id = newest(world)?.id ?? ""
    const asked = annotated(adding(world, queued(b, 5)), { "kargo.akuity.io/reverify": id })
    const next = step(asked, after(5)).world
    expect(next.stage.status?.currentPromotion?.name).toBe(nameOf(queued(b, 5)))
    expect(newest(next)?.id).toBe(id)
  })

  test("metadata of the runs is the author's; what names the Stage is ours", () => {
    const analysisRunMetadata = {
      labels: { team: "shop", "kargo.akuity.io/stage": "forged" },
      annotations: { note: "x" },
    }
    const long = `s${"x".repeat(70)}`
    const spec = { ...verifying.spec, verification: { analysisRunMetadata } }
    const world = promoted({ ...stageFixture(long, { direct: true }), spec }, a)
    const [run] = world.observed.analysisRuns
    const label = run?.metadata.labels?.["kargo.akuity.io/stage"] ?? ""
    expect(label).toHaveLength(63)
    expect(label).toMatch(/^sx+-[0-9a-f]{8}$/)
    expect(run?.metadata).toMatchObject({
      labels: { team: "shop" },
      annotations: { note: "x", "kargo.akuity.io/stage": long },
    })
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
