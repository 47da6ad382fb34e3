import { defineKind, type UntypedObject } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import { type Application, applications, appProjects, type Operation } from "../src/index.js"
import { applicationFixture } from "../src/testing/index.js"
import { createWorld, shopUrl, type World } from "./world.js"

const kind = (
  name: string,
  plural: string,
  group = "",
  scope: "Namespaced" | "Cluster" = "Namespaced",
) =>
  defineKind<UntypedObject>({ group, version: "v1", kind: name, plural, scope, hasStatus: false })
const configMaps = kind("ConfigMap", "configmaps")
const secrets = kind("Secret", "secrets")
const jobs = kind("Job", "jobs", "batch")
const namespaces = kind("Namespace", "namespaces", "", "Cluster")

function configMap(name: string, value: string, annotations: Record<string, string> = {}): string {
  const metadata = { name, annotations }
  return JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { value } })
}
function hook(name: string, type: string, more: Record<string, string> = {}): string {
  const annotations = { "argocd.argoproj.io/hook": type, ...more }
  const pod = { restartPolicy: "Never", containers: [{ name: "main", image: "tool:1" }] }
  const spec = { backoffLimit: 0, template: { spec: pod } }
  return JSON.stringify({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, annotations },
    spec,
  })
}

async function ask(world: World, name: string, operation: Operation): Promise<void> {
  const patch = { operation } as never
  await world.sim.cluster.patch(
    applications,
    { namespace: "argocd", name },
    { type: "merge", patch },
  )
}
async function start(world: World, application: Application, ms = 30_000): Promise<Application> {
  await world.sim.cluster.create(applications, application)
  await world.clock.advance(ms)
  return world.application(application.metadata.name ?? "")
}
const at = (name: string) => ({ namespace: "shop", name })
const manual = applicationFixture("shop", { syncPolicy: {} })

describe("sync options", () => {
  test("CreateNamespace makes the namespace first, with its metadata", async () => {
    const world = await createWorld()
    world.source.commit(shopUrl, { "a.json": configMap("a", "1") })
    const application = applicationFixture("shop", {
      destination: { name: "in-cluster", namespace: "fresh" },
      syncPolicy: {
        automated: {},
        syncOptions: ["CreateNamespace=true"],
        managedNamespaceMetadata: { labels: { team: "shop" } },
      },
    })
    const { status } = await start(world, application)
    expect([status?.sync?.status, status?.operationState?.phase]).toEqual(["Synced", "Succeeded"])
    const namespace = await world.sim.cluster.get(namespaces, { name: "fresh" })
    expect(namespace?.metadata.labels).toMatchObject({ team: "shop" })
    expect(world.writes.indexOf("create ConfigMap/a")).toBeGreaterThan(
      world.writes.findIndex((write) => write.endsWith("Namespace/fresh")),
    )
  })

  test("ApplyOutOfSyncOnly writes only what changed", async () => {
    const world = await createWorld()
    const files = { "a.json": configMap("a", "1"), "b.json": configMap("b", "1") }
    world.source.commit(shopUrl, files)
    const syncPolicy = { automated: {}, syncOptions: ["ApplyOutOfSyncOnly=true"] }
    await start(world, applicationFixture("shop", { syncPolicy }))
    world.source.commit(shopUrl, { ...files, "a.json": configMap("a", "2") })
    await world.clock.advance(180_000)
    const { status } = await world.application("shop")
    expect(status?.operationState?.syncResult?.resources?.map(({ name }) => name)).toEqual(["a"])
    expect(status?.sync?.status).toBe("Synced")
  })

  test("RespectIgnoreDifferences leaves ignored fields as they are", async () => {
    const world = await createWorld()
    world.source.commit(shopUrl, { "a.json": configMap("a", "1") })
    const application = applicationFixture("shop", {
      ignoreDifferences: [{ kind: "ConfigMap", jsonPointers: ["/data/value"] }],
      syncPolicy: { syncOptions: ["RespectIgnoreDifferences=true"] },
    })
    await start(world, application)
    await ask(world, "shop", { sync: {} })
    await world.clock.advance(10_000)
    const patch = { data: { value: "mine" } }
    await world.sim.cluster.patch(configMaps, at("a"), { type: "merge", patch })
    await world.clock.advance(10_000)
    expect((await world.application("shop")).status?.sync?.status).toBe("Synced")
    await ask(world, "shop", { sync: {} })
    await world.clock.advance(10_000)
    expect((await world.sim.cluster.get(configMaps, at("a")))?.["data"]).toEqual({ value: "mine" })
  })

  test("Prune=confirm waits until somebody approves", async () => {
    const world = await createWorld()
    const careful = { "argocd.argoproj.io/sync-options": "Prune=confirm" }
    world.source.commit(shopUrl, {
      "a.json": configMap("a", "1"),
      "b.json": configMap("b", "1", careful),
    })
    await start(world, applicationFixture("shop"))
    world.source.commit(shopUrl, { "a.json": configMap("a", "1") })
    await world.clock.advance(180_000)
    const { status } = await world.application("shop")
    expect(status?.operationState?.message).toBe("waiting for pruning confirmation of /ConfigMap/b")
    const patch = {
      metadata: { annotations: { "argocd.argoproj.io/deletion-approved": "2026-01-01T01:00:00Z" } },
    }
    await world.sim.cluster.patch(
      applications,
      { namespace: "argocd", name: "shop" },
      { type: "merge", patch },
    )
    await world.clock.advance(10_000)
    expect(await world.sim.cluster.get(configMaps, at("b"))).toBeUndefined()
    expect((await world.application("shop")).status?.operationState?.phase).toBe("Succeeded")
  })
})

describe("what cannot be synced", () => {
  test("a kind that the cluster does not serve fails the whole sync before anything is written", async () => {
    const world = await createWorld()
    world.source.commit(shopUrl, {
      "a.json": configMap("a", "1"),
      "w.yaml": "apiVersion: acme.example.com/v1\nkind: Widget\nmetadata: {name: w}\n",
    })
    await start(world, manual)
    await ask(world, "shop", { sync: {} })
    await world.clock.advance(10_000)
    const { status } = await world.application("shop")
    expect(status?.operationState).toMatchObject({
      phase: "Failed",
      message:
        'one or more synchronization tasks are not valid: The Kubernetes API could not find acme.example.com/Widget/w: make sure the "Widget" CRD is installed on the destination cluster',
    })
    expect(world.writes).toEqual([])
  })

  test("a kind that the project does not permit", async () => {
    const world = await createWorld()
    await world.sim.cluster.create(appProjects, {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "AppProject",
      metadata: { namespace: "argocd", name: "strict" },
      spec: {
        sourceRepos: ["*"],
        destinations: [{ server: "*", namespace: "*" }],
        namespaceResourceBlacklist: [{ group: "", kind: "Secret" }],
      },
    })
    world.source.commit(shopUrl, {
      "s.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {k: v}\n",
    })
    const { status } = await start(world, applicationFixture("shop", { project: "strict" }))
    expect(status?.operationState?.message).toContain(
      "resource :Secret is not permitted in project strict",
    )
    expect(await world.sim.cluster.get(secrets, at("s"))).toBeUndefined()
  })

  test("labels that are no texts are found before anything is written", async () => {
    const world = await createWorld()
    world.source.commit(shopUrl, {
      "a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {count: 1}}\n",
    })
    await start(world, manual)
    await ask(world, "shop", { sync: {} })
    await world.clock.advance(10_000)
    const state = (await world.application("shop")).status?.operationState
    expect([state?.phase, state?.message]).toEqual([
      "Failed",
      "one or more objects failed to apply (dry run): /ConfigMap/a: metadata.labels: expected texts as values",
    ])
  })

  test("an operation on a revision that does not exist ends in Error", async () => {
    const world = await createWorld()
    world.source.commit(shopUrl, { "a.json": configMap("a", "1") })
    await start(world, manual)
    await ask(world, "shop", { sync: { revision: "nowhere" } })
    await world.clock.advance(10_000)
    const { status, operation } = await world.application("shop")
    expect(operation).toBeUndefined()
    expect(status?.operationState).toMatchObject({ phase: "Error" })
    expect(status?.operationState?.message).toContain("nowhere")
    expect(status?.sync?.status).toBe("OutOfSync")
  })
})

describe("operations", () => {
  test("a rollback deploys an old revision; the comparison stays with the newest", async () => {
    const world = await createWorld()
    const first = world.source.commit(shopUrl, { "a.json": configMap("a", "1") })
    await start(world, manual)
    await ask(world, "shop", { sync: {} })
    await world.clock.advance(10_000)
    const second = world.source.commit(shopUrl, { "a.json": configMap("a", "2") })
    await ask(world, "shop", { sync: {} })
    await world.clock.advance(10_000)
    const history = (await world.application("shop")).status?.history ?? []
    expect(history.map(({ id, revision }) => [id, revision])).toEqual([
      [0, first],
      [1, second],
    ])
    const { source } = history[0] ?? {}
    await ask(world, "shop", { sync: { revision: first, ...(source && { source }) } })
    await world.clock.advance(10_000)
    const { status } = await world.application("shop")
    expect((await world.sim.cluster.get(configMaps, at("a")))?.["data"]).toEqual({ value: "1" })
    expect([status?.sync?.status, status?.sync?.revision]).toEqual(["OutOfSync", second])
    expect(status?.history?.map(({ revision }) => revision)).toEqual([first, second, first])
  })

  test("a partial sync touches what it names, runs no hooks and writes no history", async () => {
    const world = await createWorld()
    world.source.commit(shopUrl, {
      "a.json": configMap("a", "1"),
      "b.json": configMap("b", "1"),
      "h.json": hook("h", "PreSync"),
    })
    await start(world, manual)
    await ask(world, "shop", { sync: { resources: [{ kind: "ConfigMap", name: "b" }] } })
    await world.clock.advance(10_000)
    expect(world.writes).toEqual(["create ConfigMap/b"])
    const { status } = await world.application("shop")
    expect([status?.operationState?.phase, status?.history]).toEqual(["Succeeded", []])
  })

  test("a dry run writes nothing", async () => {
    const world = await createWorld()
    world.source.commit(shopUrl, { "a.json": configMap("a", "1") })
    await start(world, manual)
    await ask(world, "shop", { sync: { dryRun: true } })
    await world.clock.advance(10_000)
    const { status } = await world.application("shop")
    expect([world.writes, status?.operationState?.phase, status?.history]).toEqual([
      [],
      "Succeeded",
      [],
    ])
  })

  test("a hook that failed is created anew by the next attempt, and the wait grows", async () => {
    const world = await createWorld()
    world.source.commit(shopUrl, {
      "h.json": hook("migrate", "PreSync"),
      "a.json": configMap("a", "1"),
      "f.json": configMap("alarm", "1", { "argocd.argoproj.io/hook": "SyncFail" }),
    })
    await start(world, manual)
    await ask(world, "shop", { sync: {}, retry: { limit: 1 } })
    await world.clock.advance(100)
    const fail = async (): Promise<void> => {
      const conditions = [{ type: "Failed", status: "True", message: "boom" }]
      const patch = { status: { conditions } }
      const as = { subresource: "status" }
      await world.sim.cluster.patch(jobs, at("migrate"), { type: "merge", patch }, as)
      // Just after a wave nothing is judged: its controllers may not have noticed it yet.
      await world.clock.advance(3000)
    }
    await fail()
    const waiting = (await world.application("shop")).status?.operationState
    expect([waiting?.phase, waiting?.retryCount]).toEqual(["Running", 1])
    expect(waiting?.message).toMatch(
      /^one or more synchronization tasks completed unsuccessfully, reason: boom/,
    )
    await world.clock.advance(7_000)
    expect(world.writes.filter((write) => write === "create Job/migrate")).toHaveLength(1)
    await world.clock.advance(20_000)
    expect(world.writes.filter((write) => write === "create Job/migrate")).toHaveLength(2)
    expect((await world.application("shop")).status?.operationState?.phase).toBe("Succeeded")
  })

  test("a terminated operation deletes its running hooks and fails", async () => {
    const world = await createWorld()
    world.source.commit(shopUrl, {
      "h.json": hook("slow", "PreSync"),
      "a.json": configMap("a", "1"),
    })
    await start(world, manual)
    await ask(world, "shop", { sync: {}, retry: { limit: 3 } })
    await world.clock.advance(100)
    const patch = { status: { operationState: { phase: "Terminating" } } } as never
    await world.sim.cluster.patch(
      applications,
      { namespace: "argocd", name: "shop" },
      { type: "merge", patch },
    )
    await world.clock.advance(30_000)
    const { status, operation } = await world.application("shop")
    expect([status?.operationState?.phase, status?.operationState?.message, operation]).toEqual([
      "Failed",
      "Operation terminated",
      undefined,
    ])
    expect(await world.sim.cluster.get(jobs, at("slow"))).toBeUndefined()
    expect(await world.sim.cluster.get(configMaps, at("a"))).toBeUndefined()
  })
})

describe("crashes", () => {
  const files = {
    "h.json": hook("migrate", "PreSync", {
      "argocd.argoproj.io/hook-delete-policy": "HookSucceeded",
    }),
    "a.json": configMap("a", "1"),
    "b.json": configMap("b", "1", { "argocd.argoproj.io/sync-wave": "1" }),
    "n.json": hook("notify", "PostSync"),
  }
  const run = async (killAt: number): Promise<readonly string[]> => {
    const world = await createWorld()
    world.source.commit(shopUrl, files)
    let writes = 0
    let restarting: Promise<void> | undefined
    world.sim.onWrite(() => {
      if (++writes === killAt) restarting = world.restart()
    })
    await start(world, applicationFixture("shop"), 120_000)
    await restarting
    await world.clock.advance(120_000)
    const { status } = await world.application("shop")
    expect([status?.sync?.status, status?.operationState?.phase]).toEqual(["Synced", "Succeeded"])
    expect(status?.history).toHaveLength(1)
    return world.writes.filter((write) => /^create (Job|ConfigMap)/.test(write))
  }
  test("controllers that are replaced at any write create everything exactly once", async () => {
    const whole = await run(-1)
    expect(whole).toEqual([
      "create Job/migrate",
      "create ConfigMap/a",
      "create ConfigMap/b",
      "create Job/notify",
    ])
    for (let killAt = 1; killAt <= 24; killAt++)
      expect([killAt, await run(killAt)]).toEqual([killAt, whole])
  })
})

describe("app of apps", () => {
  test("children are managed objects; deleting the parent takes them and their objects along", async () => {
    const world = await createWorld({ applicationHealth: true })
    const finalizers = ["resources-finalizer.argocd.argoproj.io"]
    const child = applicationFixture("child", {
      source: { repoURL: shopUrl, path: "child" },
      destination: { name: "in-cluster", namespace: "shop" },
    })
    world.source.commit(shopUrl, {
      "apps/child.json": JSON.stringify({ ...child, metadata: { ...child.metadata, finalizers } }),
      "child/a.json": configMap("a", "1"),
    })
    const parent = applicationFixture("parent", {
      source: { repoURL: shopUrl, path: "apps" },
      destination: { name: "in-cluster", namespace: "argocd" },
    })
    const { status } = await start(world, {
      ...parent,
      metadata: { ...parent.metadata, finalizers },
    })
    expect([status?.sync?.status, status?.health?.status]).toEqual(["Synced", "Healthy"])
    expect(await world.sim.cluster.get(configMaps, at("a"))).toBeDefined()
    await world.sim.cluster.delete(applications, { namespace: "argocd", name: "parent" })
    await world.clock.advance(60_000)
    expect((await world.sim.cluster.list(applications)).items).toEqual([])
    expect(await world.sim.cluster.get(configMaps, at("a"))).toBeUndefined()
  })
})

describe("hooks of a deletion", () => {
  test("PreDelete before anything goes, PostDelete after everything is gone", async () => {
    const world = await createWorld()
    world.source.commit(shopUrl, {
      "a.json": configMap("a", "1"),
      "pre.json": hook("backup", "PreDelete"),
      "post.json": hook("report", "PostDelete", {
        "argocd.argoproj.io/hook-delete-policy": "HookSucceeded",
      }),
    })
    const finalizers = ["resources-finalizer.argocd.argoproj.io"]
    const fixture = applicationFixture("shop")
    const application = await start(world, {
      ...fixture,
      metadata: { ...fixture.metadata, finalizers },
    })
    expect(application.status?.sync?.status).toBe("Synced")
    expect(application.metadata.finalizers).toEqual([
      ...finalizers,
      "pre-delete-finalizer.argocd.argoproj.io",
      "pre-delete-finalizer.argocd.argoproj.io/cleanup",
      "post-delete-finalizer.argocd.argoproj.io",
      "post-delete-finalizer.argocd.argoproj.io/cleanup",
    ])
    expect(world.writes).toEqual(["create ConfigMap/a"])
    world.writes.length = 0
    await world.sim.cluster.delete(applications, { namespace: "argocd", name: "shop" })
    await world.clock.advance(60_000)
    expect(world.writes.filter((write) => /^(create|delete) (Job|ConfigMap)/.test(write))).toEqual([
      "create Job/backup",
      "delete ConfigMap/a",
      "create Job/report",
      "delete Job/report",
    ])
    expect((await world.sim.cluster.list(applications)).items).toEqual([])
  })
})
