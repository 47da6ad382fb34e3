import type { Registry, RegistryImage } from "./registry.js"

/** A registry in memory, for tests and simulations. */
export interface MemoryRegistry extends Registry {
  /** Puts an image under a tag, or moves the tag to it. */
  push(repository: string, tag: string, image: RegistryImage): void
}

/** An empty registry. */
export function createMemoryRegistry(): MemoryRegistry {
  const repositories = new Map<string, Map<string, RegistryImage>>()
  return {
    tags: async (repository) => [...(repositories.get(repository)?.keys() ?? [])],
    image: async (repository, tag) => repositories.get(repository)?.get(tag),
    push(repository, tag, image) {
      const tags = repositories.get(repository) ?? new Map<string, RegistryImage>()
      repositories.set(repository, tags.set(tag, image))
    },
  }
}
