import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { OperationError, sha1 } from "@argo-ts/kernel"
import type { RepositorySource } from "./repository-source.js"

/** A repository source that a test writes into. */
export interface MemorySource extends RepositorySource {
  /** Makes a commit of these files (path → text) and points `revision` at it; answers its id. */
  commit(url: string, files: { readonly [path: string]: string }, revision?: string): string
}

/** Repositories in memory, laid out below `directory` when they are checked out. */
export function memorySource(directory: string): MemorySource {
  const revisions = new Map<string, string>()
  const commits = new Map<string, { readonly [path: string]: string }>()
  return {
    commit(url, files, revision = "HEAD") {
      const id = sha1(JSON.stringify([url, files]))
      commits.set(id, files)
      revisions.set(`${url} ${revision}`, id)
      return id
    },
    async resolve(url, revision) {
      const id = commits.has(revision) ? revision : revisions.get(`${url} ${revision}`)
      if (id !== undefined) return id
      const message = `unable to resolve '${revision}' in ${url}: no such revision`
      throw new OperationError(message, { code: "UnknownRevision", retryable: false })
    },
    async checkout(_url, commit) {
      const place = join(directory, commit)
      for (const [path, text] of Object.entries(commits.get(commit) ?? {})) {
        mkdirSync(dirname(join(place, path)), { recursive: true })
        writeFileSync(join(place, path), text)
      }
      return place
    },
  }
}
