import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type ClusterSim, createClusterSim } from "@argo-ts/cluster-sim"
import { createManager } from "@argo-ts/k8s"
import { epochMs, silentLogger } from "@argo-ts/kernel"
import { createVirtualClock, type VirtualClock } from "@argo-ts/kernel/clock"
import { afterEach } from "vitest"
import { type Application, applications, gitopsKinds } from "../src/index.js"
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
}

const closing: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

/** A cluster in memory with the Application controller on a virtual clock, and repositories in memory. */
export async function createWorld(): Promise<World> {
  const directory = mkdtempSync(join(tmpdir(), "gitops-"))
  const clock = createVirtualClock(start)
  const sim = createClusterSim({ clock, kinds: gitopsKinds, namespaces: ["argocd", "shop"] })
  const source = memorySource(directory)
  const manager = createManager({ cluster: sim.cluster, clock, logger: silentLogger })
  const running = manager.add(...applicationControllers({ repositories: source })).start()
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
    async application(name) {
      const found = await sim.cluster.get(applications, { namespace: "argocd", name })
      if (found === undefined) throw new Error(`no application ${name}`)
      return found
    },
  }
}
