// Many Deployments until all their pods are ready, on the virtual clock: how long that takes, and how many writes a pod
// costs, events included. DEPLOYMENTS and REPLICAS say how many.
//
// A pod that runs and is ready at once takes eight writes, as few as on a real cluster: it is created, bound and reported
// once, and the events SuccessfulCreate, Scheduled, Pulled, Created and Started tell of it. A Deployment takes eight more:
// itself, its ReplicaSet and the event ScalingReplicaSet; three statuses of its own (the new set, its replicas, its
// available pods) and two of the set. With ten replicas that is 8.8 a pod. Delays of the script cost a report each.
import { createClusterSim } from "@argo-ts/cluster-sim"
import { epochMs } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"

const count = Number(process.env.DEPLOYMENTS ?? 1000)
const replicas = Number(process.env.REPLICAS ?? 10)
const kinds = Object.fromEntries(
  ["Deployment", "ReplicaSet"].map((kind) => [kind, builtInKind("apps/v1", kind)]),
)
const pods = builtInKind("v1", "Pod")

function deployment(index) {
  const labels = { app: `app-${index}` }
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { namespace: "default", name: `app-${index}` },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "main", image: "registry.example.com/shop:1.2.3" }] },
      },
    },
  }
}

/** Until the last pod is ready: what that took, and what was written. */
async function rollOut(script, behavior) {
  const clock = createVirtualClock(epochMs(1_767_225_600_000))
  const sim = createClusterSim({ clock, ...(behavior && { pods: { default: behavior } }) })
  const version = async () => Number((await sim.cluster.list(pods)).resourceVersion)
  const before = await version()
  const started = process.cpuUsage()
  const at = performance.now()
  for (let index = 0; index < count; index++)
    await sim.cluster.create(kinds.Deployment, deployment(index))
  let ready = 0
  let virtualMs = 0
  while (ready < count * replicas) {
    await clock.advance(1000)
    virtualMs += 1000
    const { items } = await sim.cluster.list(pods)
    ready = items.filter(({ status }) =>
      status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
    ).length
    if (virtualMs > 600_000) throw new Error(`only ${ready} pods are ready`)
  }
  const seconds = (performance.now() - at) / 1000
  const { user, system } = process.cpuUsage(started)
  const writes = (await version()) - before
  await sim.close()
  return {
    pods: count * replicas,
    script,
    "real s (aim 5)": seconds.toFixed(1),
    "cpu s": ((user + system) / 1e6).toFixed(1),
    "virtual s": virtualMs / 1000,
    writes,
    "writes a pod (aim 8)": (writes / (count * replicas)).toFixed(1),
  }
}

console.table([
  await rollOut("the default: run and ready at once", undefined),
  await rollOut("started and ready after a second each", { startMs: 1_000, readyMs: 1_000 }),
])
