import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type ClusterSim, createClusterSim } from "@argo-ts/cluster-sim"
import { type Cluster, createManager, type RunningManager } from "@argo-ts/k8s"
import { epochMs, silentLogger } from "@argo-ts/kernel"
import { createVirtualClock, type VirtualClock } from "@argo-ts/kernel/clock"
import { afterEach } from "vitest"
import { type Application, applications, type GitopsSettings, gitopsKinds } from "../src/index.js"
import { applicationControllers } from "../src/kubernetes/index.js"
import { type MemorySource, memorySource } from "../src/testing/index.js"

export const shopUrl = "https://git.example.com/shop.git"
const start = epochMs(Date.UTC(2026, 0, 1))

export interface World {
  readonly clock: VirtualClock
  readonly sim: ClusterSim
  readonly source: MemorySource
  /** Every write by kind, name and verb, in order, besides those of the Application itself. */
  readonly writes: string[]
  application(name: string): Promise<Application>
  /** Kills the controllers in the middle of whatever they do and starts new ones that know nothing. */
  restart(): Promise<void>
}

const closing: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

/** The port as a process sees it that can be killed: from then on it hears nothing and changes nothing. */
function mortal(cluster: Cluster, life: { readonly isAlive: boolean }): Cluster {
  const never = new Promise<never>(() => {})
  const calls = Object.entries(cluster).map(([name, call]) => {
    if (name === "watch") return [name, call]
    const guarded = async (...args: readonly unknown[]): Promise<unknown> => {
      if (!life.isAlive) return never
      const answer = await (call as (...given: readonly unknown[]) => Promise<unknown>)(...args)
      return life.isAlive ? answer : never
    }
    return [name, guarded]
  })
  return Object.fromEntries(calls) as Cluster
}

/** A cluster in memory with the Application controller on a virtual clock, and repositories in memory. */
export async function createWorld(settings: Partial<GitopsSettings> = {}): Promise<World> {
  const directory = mkdtempSync(join(tmpdir(), "gitops-"))
  const clock = createVirtualClock(start)
  const sim = createClusterSim({ clock, kinds: gitopsKinds, namespaces: ["argocd", "shop"] })
  const source = memorySource(directory)
  let life = { isAlive: true }
  const startManager = (): RunningManager =>
    createManager({ cluster: mortal(sim.cluster, life), clock, logger: silentLogger })
      .add(...applicationControllers({ repositories: source, settings }))
      .start()
  let running = startManager()
  const writes: string[] = []
  sim.onWrite((write) => {
    const { kind, verb, key } = write
    if (kind.kind !== "Application" && kind.kind !== "Event")
      writes.push(`${verb} ${kind.kind}/${key.name}`)
  })
  closing.push(
    () => rmSync(directory, { recursive: true, force: true }),
    () => sim.close(),
    () => running.stop(),
  )
  await running.ready
  await sim.ready
  return {
    clock,
    sim,
    source,
    writes,
    async restart() {
      life.isAlive = false
      life = { isAlive: true }
      running = startManager()
      await running.ready
    },
    async application(name) {
      const found = await sim.cluster.get(applications, { namespace: "argocd", name })
      if (found === undefined) throw new Error(`no application ${name}`)
      return found
    },
  }
}
