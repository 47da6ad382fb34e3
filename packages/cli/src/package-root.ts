import { existsSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { invariant } from "@argo-ts/kernel"

/** The folder of this package, wherever in it this code has come to stand. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder)
    invariant(parent !== folder, "the code of a package stands below its package.json")
    folder = parent
  }
  return folder
}
