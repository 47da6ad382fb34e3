import { cp, mkdir, readdir, rename, rm, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import { compareText, OperationError } from "@argo-ts/kernel"
import type { ArtifactStore } from "./artifact-store.js"

/**
 * Artifacts as files and directories below `root`, where their keys say: a key below a stored directory names what lies
 * in it, as a prefix of an object store does. Differs from Argo: nothing is packed, whatever `archive` says; what comes
 * out is the same.
 */
export function directoryArtifactStore(root: string): ArtifactStore {
  const objects = join(root, "objects")
  const pathOf = (key: string): string => join(objects, ...partsOf(key))
  return {
    async put(key, path) {
      const target = pathOf(key)
      const temporary = join(root, "tmp", crypto.randomUUID())
      await mkdir(dirname(temporary), { recursive: true })
      await cp(path, temporary, { recursive: true, verbatimSymlinks: true })
      await mkdir(dirname(target), { recursive: true })
      await rm(target, { recursive: true, force: true })
      await rename(temporary, target)
    },
    async get(key, path) {
      const source = pathOf(key)
      if (!(await isThere(source))) return false
      await mkdir(dirname(path), { recursive: true })
      await rm(path, { recursive: true, force: true })
      await cp(source, path, { recursive: true, verbatimSymlinks: true })
      return true
    },
    async list(prefix) {
      const keys = await keysBelow(objects, "")
      return keys.filter((key) => key.startsWith(prefix)).toSorted(compareText)
    },
    async delete(key) {
      const path = pathOf(key)
      if (!(await isThere(path))) return false
      await rm(path, { recursive: true, force: true })
      return true
    },
  }
}

function partsOf(key: string): readonly string[] {
  const parts = key.split("/").filter((part) => part !== "")
  const isOutside = parts.some((part) => part === "." || part === ".." || part.includes("\0"))
  if (parts.length === 0 || isOutside) {
    throw new OperationError(`an artifact key is a path without "." and "..", found "${key}"`, {
      code: "InvalidKey",
      retryable: false,
    })
  }
  return parts
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

async function keysBelow(folder: string, prefix: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const keys: string[] = []
  for (const entry of entries) {
    const key = `${prefix}${entry.name}`
    if (entry.isDirectory()) keys.push(...(await keysBelow(join(folder, entry.name), `${key}/`)))
    else keys.push(key)
  }
  return keys
}
