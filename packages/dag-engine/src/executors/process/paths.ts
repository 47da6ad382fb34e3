import { normalize } from "node:path/posix"
import type { Template } from "../../api/template.js"
import { allContainers, mountsOf } from "../containers.js"

/** Where the source of a script is put, as the template's container sees it. */
export const scriptPath = "/argo/staging/script"

/** Every absolute path that a template declares. */
export function declaredPaths(template: Template): readonly string[] {
  const paths = new Set<string>()
  const add = (path: string | undefined): void => {
    if (path?.startsWith("/") === true && normalize(path) !== "/") paths.add(path)
  }
  for (const artifact of template.inputs?.artifacts ?? []) add(artifact.path)
  for (const artifact of template.outputs?.artifacts ?? []) add(artifact.path)
  for (const parameter of template.outputs?.parameters ?? []) add(parameter.valueFrom?.path)
  const containers = allContainers(template)
  for (const { workingDir } of containers) add(workingDir)
  for (const { mountPath } of mountsOf(containers)) {
    if (typeof mountPath === "string") add(mountPath)
  }
  if (template.script !== undefined) add(scriptPath)
  return [...paths]
}
