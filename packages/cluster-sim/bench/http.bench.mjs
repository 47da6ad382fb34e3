// Requests over HTTP: single objects, and lists of 10,000 pods (aim 150 ms, the first time too, when nothing of them has
// been written before). The first one of a kind, and medians; the code is warm from lists of other objects.
import { request } from "node:http"
import { createClusterSim } from "@argo-ts/cluster-sim"
import { serveCluster } from "@argo-ts/cluster-sim/http"
import { epochMs } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"

const pods = builtInKind("v1", "Pod")
const configMaps = builtInKind("v1", "ConfigMap")
const clock = createVirtualClock(epochMs(1_767_225_600_000))

async function serve(managedFields) {
  const sim = createClusterSim({ clock, controllers: false, managedFields })
  const served = await serveCluster({ cluster: sim.cluster, clock, transport: "http" })
  await fill(sim.cluster)
  const { hostname, port } = new URL(served.url)
  const close = () => Promise.all([served.close(), sim.close()])
  return { hostname, port, close, cluster: sim.cluster }
}

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
async function fill(cluster) {
  for (let index = 0; index < 10_000; index++) await cluster.create(pods, pod(index))
  for (let index = 0; index < 1_000; index++) {
    const metadata = { namespace: "default", name: `map-${index}`, labels: { app: "a" } }
    const data = { index: `${index}` }
    await cluster.create(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata, data })
  }
}

/** Reads everything and parses nothing: what the server costs. */
function get({ hostname, port }, path, accept = "application/json") {
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

/** Lists of other objects, written anew each time: what follows measures the work and not the compiler. */
async function warmUp(served) {
  for (let round = 0; round < 5; round++) {
    for (let index = 0; index < 1_000; index++) {
      const patch = { data: { round: `${round}` } }
      const key = { namespace: "default", name: `map-${index}` }
      await served.cluster.patch(configMaps, key, { type: "merge", patch })
    }
    await get(served, "/api/v1/configmaps")
  }
}

const table = "application/json;as=Table;v=v1;g=meta.k8s.io"
const list = ["list 10,000 pods", "/api/v1/pods", "application/json", 15, 150]

async function measure(served, [request, path, accept, times, aim]) {
  const taken = []
  let firstCpu
  let bytes = 0
  for (let round = 0; round < times; round++) {
    const before = process.cpuUsage()
    const from = performance.now()
    bytes = await get(served, path, accept)
    taken.push(performance.now() - from)
    firstCpu ??= process.cpuUsage(before)
  }
  const [first] = taken
  const cpuMs = (firstCpu.user + firstCpu.system) / 1000
  taken.sort((left, right) => left - right)
  return {
    request,
    "first ms": first.toFixed(1),
    "first cpu ms": cpuMs.toFixed(1),
    "median ms": taken[taken.length >> 1].toFixed(2),
    "aim ms": aim,
    kB: (bytes / 1000).toFixed(1),
  }
}

const rows = []
const plain = await serve("apply-only")
await warmUp(plain)
for (const each of [
  list,
  ["the same as a table", "/api/v1/pods", table, 15],
  ["list 100 of them by label", "/api/v1/pods?labelSelector=app%3Dapp-7", "application/json", 50],
  ["get one", "/api/v1/namespaces/default/pods/pod-7", "application/json", 300],
]) {
  rows.push(await measure(plain, each))
}
await plain.close()
const tracked = await serve("on")
const [, ...how] = list
rows.push(await measure(tracked, ["list 10,000 pods, managedFields on", ...how]))
await tracked.close()
console.table(rows)
