import { type Cluster, interceptCluster } from "@argo-ts/k8s"
import { connect } from "@argo-ts/k8s/client-node"
import type { VirtualClock } from "@argo-ts/kernel/clock"
import { serveCluster } from "../../src/http/index.js"
import type { ClusterSim } from "../../src/index.js"

/** How processes reach a cluster, and how its time passes. */
export interface Reach {
  readonly cluster: Cluster
  /** Lets time pass, and answers arrive. */
  pass(ms: number): Promise<void>
  close(): Promise<void>
}

/** In this process. */
export function directly({ cluster }: ClusterSim, clock: VirtualClock): Reach {
  return { cluster, pass: (ms) => clock.advance(ms), close: () => Promise.resolve() }
}

const stepMs = 500
/** A list may be slow on the clock itself: it is not waited for with the clock standing still. */
const turnsMax = 200

/** Over TLS and through the adapter. Sockets know no virtual time: it moves in steps, between which answers arrive. */
export async function overHttp(sim: ClusterSim, clock: VirtualClock): Promise<Reach> {
  const served = await serveCluster({ cluster: sim.cluster, clock })
  // On the cluster's clock it would stand still until a request is answered, and some are slow by that clock.
  const connection = await connect({ text: served.kubeconfig })
  let open = 0
  const cluster = interceptCluster(connection.cluster, {
    async around(_request, send) {
      open++
      try {
        return await send()
      } finally {
        open--
      }
    },
  })
  const answers = async (): Promise<void> => {
    for (let turns = 0; turns < turnsMax; turns++) {
      await new Promise((resolve) => setImmediate(resolve))
      // A few turns more: who has an answer asks again.
      if (open === 0 && turns > 3) return
    }
  }
  return {
    cluster: { ...cluster, watch: connection.cluster.watch },
    async pass(ms) {
      for (let passed = 0; passed < ms; passed += stepMs) {
        await clock.advance(Math.min(stepMs, ms - passed))
        await answers()
      }
    },
    async close() {
      connection.close()
      await served.close()
    },
  }
}
