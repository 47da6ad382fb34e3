// Runs a workflow on a store in a process of its own, and tells what it did; its parent kills it at some instant.
import { appendFileSync } from "node:fs"
import { functionExecutor, journalStore, openRun } from "@argo-ts/dag-engine"

const [kind, place, log, workflow] = process.argv.slice(2)

async function storeOf() {
  if (kind === "journal") return journalStore(place, { compactAfterBytes: 4096 })
  const { postgresStore } = await import("@argo-ts/dag-engine/postgres")
  return postgresStore({ connection: JSON.parse(place) })
}

const work = ({ task }) => {
  appendFileSync(log, `begin ${task.nodeId}\n`)
  return new Promise((resolve) => {
    setTimeout(() => {
      appendFileSync(log, `end ${task.nodeId}\n`)
      resolve(task.nodeName)
    }, 1)
  })
}
const store = await storeOf()
const run = await openRun(JSON.parse(workflow), {
  executors: [functionExecutor({ work })],
  store,
  on: (event) => {
    if (event.type === "node" && event.node.phase === "Succeeded" && event.node.type === "Pod") {
      // Watchers are told after the store has it: what stands here may never run again.
      appendFileSync(log, `recorded ${event.node.id}\n`)
    }
  },
})
const done = await run.done
appendFileSync(log, `done ${done.status.phase}\n`)
await store.close()
