import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createClusterSim } from "@argo-ts/cluster-sim"
import { type Cluster, type Controller, controller, createManager } from "@argo-ts/k8s"
import {
  apiVersionOf,
  defineKind,
  type EpochMs,
  epochMs,
  formatInstant,
  type Kind,
  type KubernetesObject,
  silentLogger,
} from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { createGit } from "@argo-ts/kernel/git"
import { createHttpClient } from "@argo-ts/kernel/http"
import { parseManifests } from "@argo-ts/kernel/yaml"
import {
  foreignAnalysisRuns,
  foreignAnalysisTemplates,
  foreignApplications,
} from "../src/api/foreign.js"
import {
  type Freight,
  freights,
  type Promotion,
  promotionKinds,
  promotions,
  type Stage,
  stages,
} from "../src/index.js"
import { createMemoryRegistry, promotionControllers } from "../src/kubernetes/index.js"

export const environments = "https://git.example.com/environments.git"
export const image = "registry.example.com/shop"
export const startAt = epochMs(1_767_603_600_000)
export const namespaces: Kind<KubernetesObject> = defineKind({
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  scope: "Cluster",
  hasStatus: true,
})

/** Argo CD as far as a promotion sees it: a requested operation ends, and health is what the test says. */
export function fakeArgo(health: (name: string) => string): Controller {
  return controller("gitops-core", foreignApplications).reconcile(
    async (key, { cluster, clock }) => {
      const application = await cluster.get(foreignApplications, key)
      if (application === undefined) return {}
      const at = formatInstant(clock.now())
      const isAsked = application.operation !== undefined
      const wanted = health(key.name)
      if (!isAsked && application.status?.health?.status === wanted) return {}
      const revision = (application.operation?.["sync"] as { revision?: string } | undefined)
        ?.revision
      const status = {
        ...application.status,
        reconciledAt: at,
        health: { status: wanted },
        ...(isAsked
          ? {
              sync: { status: "Synced", revision: revision ?? "" },
              history: [...(application.status?.history ?? []), { revision: revision ?? "" }],
              operationState: {
                operation: application.operation,
                phase: "Succeeded",
                finishedAt: at,
                syncResult: { revision: revision ?? "" },
              },
            }
          : {}),
      }
      await cluster.patch(foreignApplications, key, {
        type: "merge",
        patch: { status, operation: null } as never,
      })
      return {}
    },
  )
}

/** AnalysisRuns end after a minute, as the test says. */
export function fakeAnalysis(phase: () => string): Controller {
  return controller("progressive-delivery", foreignAnalysisRuns).reconcile(
    async (key, { cluster, clock }) => {
      const run = await cluster.get(foreignAnalysisRuns, key)
      if (run === undefined || run.status?.completedAt !== undefined) return {}
      const startedAt = run.status?.startedAt ?? formatInstant(clock.now())
      const end = epochMs(Date.parse(startedAt) + 60_000)
      const isOver = clock.now() >= end
      const status = isOver
        ? { phase: phase(), startedAt, completedAt: formatInstant(clock.now()) }
        : { phase: "Running", startedAt }
      await cluster.patch(
        foreignAnalysisRuns,
        key,
        { type: "merge", patch: { status } },
        { subresource: "status" },
      )
      return isOver ? {} : { wakeAt: end }
    },
  )
}

/** The cluster as one process sees it: after `die`, nothing it asks for is ever answered. */
function mortal(
  cluster: Cluster,
  isFatal: (write: number) => boolean,
): { readonly cluster: Cluster; isDead(): boolean } {
  let isDead = false
  let writes = 0
  const never = new Promise<never>(() => {})
  const wrap =
    <A extends readonly unknown[], R>(call: (...args: A) => Promise<R>, isWrite = false) =>
    async (...args: A): Promise<R> => {
      if (isDead) return never
      const result = await call(...args)
      const kind = args[0] as { readonly kind?: string } | undefined
      // The write is made and its process never learns of it.
      if (isWrite && !isDead && kind?.kind === "Promotion" && isFatal(++writes)) isDead = true
      return isDead ? never : result
    }
  const proxy = {
    get: wrap(cluster.get),
    list: wrap(cluster.list),
    kinds: wrap(cluster.kinds),
    create: wrap(cluster.create, true),
    update: wrap(cluster.update, true),
    patch: wrap(cluster.patch, true),
    apply: wrap(cluster.apply, true),
    delete: wrap(cluster.delete, true),
    watch: ((kind, options, observer) =>
      cluster.watch(kind, options, {
        event: (event) => (isDead ? undefined : observer.event(event)),
        end: (error) => (isDead ? undefined : observer.end(error)),
      })) as Cluster["watch"],
  } as Cluster
  return { cluster: proxy, isDead: () => isDead }
}

export interface World {
  readonly clock: ReturnType<typeof createVirtualClock>
  readonly cluster: ReturnType<typeof createClusterSim>["cluster"]
  readonly registry: ReturnType<typeof createMemoryRegistry>
  readonly root: string
  readonly outcome: { health: string; analysis: string }
  /** The process ends right after its n-th write of a Promotion from now on; `restart` starts another. */
  isDead(): boolean
  /** Starts new controllers after a death; `isDirectoryLost` without the files of the old ones. */
  restart(isDirectoryLost: boolean): void
  freight(): Promise<readonly Freight[]>
  promotions(stage: string): Promise<readonly Promotion[]>
  stage(name: string): Promise<Stage>
  until(isDone: () => Promise<boolean>, minutes: number): Promise<boolean>
  log(branch?: string): readonly string[]
  close(): Promise<void>
}

/** The delivery example's Kargo part, with a real environments repository. */
export async function openWorld(killAtWrite = 0): Promise<World> {
  const root = mkdtempSync(join(tmpdir(), "argo-ts-promotion-"))
  const bare = join(root, "environments.git")
  const run = (...args: string[]): string =>
    String(
      execFileSync("git", args, {
        env: {
          ...process.env,
          GIT_AUTHOR_DATE: "1700000000 +0000",
          GIT_COMMITTER_DATE: "1700000000 +0000",
        },
      }),
    )
  const examples = new URL("../../../examples/delivery/", import.meta.url).pathname
  run("init", "-q", "--bare", "-b", "main", bare)
  const seed = join(root, "seed")
  execFileSync("cp", ["-r", join(examples, "repositories/environments"), seed])
  run("-C", seed, "init", "-q", "-b", "main")
  run("-C", seed, "add", "-A")
  run(
    "-C",
    seed,
    "-c",
    "user.name=Dana",
    "-c",
    "user.email=dana@example.com",
    "commit",
    "-qm",
    "Start",
  )
  run("-C", seed, "push", "-q", bare, "main")

  const clock = createVirtualClock(startAt)
  const sim = createClusterSim({
    clock,
    kinds: [...promotionKinds, foreignApplications, foreignAnalysisRuns, foreignAnalysisTemplates],
    namespaces: ["argocd"],
  })
  const { cluster } = sim
  const registry = createMemoryRegistry()
  const outcome = { health: "Healthy", analysis: "Successful" }
  let generation = 0
  let living = mortal(sim.cluster, (write) => write === killAtWrite)
  const start = (): ReturnType<ReturnType<typeof createManager>["start"]> => {
    const git = createGit({
      clock,
      cacheDirectory: join(root, `cache${generation}`),
      addresses: { [environments]: bare },
    })
    const http = createHttpClient({ clock, logger: silentLogger })
    const controllers = promotionControllers({
      git,
      http,
      registry,
      workDirectory: join(root, `work${generation}`),
    })
    return createManager({ cluster: living.cluster, clock, logger: silentLogger })
      .add(
        ...controllers,
        fakeArgo(() => outcome.health),
        fakeAnalysis(() => outcome.analysis),
      )
      .start()
  }
  let manager = start()
  const drive = async <T>(work: Promise<T>): Promise<T> => {
    let isDone = false
    const ended = work.finally(() => {
      isDone = true
    })
    ended.catch(() => {})
    await clock.runUntil(() => isDone, epochMs(clock.now() + 3_600_000))
    return ended
  }
  await cluster.create(namespaces, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "shop", labels: { "kargo.akuity.io/project": "true" } },
  })
  const kinds = await cluster.kinds()
  for (const file of ["promotion.yaml", "applications.yaml"]) {
    const parsed = parseManifests(readFileSync(join(examples, file), "utf8"), { file })
    if (!parsed.ok) throw new Error(file)
    for (const { value } of parsed.value) {
      const object = value as unknown as KubernetesObject
      const kind = kinds.find(
        (each) => each.kind === object.kind && apiVersionOf(each) === object.apiVersion,
      )
      if (kind !== undefined) await cluster.create(kind, object)
    }
  }
  const of = async <T extends KubernetesObject>(kind: Kind<T>) =>
    (await cluster.list(kind, { namespace: "shop" })).items
  return {
    clock,
    cluster,
    registry,
    root,
    outcome,
    isDead: () => living.isDead(),
    restart(isDirectoryLost) {
      if (isDirectoryLost) generation++
      living = mortal(sim.cluster, () => false)
      manager = start()
    },
    freight: () => of(freights),
    promotions: async (stage) => (await of(promotions)).filter(({ spec }) => spec.stage === stage),
    async stage(name) {
      const found = await cluster.get(stages, { namespace: "shop", name })
      if (found === undefined) throw new Error(name)
      return found
    },
    async until(isDone, minutes) {
      const limit = clock.now() + minutes * 60_000
      while (clock.now() < limit) {
        if (await isDone()) return true
        await clock.advance(1000)
      }
      return isDone()
    },
    log: (branch = "main") => run("-C", bare, "log", "--format=%s", branch).trim().split("\n"),
    async close() {
      await drive(manager.stop())
      await sim.close()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

/** An image built some minutes after the start. */
export function built(minutes: number): { readonly digest: string; readonly createdAt: string } {
  const at = epochMs(startAt + minutes * 60_000) as EpochMs
  return { digest: `sha256:${String(minutes).padStart(64, "0")}`, createdAt: formatInstant(at) }
}
