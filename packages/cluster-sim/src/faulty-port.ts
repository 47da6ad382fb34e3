import { type Cluster, interceptCluster, type ListOptions, type WatchOptions } from "@argo-ts/k8s"
import { epochMs, type Kind } from "@argo-ts/kernel"
import { type Clock, sleep } from "@argo-ts/kernel/clock"
import { connectionReset, type Faults } from "./faults.js"
import type { Store } from "./store/store.js"

/** With what a port goes wrong. */
export interface FaultyPort {
  readonly faults: Faults
  readonly clock: Clock
  readonly store: Store
}

/** The version that a lagging replica has got to: never one that is forgotten. */
function laggingVersion({ store }: FaultyPort, lag: number): number {
  return Math.max(store.history.oldest(), store.version() - lag)
}

/** A list from version `0` as a lagging replica answers it. */
function staleList(port: FaultyPort, kind: Kind, options: ListOptions): ListOptions {
  if (options.resourceVersion !== "0" || options.resourceVersionMatch === "Exact") return options
  const lag = port.faults.lag("list", kind)
  if (lag === 0) return options
  const version = laggingVersion(port, lag)
  if (version <= 0) return options
  return { ...options, resourceVersion: `${version}`, resourceVersionMatch: "Exact" }
}

/** A watch from version `0` as a lagging replica begins it. */
function staleStart(port: FaultyPort, kind: Kind, options: WatchOptions): number {
  if (options.resourceVersion !== "0" || options.sendInitialEvents !== undefined) return 0
  const lag = port.faults.lag("watch", kind)
  return lag === 0 ? 0 : laggingVersion(port, lag)
}

/**
 * A port whose connections break, whose lists are late, and whose reads of version `0` lie in the past. What a server
 * itself refuses is the gate's.
 */
export function createFaultyPort(cluster: Cluster, port: FaultyPort): Cluster {
  const { faults, clock } = port
  let sequence = 0
  const late = interceptCluster(cluster, {
    async around(request, send) {
      if (request.kind === undefined) return send()
      const { verb, kind } = request
      const break_ = faults.breaks({ verb, kind })
      if (break_ === "before") throw connectionReset()
      const answer = await send()
      const delayMs = verb === "list" ? faults.listDelayMs(kind) : 0
      if (delayMs > 0) await sleep(clock, delayMs, `cluster/slow-list#${sequence++}`)
      if (break_ === "after") throw connectionReset()
      return answer
    },
  })
  return {
    ...late,
    list: (kind, options = {}) => late.list(kind, staleList(port, kind, options)),
    watch(kind, options, observer) {
      const from = staleStart(port, kind, options)
      if (from <= 0) return late.watch(kind, options, observer)
      let stop: () => void = () => {}
      let isOpen = true
      const exact = {
        ...options,
        resourceVersion: `${from}`,
        resourceVersionMatch: "Exact",
      } as const
      const begin = async (): Promise<void> => {
        const { items } = await cluster.list(kind, exact)
        if (!isOpen) return
        for (const object of items) observer.event({ type: "ADDED", object })
        stop = late.watch(kind, { ...options, resourceVersion: `${from}` }, observer)
      }
      begin().catch((error: unknown) => {
        if (isOpen) observer.end(error)
      })
      return () => {
        isOpen = false
        stop()
      }
    },
  }
}

/** Takes nodes down and up again, minute by minute. Returns what stops it. */
export function loseNodes(
  { clock, faults }: Pick<FaultyPort, "clock" | "faults">,
  nodes: {
    readonly names: () => readonly string[]
    readonly setDown: (name: string, isDown: boolean) => void
    readonly lossMs: number
  },
): () => void {
  const minuteMs = 60_000
  const cancels = new Map<string, () => void>()
  const at = (delayMs: number, key: string, run: () => void): void => {
    const wake = (): void => {
      cancels.delete(key)
      run()
    }
    cancels.set(key, clock.wakeAt(epochMs(clock.now() + delayMs), key, wake))
  }
  const minute = (): void => {
    for (const name of nodes.names()) {
      const key = `cluster/node-loss/${name}`
      if (cancels.has(key) || !faults.losesNode()) continue
      nodes.setDown(name, true)
      at(nodes.lossMs, key, () => nodes.setDown(name, false))
    }
    at(minuteMs, "cluster/node-losses", minute)
  }
  at(minuteMs, "cluster/node-losses", minute)
  return () => {
    for (const cancel of cancels.values()) cancel()
  }
}
