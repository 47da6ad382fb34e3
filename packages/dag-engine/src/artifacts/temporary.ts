import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { ArtifactStore } from "./artifact-store.js"
import { directoryArtifactStore } from "./directory.js"

/** An artifact store that can be thrown away. */
export interface TemporaryArtifactStore extends ArtifactStore {
  /** Deletes the directory, if one was made. */
  dispose(): Promise<void>
}

/** Artifacts in a directory of the system's temporary folder that is made when first used. For runs that keep nothing. */
export function temporaryArtifactStore(): TemporaryArtifactStore {
  let root: Promise<string> | undefined
  const open = async (): Promise<ArtifactStore> => {
    root ??= mkdtemp(join(tmpdir(), "argo-ts-artifacts-"))
    return directoryArtifactStore(await root)
  }
  return {
    put: async (key, path) => (await open()).put(key, path),
    get: async (key, path) => (await open()).get(key, path),
    list: async (prefix) => (await open()).list(prefix),
    delete: async (key) => (await open()).delete(key),
    async dispose() {
      if (root !== undefined) await rm(await root, { recursive: true, force: true })
      root = undefined
    },
  }
}
