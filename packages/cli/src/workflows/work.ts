import { join, resolve } from "node:path"
import { runKey, type Workflow } from "@argo-ts/dag-engine"
import type { Io } from "../io.js"
import type { RunPlace } from "./place.js"

/** Where the steps of runs work: `--directory`, else in the store; nowhere that lasts without either. */
export function workDirectory(
  place: Pick<RunPlace, "directory"> | undefined,
  option: string | undefined,
  io: Io,
): string | undefined {
  if (option !== undefined) return resolve(io.cwd, option)
  return place?.directory === undefined ? undefined : join(place.directory, "work")
}

/** Where the steps of a run work. */
export function runFolder(directory: string, key: string): string {
  return join(directory, ...key.split("/").map(encodeURIComponent))
}

/** Where one step of a run works. */
export function stepFolder(directory: string, workflow: Workflow, id: string): string {
  const { uid = "0" } = workflow.metadata
  return join(
    runFolder(directory, runKey(workflow)),
    encodeURIComponent(uid),
    encodeURIComponent(id),
  )
}
