import { epochMs, type Kind, type KubernetesObject } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { createClusterSim } from "../src/index.js"

const deployments = builtInKind("apps/v1", "Deployment") as Kind
const start = epochMs(1_767_225_600_000)
const web = { namespace: "default", name: "web" }
const labels = { app: "web" }
const template = { metadata: { labels }, spec: { containers: [{ name: "m", image: "app:1" }] } }
const spec = { replicas: 3, selector: { matchLabels: labels }, template }

const clock = createVirtualClock(start)
const sim = createClusterSim({ clock, log: process.argv[2] ?? "", seed: 7 })
let podsCreated = 0
sim.onWrite(({ kind, verb }) => {
  if (kind.plural === "pods" && verb === "create") podsCreated++
  if (podsCreated === 5) process.kill(process.pid, "SIGKILL")
})
const object = { apiVersion: "apps/v1", kind: "Deployment", metadata: web, spec }
await sim.cluster.create(deployments, object as KubernetesObject)
await clock.advance(30_000)
const patch = { spec: { template: { spec: { containers: [{ name: "m", image: "app:2" }] } } } }
await sim.cluster.patch(deployments, web, { type: "strategic", patch })
await clock.advance(270_000)
