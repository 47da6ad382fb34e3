/** Listeners of one event. */
export interface Listeners {
  add(listener: () => void): () => void
  tell(): void
}

/** No listeners yet. They hear in the order they were added. */
export function createListeners(): Listeners {
  const listeners = new Set<() => void>()
  return {
    add(listener) {
      // Wrapped, so that one function added twice is heard twice and removed once.
      const own = (): void => listener()
      listeners.add(own)
      return () => listeners.delete(own)
    },
    tell() {
      for (const listener of listeners) listener()
    },
  }
}
