import { controller, generationChanged, patchConditions, setController } from "@argo-ts/k8s"
import { type Condition, defineKind, type KubernetesObject } from "@argo-ts/kernel"

interface Site extends KubernetesObject {
  readonly spec: { readonly text: string }
  readonly status?: { readonly conditions?: readonly Condition[] }
}
interface Page extends KubernetesObject {
  readonly data: { readonly text: string }
}
const names = { kind: "Site", plural: "sites", scope: "Namespaced", hasStatus: true } as const
const sites = defineKind<Site>({ group: "example.com", version: "v1", ...names })
const pageNames = { kind: "ConfigMap", plural: "configmaps", scope: "Namespaced" } as const
const pages = defineKind<Page>({ group: "", version: "v1", ...pageNames, hasStatus: false })

const siteController = controller("sites")
  .for(sites, { where: generationChanged }) // its own status writes do not wake it
  .owns(pages)
  .reconcile(async (key, { cluster, clock, record }) => {
    const site = await cluster.get(sites, key)
    if (site === undefined) return {} // gone, and what it owned goes by itself
    const page = { apiVersion: "v1", kind: "ConfigMap", metadata: key, data: site.spec }
    await cluster.apply(pages, setController(page, site), { fieldManager: "sites" })
    const ready: Condition = { type: "Ready", status: "True", reason: "Served", message: "" }
    await patchConditions(cluster, sites, site, { set: [ready], now: clock.now() })
    record(site, { type: "Normal", reason: "Served", message: site.spec.text })
    return {}
  })
console.log(`${siteController.name} watches ${siteController.kind.plural} and what they own`)
// sites watches sites and what they own
