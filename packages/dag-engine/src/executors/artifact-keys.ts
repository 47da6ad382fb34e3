import type { Artifact } from "../api/artifact.js"
import { artifactFile } from "../core/locations.js"
import type { Task } from "./executor.js"

/** Where an output artifact goes: its own `s3.key`, else `<workflow>/<pod>/<name>.tgz`, or another file's name as it is archived. */
export function artifactKey(
  task: Pick<Task, "workflow" | "podName" | "template">,
  artifact: Artifact,
): string {
  if (artifact.s3?.key !== undefined) return artifact.s3.key
  return `${task.workflow}/${task.podName}/${artifactFile(artifact, task.template.outputs?.artifacts)}`
}
