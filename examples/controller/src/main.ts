// A controller of our own beside Argo CD's: whenever an Application is not in step with Git, it writes an Event that
// says why. Both run on an in-memory cluster and virtual time here, and on a real one with another `cluster`.
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { createClusterSim } from "@argo-ts/cluster-sim"
import { applications, explainApplication, gitopsKinds } from "@argo-ts/gitops-core"
import { applicationControllers } from "@argo-ts/gitops-core/kubernetes"
import { type Controller, controller, createManager, events } from "@argo-ts/k8s"
import { silentLogger } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"

export const alarm: Controller = controller("drift-alarm", applications).reconcile(
  async (key, { cluster, clock, record }) => {
    const application = await cluster.get(applications, key)
    if (application?.status?.sync?.status !== "OutOfSync") return {}
    const message = explainApplication(application, clock.now())
    record(application, { type: "Warning", reason: "Drift", message })
    return {}
  },
)

/** Puts an Application without automated sync into a cluster, and answers what the alarm says about it. */
export async function main(): Promise<readonly string[]> {
  const files = mkdtempSync(join(tmpdir(), "argo-ts-example-"))
  const settings = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" } }
  writeFileSync(join(files, "settings.json"), JSON.stringify(settings))
  const repositories = { resolve: async () => "4f2a9c1", checkout: async () => files }
  const clock = createVirtualClock()
  const { cluster } = createClusterSim({ clock, kinds: gitopsKinds, namespaces: ["argocd"] })
  const running = createManager({ cluster, clock, logger: silentLogger })
    .add(...applicationControllers({ repositories }), alarm)
    .start()
  await cluster.create(applications, {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { namespace: "argocd", name: "shop" },
    spec: {
      project: "default",
      source: { repoURL: "https://git.example.com/shop.git", path: "." },
      destination: { server: "https://kubernetes.default.svc", namespace: "default" },
    },
  })
  await clock.advance(60_000)
  await running.stop()
  const { items } = await cluster.list(events, { namespace: "argocd" })
  return items.filter((event) => event.reason === "Drift").map((event) => event.message ?? "")
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) console.log(await main())
