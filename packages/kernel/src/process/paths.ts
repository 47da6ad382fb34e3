import { join } from "node:path"
import { normalize } from "node:path/posix"

/** Absolute paths of a container, and what they are on this machine. */
export interface PathMap {
  /** The place below the root that a path stands for; `..` cannot leave it. */
  place(path: string): string
  /** Replaces the mapped paths where they occur as whole paths. */
  replace(text: string): string
}

/** Maps paths below `root`; of two that begin alike the longer one counts. */
export function mapPaths(paths: readonly string[], root: string): PathMap {
  const place = (path: string): string => join(root, normalize(`/${path}`))
  const longestFirst = paths.toSorted((left, right) => right.length - left.length)
  if (longestFirst.length === 0) return { place, replace: (text) => text }
  const words = longestFirst.map((path) => path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
  // A whole path: not the tail of a longer one, and not the start of another file's name.
  const pattern = new RegExp(`(?<![\\w.-])(?:${words.join("|")})(?![\\w-]|\\.\\w)`, "gu")
  return { place, replace: (text) => text.replace(pattern, place) }
}
