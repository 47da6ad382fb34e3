// Requests of one process: creates, updates, applies, reads and lists, with watches open; snapshots. Medians of tinybench,
// beside what is aimed at; and what a watcher costs of each write.
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
/** What is aimed at, by the name of the task: so many a second, or so many milliseconds at most. */
const aims = new Map()
function add(name, aim, run) {
  aims.set(name, aim)
  bench.add(name, run)
}

for (const [name, aim, options, watchers] of [
  ["create", undefined, {}, 0],
  ["create, ten watchers", { perSecond: 20_000 }, {}, 10],
  ["create, managedFields on", { perSecond: 10_000 }, { managedFields: "on" }, 0],
]) {
  add(`${name} ×${batch}`, aim, async () => {
    const sim = makeSim(options)
    watch(sim, watchers)
    await fill(sim, batch)
  })
}

const ten = makeSim()
watch(ten, 10)
let held = await fill(ten, batch)
let round = 0
add(`update status, ten watchers ×${batch}`, { perSecond: 20_000 }, async () => {
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
add(`update status, managedFields on ×${batch}`, { perSecond: 10_000 }, async () => {
  round++
  const next = []
  for (const object of ownedPods) {
    const status = { ...object.status, message: `round ${round}` }
    next.push(await owned.cluster.update(pods, { ...object, status }, { subresource: "status" }))
  }
  ownedPods = next
})

const applied = makeSim({ managedFields: "on" })
add(`server-side apply of another image ×${batch}`, { perSecond: 5_000 }, async () => {
  round++
  for (let index = 0; index < batch; index++) {
    const { schedulingGates: _gates, ...spec } = pod(index).spec
    const containers = [{ ...spec.containers[0], image: `registry.example.com/shop:${round}` }]
    const object = { ...pod(index), spec: { ...spec, containers } }
    await applied.cluster.apply(pods, object, { fieldManager: "bench" })
  }
})

const large = makeSim()
await fill(large, 10_000)
add(`get ×${batch}`, { perSecond: 500_000 }, async () => {
  for (let index = 0; index < batch; index++) {
    await large.cluster.get(pods, { namespace: "default", name: `pod-${index}` })
  }
})
add("list 10,000", undefined, () => large.cluster.list(pods, { namespace: "default" }))
add("list 100 of 10,000 by label", undefined, () =>
  large.cluster.list(pods, {
    namespace: "default",
    labelSelector: { matchLabels: { app: "app-7" } },
  }),
)

const many = makeSim()
const manyPods = await fill(many, 100_000)
const rare = { rare: "yes" }
for (const { metadata } of manyPods.slice(0, 100)) {
  const key = { namespace: "default", name: metadata.name }
  await many.cluster.patch(pods, key, { type: "merge", patch: { metadata: { labels: rare } } })
}
const moment = many.snapshot()
add("list 100 of 100,000 by label", { ms: 1 }, () =>
  many.cluster.list(pods, { namespace: "default", labelSelector: { matchLabels: rare } }),
)
add("snapshot of 100,000 objects", { ms: 50 }, () => many.snapshot())
add("restore of 100,000 objects, 1,000 of them changed", undefined, async () => {
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

/** The processor's time of so many writes, in microseconds each. */
async function cpuOfWrites(watchers) {
  const sim = makeSim()
  const made = await fill(sim, batch)
  watch(sim, watchers)
  let fewest = Number.POSITIVE_INFINITY
  for (let times = 0; times < 12; times++) {
    round++
    const before = process.cpuUsage()
    for (const { metadata } of made) {
      const patch = { metadata: { labels: { round: `${round}` } } }
      const key = { namespace: "default", name: metadata.name }
      await sim.cluster.patch(pods, key, { type: "merge", patch })
    }
    const { user, system } = process.cpuUsage(before)
    fewest = Math.min(fewest, (user + system) / batch)
  }
  await sim.close()
  return fewest
}

await bench.run()
console.table(
  bench.tasks.map(({ name, result }) => {
    const many = name.includes("×") ? batch : 1
    const ms = result.latency.p50
    const { perSecond, ms: msMax } = aims.get(name) ?? {}
    return {
      name,
      "median ms": Number(ms.toFixed(3)),
      "aim ms": msMax,
      "per second": Math.round((many / ms) * 1000),
      "aim per second": perSecond,
    }
  }),
)
const watchers = 100
const [alone, watched] = [await cpuOfWrites(0), await cpuOfWrites(watchers)]
console.table([
  {
    "µs of CPU a write": alone.toFixed(1),
    [`with ${watchers} watchers`]: watched.toFixed(1),
    "a write and watcher (aim 50)": ((watched - alone) / watchers).toFixed(2),
  },
])
