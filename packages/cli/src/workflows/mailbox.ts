import { randomUUID } from "node:crypto"
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  watch,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import type { WorkflowEvent } from "@argo-ts/dag-engine"
import { compareText } from "@argo-ts/kernel"

/** What other processes ask of one that runs a workflow: files in a directory of the run. */
function mailbox(directory: string, key: string): string {
  return join(
    directory,
    "mail",
    ...key.split("/").map((part) => encodeURIComponent(part).replace(/^\./, "%2E")),
  )
}

/** Leaves an event for the process that runs the workflow; it takes it within a moment. */
export function post(directory: string, key: string, event: WorkflowEvent): void {
  const box = mailbox(directory, key)
  mkdirSync(box, { recursive: true })
  const name = `${Date.now()}-${process.pid}-${randomUUID()}`
  writeFileSync(join(box, `${name}.part`), JSON.stringify(event))
  renameSync(join(box, `${name}.part`), join(box, `${name}.json`))
}

/** Hands on what others leave, until it is closed. What was left before is for an earlier life and dropped. */
export function receive(
  directory: string,
  key: string,
  send: (event: WorkflowEvent) => void,
): { close(): void } {
  const box = mailbox(directory, key)
  rmSync(box, { recursive: true, force: true })
  mkdirSync(box, { recursive: true })
  let isClosed = false
  // The watcher may tell once more after the end, and what is handed on may bring the end.
  const take = (): void => {
    for (const name of isClosed ? [] : readdirSync(box).toSorted(compareText)) {
      if (isClosed || !name.endsWith(".json")) continue
      const text = readFileSync(join(box, name), "utf8")
      rmSync(join(box, name))
      send(JSON.parse(text) as WorkflowEvent)
    }
  }
  const watcher = watch(box, take)
  // A change that the system did not tell of.
  const timer = setInterval(take, 500)
  return {
    close() {
      isClosed = true
      watcher.close()
      clearInterval(timer)
      rmSync(box, { recursive: true, force: true })
    },
  }
}
