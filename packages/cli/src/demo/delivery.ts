import { existsSync, mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { type ClusterSim, createClusterSim, lastInstant } from "@argo-ts/cluster-sim"
import { type Cluster, createManager, isClusterError, type RunningManager } from "@argo-ts/k8s"
import {
  apiVersionOf,
  type EpochMs,
  type Kind,
  type KubernetesObject,
  type Logger,
  OperationError,
  parseInstant,
} from "@argo-ts/kernel"
import { type Clock, createVirtualClock, sleep, type VirtualClock } from "@argo-ts/kernel/clock"
import { createGit, type Git } from "@argo-ts/kernel/git"
import { createHttpClient } from "@argo-ts/kernel/http"
import { parseManifests } from "@argo-ts/kernel/yaml"
import { createFixtureRepository } from "@argo-ts/testing"
import type { RunningEngines } from "../engines.js"
import { loadEngines } from "../load-engines.js"
import { createPromotionRequest } from "./promotion-request.js"
import type { Scene } from "./story/scene.js"
import { createView, type View } from "./story/view.js"
import { createDeveloper } from "./world/developer.js"
import { deliveryDirectory, readTree } from "./world/files.js"
import { createGitHost } from "./world/git-host.js"
import { createErrorRates } from "./world/image-facts.js"
import { configMaps, namespaces } from "./world/kinds.js"
import { type MetricsEndpoint, startMetricsEndpoint } from "./world/metrics-endpoint.js"
import {
  applicationRepository,
  environmentsRepository,
  metricsAddress,
  registryHost,
  storyStart,
  webhookAddress,
} from "./world/places.js"
import { type Registry, startRegistry } from "./world/registry.js"

/** The demo's world, open: a cluster with all controllers, and what surrounds it. */
export interface Delivery {
  readonly sim: ClusterSim
  readonly clock: VirtualClock
  readonly view: View
  readonly startAt: EpochMs
  readonly scene: Pick<Scene, "setUp" | "push" | "promote">
  close(): Promise<void>
}

/** What a delivery is made of. */
export interface DeliveryOptions {
  /** Repositories, registry, cluster log and work directories; a delivery continues from what is there. */
  readonly directory: string
  readonly seed: number
  readonly logger: Logger
  /** Called with the open cluster before anything is written to it. */
  readonly onOpen: (sim: ClusterSim) => void
}

function startInstant(): EpochMs {
  const parsed = parseInstant(storyStart)
  return parsed.ok ? parsed.value : (0 as EpochMs)
}

/** The two bare repositories, with the files of the example as their first commit. */
async function createRepositories(directory: string, at: EpochMs): Promise<Record<string, string>> {
  const places: Record<string, string> = {}
  const sources = join(deliveryDirectory(), "repositories")
  const identity = { name: "Dana", email: "dana@example.com" }
  for (const [url, name] of [
    [applicationRepository, "shop"],
    [environmentsRepository, "environments"],
  ] as const) {
    const place = join(directory, "git", `${name}.git`)
    if (!existsSync(place)) {
      const repository = await createFixtureRepository({ directory: place, identity })
      await repository.commit({ message: "Start", at, files: readTree(join(sources, name)) })
    }
    places[url] = place
  }
  return places
}

const manifestFiles = ["namespaces", "events", "workflow", "promotion", "applications"]

const namespaceAttempts = 30

/** Applies an object; where its namespace is still being made by a controller, again a second later. */
async function applyPatiently(
  cluster: Cluster,
  clock: Clock,
  kind: Kind,
  object: KubernetesObject,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await cluster.apply(kind, object, { fieldManager: "demo", force: true })
      return
    } catch (error) {
      if (!isClusterError(error, "NotFound") || attempt >= namespaceAttempts) throw error
      await sleep(clock, 1000, "demo/apply")
    }
  }
}

/** Applies the manifests of the example, as a person does before the story begins. */
async function applyManifests(cluster: Cluster, clock: Clock): Promise<void> {
  const kinds = await cluster.kinds()
  const kindOf = (object: KubernetesObject): Kind => {
    const { apiVersion, kind } = object
    const found = kinds.find((one) => one.kind === kind && apiVersionOf(one) === apiVersion)
    if (found !== undefined) return found
    const message = `no controller serves ${kind} of ${apiVersion}`
    throw new OperationError(message, { code: "UnknownKind", retryable: false })
  }
  for (const name of manifestFiles) {
    const file = join(deliveryDirectory(), `${name}.yaml`)
    const parsed = parseManifests(readFileSync(file, "utf8"), { file: `${name}.yaml` })
    if (!parsed.ok) {
      const message = parsed.issues[0]?.message ?? "broken YAML"
      throw new OperationError(message, { code: "InvalidYaml", retryable: false })
    }
    for (const { value } of parsed.value) {
      const object = value as unknown as KubernetesObject
      await applyPatiently(cluster, clock, kindOf(object), object)
    }
  }
}

async function createNotes(cluster: Cluster): Promise<void> {
  const metadata = { name: "demo" }
  if ((await cluster.get(namespaces, metadata)) !== undefined) return
  const object = { apiVersion: "v1", kind: "Namespace", metadata }
  await cluster.create(namespaces, object, { fieldManager: "demo" })
}

/** The git host notes each push in the cluster, so that it is part of the log. */
async function notePush(cluster: Cluster, commit: string, message: string): Promise<void> {
  const metadata = { namespace: "demo", name: "git-host" }
  const data = { shop: `${commit.slice(0, 8)} ${message}` }
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata, data }
  await cluster.apply(configMaps, object, { fieldManager: "git", force: true })
}

interface Surroundings {
  readonly registry: Registry
  readonly metrics: MetricsEndpoint
  readonly git: Git
  readonly addresses: Record<string, string>
}

async function openSurroundings(
  options: DeliveryOptions,
  sim: ClusterSim,
  clock: VirtualClock,
): Promise<Surroundings> {
  const { directory, logger } = options
  const addresses: Record<string, string> = await createRepositories(directory, startInstant())
  const registry = await startRegistry({ clock, directory: join(directory, "registry") })
  const errorRate = createErrorRates(registry)
  const metrics = await startMetricsEndpoint({ clock, cluster: sim.cluster, errorRate })
  addresses[registryHost] = registry.origin
  addresses[metricsAddress] = metrics.origin
  const identity = { name: "Dana", email: "dana@example.com" }
  const cacheDirectory = join(directory, "developer-cache")
  const git = createGit({ clock, addresses, cacheDirectory, identity, logger })
  return { registry, metrics, git, addresses }
}

function createActions(
  options: DeliveryOptions,
  sim: ClusterSim,
  clock: VirtualClock,
  around: Surroundings,
): Pick<Scene, "setUp" | "push" | "promote"> {
  const { git, addresses } = around
  const { cluster } = sim
  const developer = createDeveloper({ git, clock, directory: join(options.directory, "developer") })
  const http = createHttpClient({ clock, addresses, logger: options.logger })
  const host = createGitHost({ http, cluster })
  return {
    async push(change) {
      const push = await developer.push(change)
      await notePush(cluster, push.after, change.message)
      await host.announce(push)
      return push.after
    },
    setUp: () => applyManifests(cluster, clock),
    promote: (stage, freight) => createPromotionRequest(cluster, stage, freight),
  }
}

/** Opens the world and starts all controllers; the clock stands until the story drives it. */
export async function openDelivery(options: DeliveryOptions): Promise<Delivery> {
  const { directory, seed, logger } = options
  mkdirSync(directory, { recursive: true })
  const startAt = startInstant()
  const log = join(directory, "cluster.jsonl")
  const clock = createVirtualClock(lastInstant(log) ?? startAt)
  const engines = await loadEngines()
  const sim = createClusterSim({ clock, seed, log, kinds: engines.kinds, logger })
  options.onOpen(sim)
  const view = await createView(sim)
  const around = await openSurroundings(options, sim, clock)
  const running: RunningEngines = await engines.controllers({
    clock,
    cluster: sim.cluster,
    addresses: around.addresses,
    logger,
    directory: join(directory, "work"),
    executor: "process",
    webhookPorts: "free",
  })
  Object.defineProperty(around.addresses, webhookAddress, {
    // While nothing listens the name leads to a port that nobody can listen on.
    get: () => running.webhookAddress("12000") ?? "http://127.0.0.1:0",
    enumerable: true,
  })
  await createNotes(sim.cluster)
  const manager: RunningManager = createManager({ cluster: sim.cluster, clock, logger })
    .add(...running.controllers)
    .start()
  manager.ready.catch((error: unknown) => logger.error("controllers cannot start", { error }))
  return {
    sim,
    clock,
    view,
    startAt,
    scene: createActions(options, sim, clock, around),
    async close() {
      // Controllers that wait for real work end with it; the clock stands, so nobody waits for them.
      manager.stop().catch(() => {})
      await clock.advance(0)
      await running.close()
      await around.metrics.close()
      await around.registry.close()
      await sim.close()
    },
  }
}
