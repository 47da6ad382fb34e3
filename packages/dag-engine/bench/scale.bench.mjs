// How the engine grows: 100,000 and 1,000,000 nodes, one event on a running workflow, opening a stored one, the journal.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { journalStore, openWorkflow } from "@argo-ts/dag-engine"

const outcome = { phase: "Succeeded" }

function workflow(n, width) {
  const tasks = Array.from({ length: n }, (_, i) => ({
    name: `t${i}`,
    template: "noop",
    ...(i < width ? {} : { dependencies: [`t${i - width}`] }),
  }))
  const templates = [
    { name: "main", dag: { tasks } },
    { name: "noop", container: { image: "none" } },
  ]
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "bench" },
    spec: { entrypoint: "main", templates },
  }
}

function advance(open, actions, rounds) {
  let running = actions
  for (let round = 0; round < rounds && running.length > 0; round++) {
    const next = []
    for (const { node } of running) {
      for (const action of open.handle({ type: "Finished", node, outcome }, 2000).actions)
        next.push(action)
    }
    running = next
  }
  return running
}

const heap = () => {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

for (const n of [100_000, 1_000_000]) {
  const manifest = workflow(n, 10)
  const before = heap()
  const start = performance.now()
  const open = openWorkflow(manifest, { now: 1000 })
  advance(open, open.opened.actions, n)
  const took = performance.now() - start
  const bytes = (heap() - before) / n
  if (open.status().phase !== "Succeeded") throw new Error("not Succeeded")
  console.log(
    `${n} nodes: ${((took * 1000) / n).toFixed(2)} µs/node, ${bytes.toFixed(0)} bytes of heap/node`,
  )
}

{
  const open = openWorkflow(workflow(100_000, 100_000), { now: 1000 })
  void open.opened.changes
  const times = open
    .pending()
    .slice(0, 5000)
    .map(({ node }) => {
      const start = performance.now()
      void open.handle({ type: "Finished", node, outcome }, 2000).changes
      return performance.now() - start
    })
    .toSorted((a, b) => a - b)
  console.log(
    `one event with its changes, 100000 nodes running: median ${(times[2500] * 1000).toFixed(1)} µs`,
  )
}

{
  const manifest = workflow(100_000, 10)
  const open = openWorkflow(manifest, { now: 1000 })
  advance(open, open.opened.actions, 5000)
  const status = JSON.parse(JSON.stringify(open.status()))
  const start = performance.now()
  openWorkflow({ ...manifest, status }, { now: 3000 })
  console.log(
    `opening a status of ${Object.keys(status.nodes).length} nodes: ${(performance.now() - start).toFixed(0)} ms`,
  )
}

{
  const folder = mkdtempSync(join(tmpdir(), "argo-ts-bench-"))
  const store = journalStore(folder)
  const manifest = workflow(50_000, 10)
  await store.snapshot("default/bench", manifest)
  const open = openWorkflow(manifest, { now: 1000 })
  store.append("default/bench", open.opened.changes)
  let transitions = 0
  let running = open.opened.actions
  const start = performance.now()
  while (running.length > 0) {
    const next = []
    for (const { node } of running) {
      const step = open.handle({ type: "Finished", node, outcome }, 2000)
      store.append("default/bench", step.changes)
      transitions++
      for (const action of step.actions) next.push(action)
    }
    running = next
    if (transitions % 1000 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  const seconds = (performance.now() - start) / 1000
  console.log(`journal, fsync every 10 ms: ${Math.round(transitions / seconds)} transitions/s`)
  store.close()
  const again = performance.now()
  const reader = journalStore(folder)
  const { workflow: stored } = await reader.load("default/bench")
  openWorkflow(stored, { now: 3000 })
  console.log(
    `loading and opening ${transitions} journalled nodes: ${(performance.now() - again).toFixed(0)} ms`,
  )
  reader.close()
  rmSync(folder, { recursive: true })
}
