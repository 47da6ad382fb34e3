import type { Change } from "./history.js"

/** What a place of the journal says: one change, and what only the store knew about the object before it. */
export interface JournalEntry {
  readonly change: Pick<Change, "rules" | "before" | "after">
  /** When the object that the change found was born. */
  readonly born: number
}

/** A place in the journal; whoever holds it keeps everything that follows, and nobody keeps anything else. */
export interface JournalMark {
  entry: JournalEntry | undefined
  next: JournalMark | undefined
}

/** Every change since the oldest mark that somebody holds. */
export interface Journal {
  add(entry: JournalEntry): void
  /** The place after the last change. */
  mark(): JournalMark
  /** The changes after a mark, in order. */
  since(mark: JournalMark): JournalEntry[]
}

/**
 * A chain that points forward only: a mark holds on to what comes after it, and what nobody marked is forgotten by
 * itself. Marking costs nothing, however many objects there are.
 */
export function createJournal(): Journal {
  let tail: JournalMark = { entry: undefined, next: undefined }
  return {
    add(entry) {
      const next: JournalMark = { entry, next: undefined }
      tail.next = next
      tail = next
    },
    mark: () => tail,
    since(mark) {
      const found: JournalEntry[] = []
      for (let at = mark.next; at !== undefined; at = at.next) {
        if (at.entry !== undefined) found.push(at.entry)
      }
      return found
    },
  }
}
