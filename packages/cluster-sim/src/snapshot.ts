import { ClusterError } from "@argo-ts/k8s"
import type { DrawsMark } from "./api/draws.js"
import type { Server } from "./api/server.js"
import type { Agent } from "./controllers/agents/agent.js"
import type { Definitions } from "./definitions/serve.js"
import type { GarbageCollector } from "./garbage.js"
import type { ClusterSnapshot } from "./options.js"
import type { StoreMark } from "./store/store.js"
import type { WatchHub } from "./watch/hub.js"

/** What a moment consists of. */
interface Moment {
  readonly store: StoreMark
  readonly draws: DrawsMark
  readonly garbage: readonly string[]
}

/** Remembers moments of a cluster and goes back to them. */
export interface Moments {
  snapshot(): ClusterSnapshot
  restore(snapshot: ClusterSnapshot): void
}

/** The moments of one server. */
export function createMoments(parts: {
  readonly server: Server
  readonly hub: WatchHub
  readonly garbage: GarbageCollector
  readonly agents: Agent
  readonly definitions: Definitions
  readonly hasLog: boolean
}): Moments {
  const { server, hub, garbage, agents, definitions, hasLog } = parts
  const moments = new WeakMap<ClusterSnapshot, Moment>()
  return {
    snapshot() {
      const store = server.store.mark()
      const snapshot = { resourceVersion: `${store.version}`, at: server.now() }
      moments.set(snapshot, { store, draws: server.draws.save(), garbage: garbage.pending() })
      return snapshot
    },
    restore(snapshot) {
      const moment = moments.get(snapshot)
      if (moment === undefined) {
        throw new Error("the snapshot was not taken of this cluster; only its own can be restored")
      }
      if (hasLog) {
        throw new Error(
          "a cluster that a log or a data directory keeps cannot go back: its log only grows",
        )
      }
      const undone = server.store.rewind(moment.store)
      server.draws.load(moment.draws)
      for (const change of undone) {
        definitions.observe(change)
        garbage.observe(change)
        server.addresses.observe(change)
        server.quotas.observe(change)
        agents.observe(change)
      }
      garbage.resume(moment.garbage)
      const { resourceVersion } = snapshot
      const message = `too old resource version: the cluster was restored to ${resourceVersion}`
      hub.drop(undefined, new ClusterError("Expired", message))
    },
  }
}
