import type { Platform, Registry, RegistryImage } from "./registry.js"

/** An image as a test pushes it. */
export interface MemoryImage extends RegistryImage {
  /** Default: it runs everywhere. */
  readonly platforms?: readonly Platform[]
}

/** A registry in memory, for tests and simulations. */
export interface MemoryRegistry extends Registry {
  /** Puts an image under a tag, or moves the tag to it. */
  push(repository: string, tag: string, image: MemoryImage): void
}

/** An empty registry. */
export function createMemoryRegistry(): MemoryRegistry {
  const repositories = new Map<string, Map<string, MemoryImage>>()
  return {
    tags: async (repository) => [...(repositories.get(repository)?.keys() ?? [])],
    async image(repository, tag, platform) {
      const found = repositories.get(repository)?.get(tag)
      if (found === undefined) return undefined
      const { platforms, ...image } = found
      const isFit = platform === undefined || platforms?.includes(platform) !== false
      return isFit ? image : undefined
    },
    push(repository, tag, image) {
      const tags = repositories.get(repository) ?? new Map<string, MemoryImage>()
      repositories.set(repository, tags.set(tag, image))
    },
  }
}
