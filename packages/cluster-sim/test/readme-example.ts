import { createClusterSim } from "@argo-ts/cluster-sim"
import { defineKind, type KubernetesObject } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"

const clock = createVirtualClock()
const { cluster, onWrite, close } = createClusterSim({ clock, namespaces: ["shop"] })
interface Deployment extends KubernetesObject {
  readonly spec: object
  readonly status?: { readonly readyReplicas?: number }
}
const names = { kind: "Deployment", plural: "deployments", scope: "Namespaced" } as const
const deployments = defineKind<Deployment>({
  group: "apps",
  version: "v1",
  ...names,
  hasStatus: true,
})
const labels = { app: "web" }
const template = { metadata: { labels }, spec: { containers: [{ name: "web", image: "shop:1" }] } }
const web = { namespace: "shop", name: "web" }
onWrite(({ verb, manager, kind: { kind } }) => {
  if (verb === "create" && kind !== "Event") console.log(`${manager} creates a ${kind}`)
})
const spec = { replicas: 2, selector: { matchLabels: labels }, template }
await cluster.create(deployments, {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: web,
  spec,
})
await clock.advance(60_000)
console.log((await cluster.get(deployments, web))?.status?.readyReplicas)
await close()
// unknown creates a Deployment
// kube-controller-manager creates a ReplicaSet
// kube-controller-manager creates a Pod
// kube-controller-manager creates a Pod
// 2
