// The file journal: transitions a second with fsync every 10 ms, and opening a large run that is half done.
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { functionExecutor, journalStore, openWorkflow, runWorkflow } from "@argo-ts/dag-engine"

const nodes = 100_000
const directory = mkdtempSync(join(tmpdir(), "argo-ts-bench-"))
const manifest = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Workflow",
  metadata: { name: "bench" },
  spec: {
    entrypoint: "main",
    templates: [
      { name: "main", steps: [[{ name: "a", template: "noop", withSequence: { count: nodes } }]] },
      { name: "noop", container: { image: "none" } },
    ],
  },
}

const median = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]

{
  const store = journalStore(join(directory, "raw"))
  await store.snapshot("default/raw", manifest)
  const change = [
    { type: "NodeChanged", id: "bench-1", progress: { phase: "Succeeded", progress: "1/1" } },
  ]
  const rounds = []
  for (let round = 0; round < 9; round++) {
    const start = performance.now()
    for (let index = 0; index < 20_000; index++) {
      store.append("default/raw", change)
      // So that the timer of the fsync has its turns.
      if (index % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    rounds.push(20_000_000 / (performance.now() - start))
  }
  store.close()
  console.log(`journal, fsync every 10 ms: ${Math.round(median(rounds))} transitions/s`)
}

{
  const store = journalStore(directory)
  const start = performance.now()
  const executors = [functionExecutor({ noop: () => undefined })]
  const { status } = await runWorkflow(manifest, { executors, store })
  if (status?.phase !== "Succeeded") throw new Error("not Succeeded")
  const took = performance.now() - start
  store.close()
  console.log(`${nodes} steps run and recorded: ${Math.round((nodes * 1000) / took)} steps/s`)
}

{
  const times = []
  for (let round = 0; round < 5; round++) {
    const store = journalStore(directory)
    globalThis.gc?.()
    const start = performance.now()
    const stored = await store.load("default/bench")
    openWorkflow(stored.workflow, { now: Date.now() })
    times.push(performance.now() - start)
    store.close()
  }
  console.log(`opening a run of ${nodes} nodes from its journal: ${Math.round(median(times))} ms`)
}
rmSync(directory, { recursive: true })
