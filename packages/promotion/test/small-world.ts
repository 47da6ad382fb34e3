import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createClusterSim } from "@argo-ts/cluster-sim"
import { createManager, events } from "@argo-ts/k8s"
import {
  createLogger,
  defineKind,
  epochMs,
  type Kind,
  type KubernetesObject,
  type LogEntry,
} from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { createGit } from "@argo-ts/kernel/git"
import { createHttpClient } from "@argo-ts/kernel/http"
import {
  foreignAnalysisRuns,
  foreignAnalysisTemplates,
  foreignApplications,
} from "../src/api/foreign.js"
import {
  type Freight,
  freights,
  type Promotion,
  projectConfigs,
  projects,
  promotionKinds,
  promotions,
  type Stage,
  stages,
} from "../src/index.js"
import {
  createMemoryRegistry,
  promotionControllers,
  type StepRunners,
} from "../src/kubernetes/index.js"
import { fakeAnalysis, fakeArgo, startAt } from "./world.js"

interface DataObject extends KubernetesObject {
  readonly data?: { readonly [key: string]: string }
}
const core = { group: "", version: "v1", scope: "Namespaced", hasStatus: false } as const
export const configMaps: Kind<DataObject> = defineKind<DataObject>({
  ...core,
  kind: "ConfigMap",
  plural: "configmaps",
})
export const secrets: Kind<DataObject> = defineKind<DataObject>({
  ...core,
  kind: "Secret",
  plural: "secrets",
})

/** A Project with its controllers, without Git: what happens to objects. */
export interface SmallWorld {
  readonly cluster: ReturnType<typeof createClusterSim>["cluster"]
  readonly clock: ReturnType<typeof createVirtualClock>
  readonly registry: ReturnType<typeof createMemoryRegistry>
  readonly outcome: { health: string; analysis: string }
  readonly logged: readonly LogEntry[]
  stage(name: string): Promise<Stage>
  freight(): Promise<readonly Freight[]>
  promotions(stage: string): Promise<readonly Promotion[]>
  /** Puts annotations on an object. */
  annotate<T extends KubernetesObject>(
    kind: Kind<T>,
    name: string,
    annotations: { readonly [name: string]: string },
  ): Promise<void>
  /** Reasons of the events about an object, sorted. */
  reasons(name: string): Promise<readonly string[]>
  until(isDone: () => Promise<boolean>, minutes?: number): Promise<void>
  close(): Promise<void>
}

/** Opens a world of Project `shop`; auto-promotion is on for these Stages. */
export async function openSmallWorld(
  options: { readonly steps?: StepRunners; readonly autoPromoted?: readonly string[] } = {},
): Promise<SmallWorld> {
  const root = mkdtempSync(join(tmpdir(), "argo-ts-small-"))
  const clock = createVirtualClock(startAt)
  const sim = createClusterSim({
    clock,
    kinds: [...promotionKinds, foreignApplications, foreignAnalysisRuns, foreignAnalysisTemplates],
    namespaces: ["argocd", "kargo-shared-resources"],
  })
  const { cluster } = sim
  const registry = createMemoryRegistry()
  const outcome = { health: "Healthy", analysis: "Successful" }
  const logged: LogEntry[] = []
  const known = new Set<string>()
  const logger = createLogger({ write: (entry) => logged.push(entry), secrets: () => known })
  const controllers = promotionControllers({
    git: createGit({ clock, cacheDirectory: join(root, "cache") }),
    http: createHttpClient({ clock, logger }),
    registry,
    workDirectory: join(root, "work"),
    secrets: known,
    ...(options.steps === undefined ? {} : { steps: options.steps }),
  })
  const manager = createManager({ cluster, clock, logger })
    .add(
      ...controllers,
      fakeArgo(() => outcome.health),
      fakeAnalysis(() => outcome.analysis),
    )
    .start()
  const apiVersion = "kargo.akuity.io/v1alpha1"
  await cluster.create(projects, { apiVersion, kind: "Project", metadata: { name: "shop" } })
  await clock.advance(1000)
  const promotionPolicies = (options.autoPromoted ?? []).map((stage) => ({
    stage,
    autoPromotionEnabled: true,
  }))
  const metadata = { name: "shop", namespace: "shop" }
  const config = { apiVersion, kind: "ProjectConfig", metadata, spec: { promotionPolicies } }
  await cluster.create(projectConfigs, config)
  const listOf = async <T extends KubernetesObject>(kind: Kind<T>) =>
    (await cluster.list(kind, { namespace: "shop" })).items
  return {
    cluster,
    clock,
    registry,
    outcome,
    logged,
    async stage(name) {
      const found = await cluster.get(stages, { namespace: "shop", name })
      if (found === undefined) throw new Error(`no Stage ${name}`)
      return found
    },
    freight: () => listOf(freights),
    promotions: async (stage) =>
      (await listOf(promotions)).filter(({ spec }) => spec.stage === stage),
    async annotate(kind, name, annotations) {
      const patch = { metadata: { annotations } }
      await cluster.patch(kind, { namespace: "shop", name }, { type: "merge", patch })
    },
    reasons: async (name) =>
      (await listOf(events))
        .map((event) => event as { involvedObject?: { name?: string }; reason?: string })
        .filter(({ involvedObject }) => involvedObject?.name === name)
        .map(({ reason }) => reason ?? "")
        .toSorted(),
    async until(isDone, minutes = 10) {
      const limit = epochMs(clock.now() + minutes * 60_000)
      while (!(await isDone())) {
        if (clock.now() >= limit) throw new Error("it did not come to that")
        await clock.advance(1000)
      }
    },
    async close() {
      const stopping = manager.stop()
      let isStopped = false
      stopping.finally(() => {
        isStopped = true
      })
      await clock.runUntil(() => isStopped, epochMs(clock.now() + 3_600_000))
      await sim.close()
      rmSync(root, { recursive: true, force: true })
    },
  }
}
