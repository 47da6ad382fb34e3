// Requests over HTTP: single objects, and lists of 10,000 pods (aim 150 ms). The first one of a kind, and medians.
import { request } from "node:http"
import { createClusterSim } from "@argo-ts/cluster-sim"
import { serveCluster } from "@argo-ts/cluster-sim/http"
import { epochMs } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"

const pods = builtInKind("v1", "Pod")
const clock = createVirtualClock(epochMs(1_767_225_600_000))
const sim = createClusterSim({ clock, controllers: false })
const served = await serveCluster({ cluster: sim.cluster, clock, transport: "http" })

function pod(index) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "default", name: `pod-${index}`, labels: { app: `app-${index % 100}` } },
    spec: {
      schedulingGates: [{ name: "bench.dev/hold" }],
      containers: [
        {
          name: "main",
          image: "registry.example.com/shop:1.2.3",
          env: [{ name: "A", value: "1" }],
          ports: [{ containerPort: 8080 }],
          resources: { requests: { cpu: "100m", memory: "128Mi" } },
        },
      ],
    },
  }
}
for (let index = 0; index < 10_000; index++) await sim.cluster.create(pods, pod(index))

const { hostname, port } = new URL(served.url)
/** Reads everything and parses nothing: what the server costs. */
function get(path, accept = "application/json") {
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers: { accept } }, (response) => {
      let bytes = 0
      response.on("data", (chunk) => {
        bytes += chunk.length
      })
      response.on("end", () => resolve(bytes))
    })
      .on("error", reject)
      .end()
  })
}

const table = "application/json;as=Table;v=v1;g=meta.k8s.io"
const rows = []
for (const [name, path, accept, times] of [
  ["list 10,000 pods", "/api/v1/pods", "application/json", 15],
  ["the same as a table", "/api/v1/pods", table, 15],
  ["list 100 of them by label", "/api/v1/pods?labelSelector=app%3Dapp-7", "application/json", 50],
  ["get one", "/api/v1/namespaces/default/pods/pod-7", "application/json", 300],
]) {
  const taken = []
  let bytes = 0
  for (let round = 0; round < times; round++) {
    const from = performance.now()
    bytes = await get(path, accept)
    taken.push(performance.now() - from)
  }
  const first = taken[0]
  taken.sort((left, right) => left - right)
  rows.push({
    request: name,
    "first ms": first.toFixed(1),
    "median ms": taken[taken.length >> 1].toFixed(2),
    kB: (bytes / 1000).toFixed(1),
  })
}
console.table(rows)
await served.close()
await sim.close()
