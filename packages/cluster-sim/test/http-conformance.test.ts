import { describeHttpConformance, type HttpWorld } from "@argo-ts/k8s/testing"
import { epochMs } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { type ServedCluster, type ServeOptions, serveCluster } from "../src/http/index.js"
import { createClusterSim } from "../src/index.js"

const administrator = { username: "administrator", groups: ["system:masters"] }

async function makeWorld(
  options: Partial<ServeOptions>,
  showing: (served: ServedCluster) => Pick<HttpWorld, "headers" | "ca" | "certificate">,
): Promise<HttpWorld> {
  const clock = createVirtualClock(epochMs(1_767_225_600_000))
  const sim = createClusterSim({ clock, namespaces: ["t"], managedFields: "on" })
  const served = await serveCluster({
    cluster: sim.cluster,
    clock,
    as: sim.as,
    authorizer: sim.authorizer,
    accounts: sim.accounts(),
    ...options,
  })
  return {
    url: served.url,
    ...showing(served),
    namespace: "t",
    settle: () => clock.advance(10_000),
    forget: async () => sim.expireHistory(),
    async close() {
      await served.close()
      await sim.close()
    },
  }
}

describeHttpConformance("cluster-sim, its administrator by token,", () =>
  makeWorld({ transport: "http", tokens: { administrator }, anonymous: true }, () => ({
    headers: { authorization: "Bearer administrator" },
  })),
)

interface Config {
  readonly clusters: readonly { readonly cluster: { readonly [key: string]: string } }[]
  readonly users: readonly { readonly user: { readonly [key: string]: string } }[]
}

function decoded(text: string | undefined): Buffer {
  return Buffer.from(text ?? "", "base64")
}

describeHttpConformance("cluster-sim, its administrator by certificate,", () =>
  makeWorld({}, ({ kubeconfig }) => {
    const { clusters, users } = JSON.parse(kubeconfig) as Config
    const user = users[0]?.user
    return {
      headers: {},
      ca: decoded(clusters[0]?.cluster["certificate-authority-data"]),
      certificate: {
        cert: decoded(user?.["client-certificate-data"]),
        key: decoded(user?.["client-key-data"]),
      },
    }
  }),
)
