import type { ClusterError, WatchOptions } from "@argo-ts/k8s"
import { epochMs, type Kind, type KubernetesObject } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { describe, expect, test } from "vitest"
import { type ClusterSim, type ClusterSimOptions, createClusterSim } from "../src/index.js"

const configMaps = builtInKind("v1", "ConfigMap") as Kind
const secrets = builtInKind("v1", "Secret") as Kind
const namespace = "default"

function makeSim(options: Partial<ClusterSimOptions> = {}): {
  readonly sim: ClusterSim
  readonly clock: ReturnType<typeof createVirtualClock>
} {
  const clock = createVirtualClock(epochMs(1_767_225_600_000))
  return { clock, sim: createClusterSim({ clock, controllers: false, ...options }) }
}

function object(kind: Kind, name: string): KubernetesObject {
  return { apiVersion: "v1", kind: kind.kind, metadata: { namespace, name } }
}

function follow({ cluster }: ClusterSim, options: WatchOptions): string[] {
  const seen: string[] = []
  cluster.watch(configMaps, options, {
    event(event) {
      if (event.type !== "BOOKMARK") seen.push(`${event.type} ${event.object.metadata.name}`)
      else seen.push(`BOOKMARK ${event.resourceVersion}${event.isInitialEventsEnd ? " end" : ""}`)
    },
    end: (error) => seen.push(`end ${(error as ClusterError | undefined)?.code ?? "cleanly"}`),
  })
  return seen
}

describe("bookmarks", () => {
  test("come only when asked for, a minute after a write, and say how far everything is told", async () => {
    const { sim, clock } = makeSim()
    const { resourceVersion } = await sim.cluster.list(configMaps)
    const asked = follow(sim, { resourceVersion, allowWatchBookmarks: true })
    const unasked = follow(sim, { resourceVersion })
    const other = await sim.cluster.create(secrets, object(secrets, "s"))
    await clock.advance(59_999)
    expect(asked).toEqual([])
    await clock.advance(1)
    expect(asked).toEqual([`BOOKMARK ${other.metadata.resourceVersion}`])
    await clock.advance(600_000)
    expect(asked).toHaveLength(1)
    expect(unasked).toEqual([])
  })

  test("leave nothing on the clock once nothing changes", async () => {
    const { sim, clock } = makeSim()
    follow(sim, { allowWatchBookmarks: true })
    await sim.cluster.create(configMaps, object(configMaps, "a"))
    await clock.advance(60_000)
    expect(clock.nextAt()).toBeUndefined()
  })
})

describe("a watch", () => {
  test("from the future waits for what comes after that version", async () => {
    const { sim } = makeSim()
    const { resourceVersion } = await sim.cluster.list(configMaps)
    const seen = follow(sim, { resourceVersion: `${Number(resourceVersion) + 1}` })
    await sim.cluster.create(configMaps, object(configMaps, "a"))
    await sim.cluster.create(configMaps, object(configMaps, "b"))
    expect(seen).toEqual(["ADDED b"])
  })

  test("without initial events begins with nothing", async () => {
    const { sim } = makeSim()
    await sim.cluster.create(configMaps, object(configMaps, "a"))
    const match = { resourceVersionMatch: "NotOlderThan" } as const
    const seen = follow(sim, { sendInitialEvents: false, ...match })
    await sim.cluster.create(configMaps, object(configMaps, "b"))
    expect(seen).toEqual(["ADDED b"])
  })

  test("with combinations that mean nothing is refused before it begins", () => {
    const { sim } = makeSim()
    expect(() => follow(sim, { sendInitialEvents: true })).toThrow(
      "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
    )
    expect(() => follow(sim, { resourceVersionMatch: "NotOlderThan" })).toThrow(
      "forbidden for watch unless sendInitialEvents is provided",
    )
    expect(() => follow(sim, { resourceVersion: "abc" })).toThrow("invalid resource version")
  })

  test("that falls behind is ended with Expired, and the writer is not held up", async () => {
    const { sim } = makeSim({ watchBuffer: 3 })
    const seen = follow(sim, { namespace })
    const many = ["a", "b", "c", "d", "e"]
    // All of one turn: nobody is told anything in between.
    await Promise.all(many.map((name) => sim.cluster.create(configMaps, object(configMaps, name))))
    expect(seen).toEqual(["ADDED a", "ADDED b", "ADDED c", "end Expired"])
    expect((await sim.cluster.list(configMaps)).items).toHaveLength(5)
  })
})

describe("an expired page", () => {
  test("comes with a token that goes on with what is there now", async () => {
    const { sim } = makeSim()
    for (const name of ["a", "b", "c"]) {
      await sim.cluster.create(configMaps, object(configMaps, name))
    }
    const first = await sim.cluster.list(configMaps, { namespace, limit: 1 })
    await sim.cluster.create(configMaps, object(configMaps, "d"))
    sim.expireHistory()
    const next = { namespace, continue: first.continue ?? "" }
    const error: unknown = await sim.cluster.list(configMaps, next).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: "Expired" })
    const token = (error as ClusterError).details.continue ?? ""
    const rest = await sim.cluster.list(configMaps, { namespace, continue: token })
    expect(rest.items.map(({ metadata }) => metadata.name)).toEqual(["b", "c", "d"])
  })
})
