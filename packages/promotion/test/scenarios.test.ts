import { epochMs, findCondition, formatInstant } from "@argo-ts/kernel"
import { afterEach, expect, test } from "vitest"
import {
  foreignAnalysisRuns,
  foreignAnalysisTemplates,
  foreignApplications,
} from "../src/api/foreign.js"
import {
  createPromotion,
  type Freight,
  freights,
  type Promotion,
  type PromotionStep,
  promotions,
  type Stage,
  type StepOutcome,
  stages,
  warehouses,
} from "../src/index.js"
import type { StepRunners } from "../src/kubernetes/index.js"
import { freightFixture, stageFixture, warehouseFixture } from "../src/testing/index.js"
import { configMaps, openSmallWorld, type SmallWorld, secrets } from "./small-world.js"
import { built, image, startAt } from "./world.js"

let world: SmallWorld
afterEach(() => world.close())

const compose: readonly PromotionStep[] = [{ uses: "compose-output", config: { a: 1 } }]

/** As a user writes it: without what the server adds. */
async function addStage(name: string, more: Partial<Stage["spec"]> = {}): Promise<void> {
  const { apiVersion, kind, spec } = stageFixture(name, { direct: true }, compose)
  const metadata = { name, namespace: "shop" }
  await world.cluster.create(stages, { apiVersion, kind, metadata, spec: { ...spec, ...more } })
}

async function addFreight(tag: string, minute = 0): Promise<Freight> {
  const discoveredAt = formatInstant(epochMs(startAt + minute * 60_000))
  return world.cluster.create(freights, { ...freightFixture(tag), discoveredAt })
}

/** A person's Promotion, as `kargo promote` creates it. */
async function promote(stage: string, freight: Freight, name?: string): Promise<Promotion> {
  const full = createPromotion(await world.stage(stage), freight, world.clock.now(), "email:ann@x")
  const { stage: of, freight: what } = full.spec
  return world.cluster.create(promotions, {
    apiVersion: full.apiVersion,
    kind: full.kind,
    metadata: {
      name: name ?? full.metadata.name ?? "",
      namespace: "shop",
      annotations: { "kargo.akuity.io/create-actor": "email:ann@x" },
    },
    spec: { stage: of, ...(what === undefined ? {} : { freight: what }) },
  })
}

const withTemplate = (steps: readonly PromotionStep[]): Partial<Stage["spec"]> => ({
  promotionTemplate: { spec: { steps } },
})
const phases = async (stage: string) =>
  (await world.promotions(stage)).map(({ status }) => status?.phase)
const hasEnded =
  (stage: string, count = 1) =>
  async (): Promise<boolean> =>
    (await phases(stage)).filter((phase) => phase !== undefined && !phase.endsWith("ing")).length >=
    count
const current = async (stage: string): Promise<string | undefined> =>
  (await world.stage(stage)).status?.freightHistory?.[0]?.items["Warehouse/shop"]?.name

test("a person's choice holds auto-promotion; promoting the newest takes the hold back", async () => {
  world = await openSmallWorld({ autoPromoted: ["dev"] })
  await addStage("dev")
  const old = await addFreight("v1")
  await world.until(hasEnded("dev"))
  const next = await addFreight("v2", 1)
  await world.until(hasEnded("dev", 2))
  expect(await current("dev")).toBe(next.metadata.name)

  await promote("dev", old)
  await world.until(async () => (await current("dev")) === old.metadata.name)
  await world.clock.advance(10 * 60_000)
  expect(await current("dev")).toBe(old.metadata.name)
  const held = (await world.stage("dev")).status
  expect(held?.autoPromotionHolds?.["Warehouse/shop"]).toMatchObject({
    freightName: old.metadata.name,
    origin: { kind: "Warehouse", name: "shop" },
    actor: "email:ann@x",
  })
  expect(held?.effectiveAutoPromotionHolds).toEqual(held?.autoPromotionHolds)

  await promote("dev", next)
  await world.until(async () => (await current("dev")) === next.metadata.name)
  await world.until(async () => (await world.stage("dev")).status?.autoPromotionHolds === undefined)
  const last = await addFreight("v3", 2)
  await world.until(async () => (await current("dev")) === last.metadata.name)
})

test("a running promotion and one in the queue are aborted; the rest of the queue goes on", async () => {
  let isHanging = true
  const steps: StepRunners = {
    hang: async (): Promise<StepOutcome> =>
      isHanging ? { status: "Running", retryAfterMs: 10_000 } : { status: "Succeeded" },
  }
  world = await openSmallWorld({ steps })
  await addStage("dev", withTemplate([{ uses: "hang" }]))
  const freight = await addFreight("v1")
  await world.clock.advance(1000)
  const [first, second, third] = ["p-1", "p-2", "p-3"] as const
  for (const name of [first, second, third]) {
    await promote("dev", freight, name)
    await world.clock.advance(1000)
  }
  const phaseOf = async (name: string) =>
    (await world.cluster.get(promotions, { namespace: "shop", name }))?.status
  await world.until(async () => (await phaseOf(first))?.phase === "Running")
  await world.annotate(promotions, second, { "kargo.akuity.io/abort": "terminate" })
  await world.until(async () => (await phaseOf(second))?.phase === "Aborted")
  expect((await world.stage("dev")).status?.currentPromotion?.name).toBe(first)
  const json = JSON.stringify({ action: "terminate", actor: "email:ann@x" })
  await world.annotate(promotions, first, { "kargo.akuity.io/abort": json })
  await world.until(async () => (await phaseOf(first))?.phase === "Aborted")
  expect(await phaseOf(first)).toMatchObject({
    message: "Promotion terminated by email:ann@x",
    stepExecutionMetadata: [{ alias: "step-1", status: "Aborted" }],
  })
  expect(await world.reasons(first)).toContain("PromotionAborted")
  isHanging = false
  await world.until(async () => (await phaseOf(third))?.phase === "Succeeded")
  await world.until(async () => (await current("dev")) === freight.metadata.name)
})

async function addVerified(): Promise<void> {
  const template = { spec: { args: [{ name: "v" }], metrics: [{ name: "m", provider: {} }] } }
  await world.cluster.create(foreignAnalysisTemplates, {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AnalysisTemplate",
    metadata: { name: "smoke", namespace: "shop" },
    ...template,
  })
  await addStage("dev", {
    verification: {
      analysisTemplates: [{ name: "smoke" }],
      args: [{ name: "v", value: "${{ quote(configMap('settings').version) }}" }],
    },
  })
  await world.cluster.create(configMaps, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "settings", namespace: "shop" },
    data: { version: "7" },
  })
}
const newest = async () =>
  (await world.stage("dev")).status?.freightHistory?.[0]?.verificationHistory?.[0]
const runs = async () =>
  (await world.cluster.list(foreignAnalysisRuns, { namespace: "shop" })).items

test("a verification is aborted by id, and repeated by id, once each", async () => {
  world = await openSmallWorld({ autoPromoted: ["dev"] })
  await addVerified()
  await addFreight("v1")
  await world.until(async () => (await newest())?.phase === "Running")
  expect((await runs())[0]?.spec).toMatchObject({ args: [{ name: "v", value: "7" }] })
  const id = (await newest())?.id ?? ""
  await world.annotate(stages, "dev", { "kargo.akuity.io/abort": id })
  await world.until(async () => (await newest())?.phase === "Failed")
  expect((await newest())?.message).toBe("Verification aborted by user")
  expect((await runs()).map(({ spec }) => spec?.["terminate"])).toEqual([true])
  expect(findCondition((await world.stage("dev")).status?.conditions, "Ready")?.reason).toBe(
    "PendingVerification",
  )
  const json = JSON.stringify({ id, actor: "email:ann@x" })
  await world.annotate(stages, "dev", { "kargo.akuity.io/reverify": json })
  await world.until(async () => (await newest())?.phase === "Successful")
  expect(await newest()).toMatchObject({ actor: "email:ann@x" })
  await world.clock.advance(5 * 60_000)
  expect(await runs()).toHaveLength(2)
  expect((await world.freight())[0]?.status?.verifiedIn?.["dev"]).toBeDefined()
  expect(await world.reasons("dev")).toEqual([
    "FreightVerificationFailed",
    "FreightVerificationSucceeded",
    "PromotionCreated",
  ])
})

test("a Stage that is deleted leaves no trace in Freight, and its runs go", async () => {
  world = await openSmallWorld({ autoPromoted: ["dev"] })
  await addVerified()
  await addStage("qa", {
    requestedFreight: [
      { origin: { kind: "Warehouse", name: "shop" }, sources: { stages: ["dev"] } },
    ],
  })
  await addFreight("v1")
  await world.until(async () => (await newest())?.phase === "Successful")
  await world.until(async () => (await world.freight())[0]?.status?.verifiedIn !== undefined)
  await world.cluster.delete(stages, { namespace: "shop", name: "dev" })
  await world.until(
    async () => (await world.cluster.get(stages, { namespace: "shop", name: "dev" })) === undefined,
  )
  expect((await world.freight())[0]?.status).toEqual({ currentlyIn: {}, verifiedIn: {} })
  expect(await runs()).toEqual([])
  expect((await world.stage("qa")).metadata.finalizers).toEqual(["kargo.akuity.io/finalizer"])
})

test("set-metadata writes into Stages and Freight, and later steps read it", async () => {
  world = await openSmallWorld()
  const freightName = freightFixture("v1").metadata.name ?? ""
  const values = { owner: "ann", nested: { a: [1] } }
  const updates = [
    { kind: "Stage", name: "dev", values },
    { kind: "Stage", name: "qa", values: { note: "from ${{ ctx.stage }}" } },
    { kind: "Freight", name: "${{ ctx.targetFreight.name }}", values: { seen: true } },
  ]
  await addStage("qa")
  await addStage(
    "dev",
    withTemplate([
      { uses: "set-metadata", config: { updates } },
      {
        uses: "compose-output",
        as: "read",
        config: {
          own: "${{ stageMetadata('dev').owner }}",
          other: "${{ stageMetadata('qa').note }}",
          none: "${{ stageMetadata('nope') == nil }}",
          freight: "${{ freightMetadata(ctx.targetFreight.name).seen }}",
          alias: "${{ freightStatus(ctx.targetFreight.name).metadata.seen }}",
        },
      },
    ]),
  )
  const freight = await addFreight("v1")
  await world.clock.advance(1000)
  await promote("dev", freight)
  await world.until(hasEnded("dev"))
  const [promotion] = await world.promotions("dev")
  expect(promotion?.status).toMatchObject({
    phase: "Succeeded",
    state: {
      read: { own: "ann", other: "from dev", none: true, freight: true, alias: true },
    },
  })
  expect((await world.stage("dev")).status?.metadata).toEqual(values)
  expect(
    (await world.freight()).map(({ metadata, status }) => [metadata.name, status?.metadata]),
  ).toEqual([[freightName, { seen: true }]])
})

test("set-metadata of what does not exist fails by name", async () => {
  world = await openSmallWorld()
  const updates = [{ kind: "Freight", name: "nope", values: { a: 1 } }]
  await addStage("dev", withTemplate([{ uses: "set-metadata", config: { updates } }]))
  const freight = await addFreight("v1")
  await world.clock.advance(1000)
  await promote("dev", freight)
  await world.until(hasEnded("dev"))
  expect((await world.promotions("dev"))[0]?.status).toMatchObject({
    phase: "Failed",
    message: "set-metadata: Freight nope does not exist",
  })
})

test("values of Secrets reach the step, and neither status nor events nor logs", async () => {
  const seen: unknown[] = []
  const steps: StepRunners = {
    tell: async ({ config, logger }): Promise<StepOutcome> => {
      seen.push(config)
      logger.info("told", { config })
      const message = `could not log in with ${String(config["token"])}`
      return {
        status: "Failed",
        isTerminal: true,
        message,
        output: { list: [config["token"]] },
      } as never
    },
  }
  world = await openSmallWorld({ steps })
  const data = { token: Buffer.from("s3cr3t-value").toString("base64") }
  const secret = (name: string, namespace: string, labels: { readonly [key: string]: string }) =>
    world.cluster.create(secrets, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name, namespace, labels },
      data,
    })
  await secret("generic", "shop", { "kargo.akuity.io/cred-type": "generic" })
  await secret("shared", "kargo-shared-resources", { "kargo.akuity.io/cred-type": "generic" })
  await secret("git", "shop", { "kargo.akuity.io/cred-type": "git" })
  const config = {
    token: "${{ secret('generic').token }}",
    shared: "${{ sharedSecret('shared').token }}",
    git: "${{ secret('git') }}",
    missing: "${{ sharedConfigMap('nope') }}",
  }
  await addStage("dev", withTemplate([{ uses: "tell", config }]))
  const freight = await addFreight("v1")
  await world.clock.advance(1000)
  await promote("dev", freight)
  await world.until(hasEnded("dev"))
  await world.clock.advance(1000)
  expect(seen).toEqual([{ token: "s3cr3t-value", shared: "s3cr3t-value", git: {}, missing: {} }])
  const [promotion] = await world.promotions("dev")
  expect(promotion?.status).toMatchObject({
    message: "could not log in with [redacted]",
    state: { "step-1": { list: ["[redacted]"] } },
  })
  expect(await world.reasons(promotion?.metadata.name ?? "")).toEqual(["PromotionFailed"])
  const everything = [...(await world.promotions("dev")), await world.stage("dev"), world.logged]
  expect(JSON.stringify(world.logged)).toContain("told")
  expect(JSON.stringify(everything)).not.toContain("s3cr3t-value")
})

test("argocd-update by labels takes those that permit it, and no others", async () => {
  world = await openSmallWorld()
  const repoURL = "https://git.example.com/env.git"
  const app = (name: string, authorized: string) =>
    world.cluster.create(foreignApplications, {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: {
        name,
        namespace: "argocd",
        labels: { team: "shop" },
        annotations: { "kargo.akuity.io/authorized-stage": authorized },
      },
      spec: { source: { repoURL } },
    })
  await app("mine", "shop:dev")
  await app("theirs", "shop:prod")
  const update = (matchLabels: object): PromotionStep => ({
    uses: "argocd-update",
    config: {
      apps: [
        { selector: { matchLabels }, sources: [{ repoURL, desiredRevision: "abc" }] },
      ] as never,
    },
  })
  await addStage("dev", withTemplate([update({ team: "shop" })]))
  const freight = await addFreight("v1")
  await world.clock.advance(1000)
  await promote("dev", freight)
  await world.until(hasEnded("dev"))
  const [promotion] = await world.promotions("dev")
  expect(promotion?.status).toMatchObject({
    phase: "Succeeded",
    state: { "step-1": { argoCDApps: [{ name: "mine", namespace: "argocd" }] } },
  })
  const operationOf = async (name: string) =>
    (await world.cluster.get(foreignApplications, { namespace: "argocd", name }))?.status
      ?.operationState?.operation
  expect(await operationOf("mine")).toMatchObject({
    initiatedBy: { username: "email:ann@x", automated: false },
  })
  expect(await operationOf("theirs")).toBeUndefined()
  await addStage("qa", withTemplate([update({ team: "nobody" })]))
  await world.clock.advance(1000)
  await promote("qa", freight)
  await world.until(hasEnded("qa"))
  expect((await world.promotions("qa"))[0]?.status?.message).toContain(
    "no Application in namespace",
  )
})

test("a Promotion that is none ends at once, with an event; one of an origin takes what is next", async () => {
  world = await openSmallWorld()
  await addStage("dev")
  const freight = await addFreight("v1")
  await world.clock.advance(1000)
  const { apiVersion, kind } = createPromotion(await world.stage("dev"), freight, startAt)
  const create = (name: string, spec: object) =>
    world.cluster.create(promotions, {
      apiVersion,
      kind,
      metadata: { name, namespace: "shop" },
      spec: spec as never,
    })
  await create("odd", { stage: "dev", freight: "x", target: { name: "eu" } })
  await create("next", { stage: "dev", origin: { kind: "Warehouse", name: "shop" } })
  await world.until(hasEnded("dev", 2))
  const of = (name: string) => world.cluster.get(promotions, { namespace: "shop", name })
  expect((await of("odd"))?.status).toMatchObject({
    phase: "Errored",
    message: expect.stringContaining("targets are not built yet"),
    finishedAt: expect.any(String),
  })
  expect(await world.reasons("odd")).toEqual(["PromotionErrored"])
  expect(await of("next")).toMatchObject({
    spec: { freight: freight.metadata.name },
    status: { phase: "Succeeded" },
  })
  expect((await of("next"))?.spec).not.toHaveProperty("origin")
})

test("old Promotions go after a day; those that are needed stay", async () => {
  world = await openSmallWorld()
  const { apiVersion, kind } = createPromotion(
    stageFixture("gone", {}),
    freightFixture("a"),
    startAt,
  )
  for (let index = 0; index < 22; index++)
    await world.cluster.create(promotions, {
      apiVersion,
      kind,
      metadata: { name: `p-${String(index).padStart(2, "0")}`, namespace: "shop" },
      spec: { stage: "gone", freight: "x" },
    })
  await world.until(hasEnded("gone", 22))
  await world.clock.advance(13 * 24 * 3_600_000)
  expect(await phases("gone")).toHaveLength(22)
  await world.clock.advance(2 * 24 * 3_600_000)
  const left = (await world.promotions("gone")).map(({ metadata }) => metadata.name)
  expect(left).toHaveLength(20)
  expect(left).not.toContain("p-00")
})

test("a Warehouse makes Freight of images for its platform, and says when its criteria hold again", async () => {
  world = await openSmallWorld()
  world.registry.push(image, "1.0.0", { ...built(0), platforms: ["linux/amd64"] })
  world.registry.push(image, "1.1.0", { ...built(1), platforms: ["linux/arm64"] })
  const annotations = { "org.opencontainers.image.revision": "abc" }
  world.registry.push(image, "0.9.0", { ...built(2), annotations, platforms: ["linux/amd64"] })
  const { apiVersion, kind, spec } = warehouseFixture([
    { image: { repoURL: image, platform: "linux/amd64", constraint: "<1" } },
  ])
  const freightCreationCriteria = { expression: `imageFrom('${image}').Tag != '0.9.0'` }
  await world.cluster.create(warehouses, {
    apiVersion,
    kind,
    metadata: { name: "shop", namespace: "shop" },
    spec: { ...spec, freightCreationCriteria },
  })
  const conditionOf = async (type: string) => {
    const found = await world.cluster.get(warehouses, { namespace: "shop", name: "shop" })
    return findCondition(found?.status?.conditions, type)
  }
  const type = "FreightCreationCriteriaSatisfied"
  await world.until(async () => (await conditionOf(type))?.status === "False")
  expect(await world.freight()).toEqual([])
  const patch = { spec: { freightCreationCriteria: { expression: "true" } } }
  await world.cluster.patch(
    warehouses,
    { namespace: "shop", name: "shop" },
    { type: "merge", patch },
  )
  await world.until(async () => (await world.freight()).length === 1)
  expect((await world.freight())[0]?.images).toEqual([
    { repoURL: image, tag: "0.9.0", digest: built(2).digest, annotations },
  ])
  await world.until(async () => (await conditionOf("FreightCreated"))?.reason === "AlreadyExists")
  expect((await conditionOf(type))?.status).toBe("True")
  expect(await world.reasons("shop")).toEqual(["FreightCreated"])
})
