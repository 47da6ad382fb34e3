// Requests of one process: creates, updates, reads and lists, with watches open; snapshots. Medians of tinybench.
// Aims a second: creates and updates 20,000 (10,000 with managedFields), gets 500,000.
import { createClusterSim } from "@argo-ts/cluster-sim"
import { epochMs } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { Bench } from "tinybench"

const pods = builtInKind("v1", "Pod")
const start = epochMs(1_767_225_600_000)
const batch = 1_000

function pod(index) {
  const labels = { app: `app-${index % 100}`, tier: "web", hash: "5c8d7f" }
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
            { name: "B", value: "2" },
          ],
          ports: [{ containerPort: 8080 }],
          resources: { requests: { cpu: "100m", memory: "128Mi" } },
        },
      ],
    },
  }
}

function makeSim(options = {}) {
  return createClusterSim({ clock: createVirtualClock(start), controllers: false, ...options })
}

function watch(sim, count) {
  let seen = 0
  const observer = { event: () => seen++, end: () => {} }
  for (let index = 0; index < count; index++)
    sim.cluster.watch(pods, { resourceVersion: "1" }, observer)
  return () => seen
}

async function fill(sim, count) {
  const made = []
  for (let index = 0; index < count; index++) made.push(await sim.cluster.create(pods, pod(index)))
  return made
}

const bench = new Bench({ time: 1_000, warmupTime: 200 })

for (const [name, options, watchers] of [
  ["create", {}, 0],
  ["create, ten watchers", {}, 10],
  ["create, managedFields on", { managedFields: "on" }, 0],
]) {
  bench.add(`${name} ×${batch}`, async () => {
    const sim = makeSim(options)
    watch(sim, watchers)
    await fill(sim, batch)
  })
}

const ten = makeSim()
watch(ten, 10)
let held = await fill(ten, batch)
let round = 0
bench.add(`update status, ten watchers ×${batch}`, async () => {
  round++
  const next = []
  for (const object of held) {
    const status = { ...object.status, message: `round ${round}` }
    next.push(await ten.cluster.update(pods, { ...object, status }, { subresource: "status" }))
  }
  held = next
})

const owned = makeSim({ managedFields: "on" })
let ownedPods = await fill(owned, batch)
bench.add(`update status, managedFields on ×${batch}`, async () => {
  round++
  const next = []
  for (const object of ownedPods) {
    const status = { ...object.status, message: `round ${round}` }
    next.push(await owned.cluster.update(pods, { ...object, status }, { subresource: "status" }))
  }
  ownedPods = next
})

const large = makeSim()
await fill(large, 10_000)
bench.add(`get ×${batch}`, async () => {
  for (let index = 0; index < batch; index++) {
    await large.cluster.get(pods, { namespace: "default", name: `pod-${index}` })
  }
})
bench.add("list 10,000", () => large.cluster.list(pods, { namespace: "default" }))
bench.add("list 100 of 10,000 by label", () =>
  large.cluster.list(pods, {
    namespace: "default",
    labelSelector: { matchLabels: { app: "app-7" } },
  }),
)

const many = makeSim()
const manyPods = await fill(many, 100_000)
const moment = many.snapshot()
bench.add("snapshot of 100,000 objects", () => many.snapshot())
bench.add("restore of 100,000 objects, 1,000 of them changed", async () => {
  for (const { metadata } of manyPods.slice(0, batch)) {
    const key = { namespace: "default", name: metadata.name }
    const patch = { metadata: { labels: { changed: "yes" } } }
    await many.cluster.patch(pods, key, { type: "merge", patch })
  }
  const from = performance.now()
  many.restore(moment)
  // Only the way back counts.
  return { overriddenDuration: performance.now() - from }
})

await bench.run()
console.table(
  bench.tasks.map(({ name, result }) => {
    const many = name.includes("×") ? batch : 1
    const ms = result.latency.p50
    return {
      name,
      "median ms": Number(ms.toFixed(3)),
      "per second": Math.round((many / ms) * 1000),
    }
  }),
)
