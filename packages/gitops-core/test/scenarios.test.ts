import { defineKind, type UntypedObject } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import { applications } from "../src/index.js"
import { applicationFixture } from "../src/testing/index.js"
import { createWorld, shopUrl } from "./world.js"

const configMaps = defineKind<UntypedObject>({
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  scope: "Namespaced",
  hasStatus: false,
})
const deployments = defineKind<UntypedObject>({
  group: "apps",
  version: "v1",
  kind: "Deployment",
  plural: "deployments",
  scope: "Namespaced",
  hasStatus: true,
})

function configMap(name: string, value: string, annotations = ""): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${annotations}data:\n  value: "${value}"\n`
}
const wave = (number: number): string =>
  `  annotations:\n    argocd.argoproj.io/sync-wave: "${number}"\n`
const deployment = (name: string, image: string, more = ""): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
${more}spec:
  replicas: 2
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: main, image: "${image}", resources: { limits: { cpu: 1000m } } }] }
`

describe("an automated application", () => {
  test("is created from Git, becomes healthy, and stays quiet", async () => {
    const world = await createWorld()
    world.source.commit(shopUrl, {
      "web.yaml": deployment("web", "shop:1"),
      "config.yaml": configMap("config", "1"),
    })
    await world.sim.cluster.create(applications, applicationFixture("shop"))
    await world.clock.advance(60_000)
    const { status, operation } = await world.application("shop")
    expect([status?.sync?.status, status?.health?.status, operation]).toEqual([
      "Synced",
      "Healthy",
      undefined,
    ])
    expect(status?.operationState).toMatchObject({ phase: "Succeeded" })
    expect(status?.history).toHaveLength(1)
    expect(status?.summary?.images).toEqual(["shop:1"])
    const before = (await world.application("shop")).metadata.resourceVersion
    world.writes.length = 0
    await world.clock.advance(50_000)
    expect([
      (await world.application("shop")).metadata.resourceVersion === before,
      world.writes,
    ]).toEqual([true, []])
  })

  test("restores what somebody edited by hand, after the back-off the second time", async () => {
    const world = await createWorld()
    world.source.commit(shopUrl, { "config.yaml": configMap("config", "1") })
    await world.sim.cluster.create(applications, applicationFixture("shop"))
    await world.clock.advance(10_000)
    const key = { namespace: "shop", name: "config" }
    const edit = { type: "merge", patch: { data: { value: "mine" } } } as const
    const value = async (): Promise<unknown> =>
      (await world.sim.cluster.get(configMaps, key))?.["data"]
    await world.sim.cluster.patch(configMaps, key, edit)
    await world.clock.advance(1000)
    expect(await value()).toEqual({ value: "1" })
    await world.sim.cluster.patch(configMaps, key, edit)
    await world.clock.advance(500)
    expect(await value()).toEqual({ value: "mine" })
    await world.clock.advance(2000)
    expect(await value()).toEqual({ value: "1" })
    const { status } = await world.application("shop")
    expect(status?.operationState?.operation.sync?.autoHealAttemptsCount).toBe(2)
    expect(status?.history).toHaveLength(1)
  })

  test("follows a new commit, prunes what is gone, and rolls no history over a failed one", async () => {
    const world = await createWorld()
    world.source.commit(shopUrl, { "a.yaml": configMap("a", "1"), "b.yaml": configMap("b", "1") })
    await world.sim.cluster.create(applications, applicationFixture("shop"))
    await world.clock.advance(10_000)
    world.source.commit(shopUrl, { "a.yaml": configMap("a", "2") })
    world.writes.length = 0
    await world.clock.advance(180_000)
    // A foreground deletion marks the object first; the collector's update lets it go.
    expect(world.writes.filter((write) => write !== "update ConfigMap/b")).toEqual([
      "delete ConfigMap/b",
      "update ConfigMap/a",
    ])
    world.source.commit(shopUrl, { "a.yaml": "kind: [broken" })
    await world.clock.advance(600_000)
    const { status } = await world.application("shop")
    expect(status?.sync?.status).toBe("Unknown")
    expect(status?.conditions?.[0]).toMatchObject({ type: "ComparisonError" })
    expect(status?.conditions?.[0]?.message).toContain("a.yaml")
    expect(status?.history).toHaveLength(2)
  })

  test("waits for each wave to be healthy before the next", async () => {
    const world = await createWorld()
    world.source.commit(shopUrl, {
      "1.yaml": deployment("first", "shop:1", wave(1)),
      "2.yaml": configMap("second", "1", wave(2)),
      "0.yaml": configMap("zeroth", "1"),
    })
    await world.sim.cluster.create(applications, applicationFixture("shop"))
    await world.clock.advance(100)
    expect(world.writes).toEqual(["create ConfigMap/zeroth"])
    await world.clock.advance(60_000)
    const created = world.writes.filter((write) => /^create (ConfigMap|Deployment)/.test(write))
    expect(created).toEqual([
      "create ConfigMap/zeroth",
      "create Deployment/first",
      "create ConfigMap/second",
    ])
    const ready = world.writes.findLastIndex((write) => write.endsWith("Deployment/first"))
    expect(world.writes.indexOf("create ConfigMap/second")).toBeGreaterThan(ready)
    expect((await world.application("shop")).status?.operationState?.phase).toBe("Succeeded")
  })

  test("quantities and defaults in another spelling are no drift", async () => {
    const world = await createWorld()
    world.source.commit(shopUrl, { "web.yaml": deployment("web", "shop:1") })
    await world.sim.cluster.create(applications, applicationFixture("shop"))
    await world.clock.advance(30_000)
    expect((await world.application("shop")).status?.sync?.status).toBe("Synced")
    const live = await world.sim.cluster.get(deployments, { namespace: "shop", name: "web" })
    expect(live?.metadata.annotations?.["argocd.argoproj.io/tracking-id"]).toBe(
      "shop:apps/Deployment:shop/web",
    )
  })

  test("takes its objects with it, the highest wave first, where its finalizer says so", async () => {
    const world = await createWorld()
    world.source.commit(shopUrl, {
      "a.yaml": configMap("a", "1"),
      "b.yaml": configMap("b", "1", wave(1)),
    })
    const fixture = applicationFixture("shop")
    const metadata = { ...fixture.metadata, finalizers: ["resources-finalizer.argocd.argoproj.io"] }
    await world.sim.cluster.create(applications, { ...fixture, metadata })
    await world.clock.advance(30_000)
    world.writes.length = 0
    await world.sim.cluster.delete(applications, { namespace: "argocd", name: "shop" })
    await world.clock.advance(30_000)
    const deletions = world.writes.filter((write) => write.startsWith("delete"))
    expect(deletions).toEqual(["delete ConfigMap/b", "delete ConfigMap/a"])
    expect(
      await world.sim.cluster.get(applications, { namespace: "argocd", name: "shop" }),
    ).toBeUndefined()
  })

  test("a project that permits nothing, and an unknown revision, are said in a condition", async () => {
    const world = await createWorld()
    await world.sim.cluster.create(applications, applicationFixture("shop", { project: "secret" }))
    await world.sim.cluster.create(applications, applicationFixture("lost"))
    await world.clock.advance(1000)
    const conditions = async (name: string) =>
      (await world.application(name)).status?.conditions?.[0]
    expect(await conditions("shop")).toMatchObject({
      type: "InvalidSpecError",
      message: "application references project secret which does not exist",
    })
    expect((await conditions("lost"))?.message).toContain("unable to resolve 'HEAD'")
  })
})

describe("hooks", () => {
  const hook = (name: string, type: string, policy: string): string =>
    `apiVersion: batch/v1
kind: Job
metadata:
  name: ${name}
  annotations: { argocd.argoproj.io/hook: ${type}, argocd.argoproj.io/hook-delete-policy: ${policy} }
spec:
  template: { spec: { restartPolicy: Never, containers: [{ name: main, image: "migrate:1" }] } }
`
  test("PreSync runs to its end before anything is applied; HookSucceeded removes it at the end", async () => {
    const world = await createWorld()
    world.source.commit(shopUrl, {
      "migrate.yaml": hook("migrate", "PreSync", "HookSucceeded"),
      "notify.yaml": hook("notify", "PostSync", "BeforeHookCreation"),
      "config.yaml": configMap("config", "1"),
    })
    await world.sim.cluster.create(applications, applicationFixture("shop"))
    await world.clock.advance(120_000)
    const steps = world.writes.filter((w) => /^(create|delete) (ConfigMap|Job)/.test(w))
    expect(steps).toEqual([
      "create Job/migrate",
      "create ConfigMap/config",
      "create Job/notify",
      "delete Job/migrate",
    ])
    const { status } = await world.application("shop")
    expect(status?.operationState).toMatchObject({
      phase: "Succeeded",
      message: "successfully synced (no more tasks)",
    })
  })
})
