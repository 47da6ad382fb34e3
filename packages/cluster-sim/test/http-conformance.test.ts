import { describeHttpConformance } from "@argo-ts/k8s/testing"
import { epochMs } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { serveCluster } from "../src/http/index.js"
import { createClusterSim } from "../src/index.js"

const administrator = { username: "administrator", groups: ["system:masters"] }

describeHttpConformance("cluster-sim", async () => {
  const clock = createVirtualClock(epochMs(1_767_225_600_000))
  const sim = createClusterSim({ clock, namespaces: ["t"], managedFields: "on" })
  const served = await serveCluster({
    cluster: sim.cluster,
    clock,
    transport: "http",
    tokens: { administrator },
    anonymous: true,
    as: sim.as,
    authorizer: sim.authorizer,
    accounts: sim.accounts(),
  })
  return {
    url: served.url,
    headers: { authorization: "Bearer administrator" },
    namespace: "t",
    settle: () => clock.advance(10_000),
    forget: async () => sim.expireHistory(),
    async close() {
      await served.close()
      await sim.close()
    },
  }
})
