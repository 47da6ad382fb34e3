import { join } from "node:path"
import { normalize } from "node:path/posix"
import type { Template } from "../../api/template.js"
import { allContainers, mountsOf } from "../containers.js"

/** Where the source of a script is put, as the template's container sees it. */
export const scriptPath = "/argo/staging/script"

/** Absolute paths that a template declares, and what they are on this machine. */
export interface PathMap {
  /** The place below the node's directory that a declared path stands for; `..` cannot leave it. */
  place(path: string): string
  /** Replaces declared paths where they occur as whole paths. */
  replace(text: string): string
}

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

/** Maps declared paths below `root`. */
export function mapPaths(paths: readonly string[], root: string): PathMap {
  const place = (path: string): string => join(root, normalize(`/${path}`))
  const longestFirst = paths.toSorted((left, right) => right.length - left.length)
  if (longestFirst.length === 0) return { place, replace: (text) => text }
  const words = longestFirst.map((path) => path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
  // A whole path: not the tail of a longer one, and not the start of another file's name.
  const pattern = new RegExp(`(?<![\\w.-])(?:${words.join("|")})(?![\\w-]|\\.\\w)`, "gu")
  return { place, replace: (text) => text.replace(pattern, place) }
}
