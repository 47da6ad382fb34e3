// No-op tasks in graphs of three shapes: this engine with its whole status tree, p-graph, async.auto and bare promises.
// Medians of alternating runs in one process, and of each alone in its own; every run is checked for count and order.
// Garbage is not collected by force in between: that throws away what the compiler made of everybody's code.
import { spawnSync } from "node:child_process"
import {
  functionExecutor,
  memoryStore,
  openWorkflow,
  parseWorkflow,
  runWorkflow,
} from "@argo-ts/dag-engine"
import { epochMs } from "@argo-ts/kernel"
import async from "async"
import * as pGraphModule from "p-graph"

const pGraph = (nodes, edges) => new pGraphModule.PGraph(nodes, edges)
const rounds = Number(process.env.ROUNDS ?? 9)
/** Runs that do not count, until the compiler has seen about as many tasks in a small graph as in a large one. */
const warmUpOf = (n) => Math.max(5, Math.ceil(50_000 / n))
const base = "p-graph"

/** Dependencies of each task by index. */
const shapes = {
  chain: (n) => Array.from({ length: n }, (_, i) => (i === 0 ? [] : [i - 1])),
  fan: (n) =>
    Array.from({ length: n }, (_, i) =>
      i === 0 ? [] : i < n - 1 ? [0] : Array.from({ length: n - 2 }, (_, k) => k + 1),
    ),
  layered: (n) =>
    Array.from({ length: n }, (_, i) =>
      i < 10 ? [] : Array.from({ length: 10 }, (_, k) => (Math.floor(i / 10) - 1) * 10 + k),
    ),
}

function manifestOf(edges) {
  const tasks = edges.map((before, i) => ({
    name: `t${i}`,
    template: "noop",
    ...(before.length === 0 ? {} : { dependencies: before.map((each) => `t${each}`) }),
  }))
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "bench" },
    spec: {
      entrypoint: "main",
      templates: [
        { name: "main", dag: { tasks } },
        { name: "noop", container: { image: "none" } },
      ],
    },
  }
}

function check(order, edges) {
  if (order.length !== edges.length) throw new Error(`ran ${order.length} of ${edges.length}`)
  const place = new Int32Array(edges.length)
  for (const [index, task] of order.entries()) place[task] = index
  for (const [task, before] of edges.entries()) {
    for (const each of before) if (place[each] > place[task]) throw new Error("out of order")
  }
}

const peers = {
  async "argo-ts (manifest)"(edges, { manifest }) {
    const order = []
    const noop = async ({ task }) => {
      order.push(Number(task.nodeName.slice(7)))
    }
    const workflow = await runWorkflow(manifest, {
      executors: [functionExecutor({ noop })],
      store: memoryStore(),
    })
    if (Object.keys(workflow.status.nodes).length !== edges.length + 1) throw new Error("nodes")
    return order
  },
  async "argo-ts (opened)"(edges, { workflow }) {
    const order = []
    const noop = async (id) => {
      order.push(Number(id))
    }
    const open = openWorkflow(workflow, { now: epochMs(Date.now()) })
    await new Promise((resolve) => {
      const perform = (actions) => {
        for (const { node, nodeName } of actions) {
          noop(nodeName.slice(7)).then(() => {
            const step = open.handle({ type: "Finished", node, outcome }, epochMs(Date.now()))
            perform(step.actions)
            if (open.isDone()) resolve()
          })
        }
      }
      perform(open.opened.actions)
    })
    if (Object.keys(open.status().nodes).length !== edges.length + 1) throw new Error("nodes")
    return order
  },
  async "p-graph"(edges) {
    const order = []
    const nodes = new Map(edges.map((_, i) => [`t${i}`, { run: async () => void order.push(i) }]))
    const pairs = edges.flatMap((before, i) => before.map((each) => [`t${each}`, `t${i}`]))
    await pGraph(nodes, pairs).run()
    return order
  },
  async "async.auto"(edges) {
    const order = []
    const tasks = {}
    for (const [i, before] of edges.entries()) {
      const run = async () => void order.push(i)
      tasks[`t${i}`] = before.length === 0 ? run : [...before.map((each) => `t${each}`), run]
    }
    await async.auto(tasks)
    return order
  },
  async "bare promises"(edges) {
    const order = []
    const started = []
    for (const [i, before] of edges.entries()) {
      started.push(
        Promise.all(before.map((each) => started[each])).then(async () => void order.push(i)),
      )
    }
    await Promise.all(started)
    return order
  },
}

const outcome = { phase: "Succeeded" }

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}

/** Milliseconds of each peer's runs, in turn. The first rounds warm the compiler and do not count. */
async function measure(names, n, shape) {
  const edges = shapes[shape](n)
  const manifest = manifestOf(edges)
  const parsed = parseWorkflow(manifest)
  if (!parsed.ok) throw new Error(parsed.issues[0].message)
  const times = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = -warmUpOf(n); round < rounds; round++) {
    for (const name of names) {
      // Sixteen seconds a run at 10,000 tasks: measured once, and no nearer to a comparison for it.
      if (name === "async.auto" && (n > 1000 || round < 0 || round > 2)) continue
      const start = performance.now()
      const order = await peers[name](edges, { manifest, workflow: parsed.value })
      if (round >= 0) times[name].push(performance.now() - start)
      check(order, edges)
    }
  }
  const measured = Object.entries(times).filter(([, list]) => list.length > 0)
  return Object.fromEntries(measured.map(([name, list]) => [name, median(list)]))
}

/** The same in a process that runs nothing else. */
function measureAlone(name, n, shape) {
  const asked = [process.argv[1], JSON.stringify({ name, n, shape })]
  const { stdout, status } = spawnSync(process.execPath, asked, { encoding: "utf8" })
  if (status !== 0) throw new Error(`${name} failed alone`)
  return JSON.parse(stdout)[name]
}

async function compare(n, shape) {
  const together = await measure(Object.keys(peers), n, shape)
  console.log(
    `\n${shape}, ${n} tasks`.padEnd(29),
    " together      alone   µs/task   × p-graph, the worse",
  )
  const baseAlone = measureAlone(base, n, shape)
  for (const [name, each] of Object.entries(together)) {
    const alone = name === base ? baseAlone : measureAlone(name, n, shape)
    const ratio = Math.max(each / together[base], alone / baseAlone).toFixed(2)
    const columns = [each.toFixed(2), alone.toFixed(2), ((each * 1000) / n).toFixed(2)]
    console.log(
      `  ${name.padEnd(26)}${columns.map((text) => text.padStart(10)).join(" ")} ${ratio.padStart(10)}`,
    )
  }
}

const asked = process.argv[2]
if (asked === undefined) {
  for (const n of [1000, 10_000]) for (const shape of Object.keys(shapes)) await compare(n, shape)
} else {
  const { name, n, shape } = JSON.parse(asked)
  console.log(JSON.stringify(await measure([name], n, shape)))
}
