import { compareText } from "@argo-ts/kernel"
import { type Aspect, factKinds, type KindFacts } from "./aspects.js"
import type { Fact, FactSource, LoggedObject, LoggedWrite } from "./fact.js"

/** Turns a cluster's log into facts, instant by instant. */
export interface FactProjection {
  /** Takes the next write of the log. Gives the facts of the instant before, once a write of a later one comes. */
  take(write: LoggedWrite): readonly Fact[]
  /** The facts of the instant that was still open; the log has no more writes. */
  end(): readonly Fact[]
}

/** In the order in which a delivery passes them. */
const sources: readonly FactSource[] = [
  "demo",
  "git",
  "event-bus",
  "dag-engine",
  "promotion",
  "gitops-core",
  "progressive-delivery",
  "cluster",
]

/** `promotion/stage` and `promotion` are both the engine `promotion`; a manager nobody knows tells nothing. */
function sourceOf(fieldManager: string): FactSource | undefined {
  const prefix = fieldManager.split("/")[0] ?? ""
  return sources.find((source) => source !== "cluster" && source === prefix)
}

function nameOf(object: LoggedObject): string {
  const { namespace, name = "" } = object.metadata
  return namespace === undefined ? name : `${namespace}/${name}`
}

/** An aspect that changed in the instant that is still open. */
interface Change {
  /** What it was when the instant began. */
  readonly before: string | undefined
  readonly after: string
  /** Its place among the aspects of the object. */
  readonly index: number
  /** Absent where the change is silent. */
  readonly fact?: Fact
}

interface Told extends Change {
  readonly fact: Fact
}

function compareTold(left: Told, right: Told): number {
  return (
    sources.indexOf(left.fact.source) - sources.indexOf(right.fact.source) ||
    compareText(left.fact.kind, right.fact.kind) ||
    compareText(left.fact.name, right.fact.name) ||
    left.index - right.index
  )
}

function isTold(change: Change): change is Told {
  return change.fact !== undefined && change.before !== change.after
}

/**
 * A projection that starts with an empty cluster. An aspect that changed gives one fact; writes that change no
 * aspect give none, so a controller that writes the same status again after a restart stays unheard.
 *
 * What happens at one virtual instant happens at once. A controller that starts again there finds everything dirty,
 * takes it in another order than the one that was killed, and never sees what another has put right meanwhile. So facts
 * tell what an instant came to, not the steps that it took, and have an order of their own.
 */
export function createFactProjection(startAt: number): FactProjection {
  const known = new Map<string, Map<string, string>>()
  const open = new Map<string, Map<string, Change>>()
  let openAt = Number.NEGATIVE_INFINITY

  const factOf = ({ object, at }: LoggedWrite, source: FactSource, aspect: Aspect): Fact => {
    const { reason, message } = aspect
    return { t: at - startAt, source, kind: object.kind, name: nameOf(object), reason, message }
  }
  const record = (write: LoggedWrite, id: string, { source, aspects }: KindFacts): void => {
    const states = entryOf(known, id)
    const changes = entryOf(open, id)
    const writer = sourceOf(write.fieldManager) ?? source
    for (const [index, aspect] of aspects(write.object).entries()) {
      const { name, state, reason, by } = aspect
      const previous = states.get(name)
      if (previous === state) continue
      states.set(name, state)
      const isHeard = reason !== "" && (by === undefined || by.includes(writer))
      const earlier = changes.get(name)
      changes.set(name, {
        before: earlier === undefined ? previous : earlier.before,
        after: state,
        index,
        ...(isHeard ? { fact: factOf(write, writer, aspect) } : {}),
      })
    }
  }
  const end = (): readonly Fact[] => {
    const changes = [...open.values()].flatMap((each) => [...each.values()])
    open.clear()
    return changes
      .filter(isTold)
      .toSorted(compareTold)
      .map(({ fact }) => fact)
  }
  return {
    take(write) {
      const closed = write.at === openAt ? [] : end()
      openAt = write.at
      const { kind, metadata } = write.object
      const facts = factKinds.get(kind)
      if (facts === undefined) return closed
      const id = `${kind} ${nameOf(write.object)} ${metadata.uid ?? ""}`
      if (write.type === "DELETED") {
        known.delete(id)
        open.delete(id)
      } else record(write, id, facts)
      return closed
    },
    end,
  }
}

function entryOf<T>(entries: Map<string, Map<string, T>>, id: string): Map<string, T> {
  const found = entries.get(id) ?? new Map<string, T>()
  entries.set(id, found)
  return found
}
