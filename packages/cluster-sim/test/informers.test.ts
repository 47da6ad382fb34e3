import { createInformer } from "@argo-ts/k8s"
import { connect } from "@argo-ts/k8s/client-node"
import { silentLogger } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { expect, test } from "vitest"
import { serveCluster } from "../src/http/index.js"
import { createClusterSim } from "../src/index.js"
import { kind, start } from "./world.js"

const configMaps = kind("v1", "ConfigMap")
const roundsMax = 2_000

test("168: an informer over HTTP outlives watches that end and a history that is forgotten", async () => {
  const clock = createVirtualClock(start)
  const sim = createClusterSim({ clock, namespaces: ["t"] })
  const served = await serveCluster({ cluster: sim.cluster, clock })
  const { cluster, close } = await connect({ text: served.kubeconfig })
  const informer = createInformer(configMaps, { cluster, clock, logger: silentLogger })
  await informer.synced
  const seen: string[] = []
  informer.listen((after, before) => {
    const { name, namespace } = (after ?? before)?.metadata ?? {}
    if (namespace !== "t" || name === "kube-root-ca.crt") return
    seen.push(`${before === undefined ? "+" : after === undefined ? "-" : "~"}${name}`)
  })
  const write = (name: string): Promise<unknown> =>
    sim.cluster.create(configMaps, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace: "t", name },
    })
  const until = async (what: string): Promise<void> => {
    for (let rounds = 0; !seen.includes(what); rounds++) {
      if (rounds > roundsMax) throw new Error(`${what} was not seen: ${seen.join(" ")}`)
      await clock.advance(1_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  await write("a")
  await until("+a")
  sim.dropWatches()
  await write("b")
  await until("+b")
  sim.dropWatches()
  await write("c")
  await sim.cluster.delete(configMaps, { namespace: "t", name: "a" })
  sim.expireHistory()
  await until("-a")
  await until("+c")
  expect(seen).toEqual(["+a", "+b", "+c", "-a"])
  informer.stop()
  close()
  await served.close()
  await sim.close()
})
