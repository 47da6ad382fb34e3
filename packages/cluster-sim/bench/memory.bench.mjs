// What a pod holds of the heap beyond its own JSON, after a collection, with managedFields and all indexes on. PODS says
// how many there are; every hundredth has other labels.
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { createClusterSim } from "@argo-ts/cluster-sim"
import { epochMs } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"

setFlagsFromString("--expose-gc")
const collect = runInNewContext("gc")
const count = Number(process.env.PODS ?? 100_000)
const pods = builtInKind("v1", "Pod")

/** Every pod says everything itself: nothing of one is a part of another as it comes in. */
function pod(index) {
  const labels = { app: `app-${Math.floor(index / 100)}`, tier: "web" }
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "default", name: `pod-${index}`, labels },
    spec: {
      schedulingGates: [{ name: "bench.dev/hold" }],
      containers: [
        {
          name: "main",
          image: "registry.example.com/shop:1.2.3",
          env: [
            { name: "A", value: "1" },
            { name: "B", value: process.env.OWN_SPECS === "1" ? `${index}` : "2" },
          ],
          ports: [{ containerPort: 8080 }],
          resources: { requests: { cpu: "100m", memory: "128Mi" } },
        },
      ],
    },
  }
}

function used() {
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

const clock = createVirtualClock(epochMs(1_767_225_600_000))
const sim = createClusterSim({ clock, controllers: false, managedFields: "on" })
await sim.cluster.create(pods, pod(count))
const before = used()
for (let index = 0; index < count; index++) await sim.cluster.create(pods, pod(index))
const held = used() - before
const { items } = await sim.cluster.list(pods)
const json = items.reduce((sum, item) => sum + Buffer.byteLength(JSON.stringify(item)), 0)
console.table([
  {
    pods: count,
    "heap a pod": Math.round(held / count),
    "JSON a pod": Math.round(json / count),
    "beyond its JSON": Math.round((held - json) / count),
    aim: 3072,
  },
])
await sim.close()
