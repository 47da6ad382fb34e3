import { formatInstant } from "@argo-ts/kernel"
import { afterEach, expect, test } from "vitest"
import { createPromotion, freights, promotionCreationCheck, promotions } from "../src/index.js"
import { built, image, openWorld, type World } from "./world.js"

let world: World
afterEach(() => world.close())

const isVerified = async (stage: string): Promise<boolean> =>
  (await world.freight()).some(({ status }) => status?.verifiedIn?.[stage] !== undefined)

test("a new image goes to dev, is verified, goes to staging, soaks, and prod may be promoted by hand", async () => {
  world = await openWorld()
  world.registry.push(image, "v1", built(0))
  expect(await world.until(() => isVerified("dev"), 10)).toBe(true)
  const [freight] = await world.freight()
  expect(freight).toMatchObject({
    images: [{ repoURL: image, tag: "v1" }],
    alias: expect.stringMatching(/^[a-z]+-[a-z]+$/),
  })
  const prod = await world.stage("prod")
  expect(promotionCreationCheck(prod, freight!, world.clock.now())).toMatchObject({
    isAllowed: false,
    reason: "NotVerified",
  })
  expect(await world.until(() => isVerified("staging"), 10)).toBe(true)
  const [verified] = await world.freight()
  expect(promotionCreationCheck(prod, verified!, world.clock.now())).toMatchObject({
    isAllowed: false,
    reason: "Soaking",
  })
  await world.clock.advance(30 * 60_000)
  const [soaked] = await world.freight()
  expect(promotionCreationCheck(prod, soaked!, world.clock.now())).toMatchObject({
    isAllowed: true,
    reason: "VerifiedUpstream",
  })
  expect(await world.promotions("prod")).toEqual([])
  await world.cluster.create(promotions, createPromotion(prod, soaked!, world.clock.now(), "admin"))
  expect(await world.until(() => isVerified("prod"), 10)).toBe(true)
  expect(world.log()).toEqual([
    "Promote v1 to prod",
    "Promote v1 to staging",
    "Promote v1 to dev",
    "Start",
  ])
  for (const name of ["dev", "staging", "prod"]) {
    expect((await world.promotions(name)).map(({ status }) => status?.phase)).toEqual(["Succeeded"])
    expect((await world.stage(name)).status).toMatchObject({
      health: { status: "Healthy" },
      freightSummary: freight?.metadata.name,
    })
  }
})

test("promotion of Freight that is not available is refused; approval unlocks it", async () => {
  world = await openWorld()
  world.outcome.analysis = "Failed"
  world.registry.push(image, "v1", built(0))
  const stageFailed = async (): Promise<boolean> =>
    (await world.stage("staging")).status?.conditions?.some(
      ({ type, reason }) => type === "Verified" && reason === "VerificationFailed",
    ) === true
  expect(await world.until(stageFailed, 15)).toBe(true)
  const [freight] = await world.freight()
  const prod = await world.stage("prod")
  await world.cluster.create(
    promotions,
    createPromotion(prod, freight!, world.clock.now(), "admin"),
  )
  const ended = async (): Promise<boolean> =>
    (await world.promotions("prod")).some(({ status }) => status?.phase === "Errored")
  expect(await world.until(ended, 5)).toBe(true)
  expect((await world.promotions("prod"))[0]?.status?.message).toContain("not verified in staging")
  const patch = {
    status: { approvedFor: { prod: { approvedAt: formatInstant(world.clock.now()) } } },
  }
  await world.cluster.patch(
    freights,
    { namespace: "shop", name: freight!.metadata.name! },
    { type: "merge", patch },
    { subresource: "status" },
  )
  const [approved] = await world.freight()
  expect(promotionCreationCheck(prod, approved!, world.clock.now())).toMatchObject({
    isAllowed: true,
    reason: "Approved",
  })
})

test("an unhealthy Stage is not verified, and its Freight goes no further", async () => {
  world = await openWorld()
  world.outcome.health = "Degraded"
  world.registry.push(image, "v1", built(0))
  const isUnhealthy = async (): Promise<boolean> =>
    (await world.stage("dev")).status?.health?.status === "Unhealthy"
  expect(await world.until(isUnhealthy, 10)).toBe(true)
  await world.clock.advance(20 * 60_000)
  expect(await isVerified("dev")).toBe(false)
  expect(await world.promotions("staging")).toEqual([])
})

const kills = [1, 5, 7, 9].flatMap((write) => [
  { write, isDirectoryLost: false },
  { write, isDirectoryLost: true },
])

test.each(kills)(
  "killed after write $write of a Promotion (directory lost: $isDirectoryLost): one commit and one Promotion for each cause",
  async ({ write, isDirectoryLost }) => {
    world = await openWorld(write)
    world.registry.push(image, "v1", built(0))
    let deaths = 0
    const done = async (): Promise<boolean> => {
      if (world.isDead()) {
        deaths++
        world.restart(isDirectoryLost)
      }
      return isVerified("staging")
    }
    expect(await world.until(done, 30)).toBe(true)
    expect(deaths).toBe(1)
    expect(world.log()).toEqual(["Promote v1 to staging", "Promote v1 to dev", "Start"])
    expect(await world.freight()).toHaveLength(1)
    expect((await world.promotions("dev")).map(({ status }) => status?.phase)).toEqual([
      "Succeeded",
    ])
    expect((await world.promotions("staging")).map(({ status }) => status?.phase)).toEqual([
      "Succeeded",
    ])
  },
)

test("the same world gives the same objects and commits", async () => {
  const runs: string[] = []
  for (let run = 0; run < 2; run++) {
    world = await openWorld()
    world.registry.push(image, "v1", built(0))
    await world.until(() => isVerified("staging"), 30)
    const all = [
      ...(await world.promotions("dev")),
      ...(await world.promotions("staging")),
      ...(await world.freight()),
    ]
    runs.push(JSON.stringify(all))
    if (run === 0) await world.close()
  }
  expect(runs[0]).toBe(runs[1])
})
