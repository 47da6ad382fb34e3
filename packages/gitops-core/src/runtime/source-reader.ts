import { isOperationError } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import type { ApplicationSource } from "../api/source.js"
import type { ObservedSource } from "../core/source.js"
import type { Renderer } from "../renderers/renderer.js"
import type { RepositorySource } from "../sources/repository-source.js"

/** Asks Git what a source says. */
export interface SourceReader {
  /** The objects of `commit`, or of what `targetRevision` means now. Failures are observations, not rejections. */
  read(source: ApplicationSource, commit?: string): Promise<ObservedSource>
}

/** What a reader works with. */
export interface SourceReaderOptions {
  readonly repositories: RepositorySource
  readonly renderer: Renderer
  readonly clock: Clock
}

/** Real milliseconds for reading one commit's manifests. */
const renderLimitMs = 60_000
/** Rendered commits kept in memory. */
const renderedMax = 256

async function renderCommit(
  source: ApplicationSource,
  commit: string,
  { repositories, renderer, clock }: SourceReaderOptions,
): Promise<ObservedSource> {
  const directory = await repositories.checkout(source.repoURL, commit)
  const key = `render/${source.repoURL} ${commit} ${source.path ?? ""}`
  const render = (): ReturnType<Renderer["render"]> => renderer.render(directory, source)
  const rendered = await clock.track(key, render, { takesMs: 0, realLimitMs: renderLimitMs })
  if (rendered.ok) return { revision: commit, objects: rendered.value }
  return { revision: commit, error: rendered.issues.map((issue) => issue.message).join("; ") }
}

/** A reader that renders each commit once: a commit never changes, so a restart merely renders again. */
export function createSourceReader(options: SourceReaderOptions): SourceReader {
  const cache = new Map<string, Promise<ObservedSource>>()
  const rendered = (source: ApplicationSource, commit: string): Promise<ObservedSource> => {
    const { repoURL, path = "", directory = {} } = source
    const id = JSON.stringify([repoURL, commit, path, directory])
    const known = cache.get(id) ?? renderCommit(source, commit, options)
    // Set again, so that what is used stays and what is not goes first.
    cache.delete(id)
    cache.set(id, known)
    known.catch(() => cache.delete(id))
    const [oldest] = cache.keys()
    if (cache.size > renderedMax && oldest !== undefined) cache.delete(oldest)
    return known
  }
  return {
    async read(source, commit) {
      try {
        const wanted = source.targetRevision || "HEAD"
        const id = commit ?? (await options.repositories.resolve(source.repoURL, wanted))
        return await rendered(source, id)
      } catch (error) {
        if (!isOperationError(error)) throw error
        return { error: error.message }
      }
    },
  }
}
