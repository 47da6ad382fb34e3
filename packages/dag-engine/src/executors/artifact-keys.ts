import type { Artifact } from "../api/artifact.js"
import type { Task } from "./executor.js"

/** Where an output artifact goes: its own `s3.key`, else `<workflow>/<pod>/<name>.tgz`; `archive.none` has no ending. */
export function artifactKey(task: Pick<Task, "workflow" | "podName">, artifact: Artifact): string {
  if (artifact.s3?.key !== undefined) return artifact.s3.key
  const ending = artifact.archive?.none === undefined ? ".tgz" : ""
  return `${task.workflow}/${task.podName}/${artifact.name}${ending}`
}
