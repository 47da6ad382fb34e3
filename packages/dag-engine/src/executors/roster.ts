/** Something that runs. */
export interface RosterEntry {
  /** How it is asked for. */
  readonly key: string
  /** Its place in the roster, which keeps it up to date. */
  place: number
}

/**
 * What runs. Coming and going costs next to nothing; most of it is never asked for by key, so keys are put in order only
 * when somebody does.
 */
export class Roster<T extends RosterEntry> {
  readonly #all: T[] = []
  #byKey: Map<string, T> | undefined

  get size(): number {
    return this.#all.length
  }

  add(entry: T): void {
    entry.place = this.#all.push(entry) - 1
    this.#byKey?.set(entry.key, entry)
  }

  /** Nothing happens where it is not there any more. */
  delete(entry: T): void {
    const all = this.#all
    if (all[entry.place] !== entry) return
    const last = all.pop() as T
    if (last !== entry) {
      all[entry.place] = last
      last.place = entry.place
    }
    this.#byKey?.delete(entry.key)
  }

  find(key: string): T | undefined {
    this.#byKey ??= new Map(this.#all.map((entry) => [entry.key, entry]))
    return this.#byKey.get(key)
  }

  /** Everything there is now, in no order. */
  all(): readonly T[] {
    return this.#all.slice()
  }
}
