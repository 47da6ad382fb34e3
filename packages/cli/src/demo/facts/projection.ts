import { compareText } from "@argo-ts/kernel"
import { type Aspect, factKinds } from "./aspects.js"
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

/**
 * What happens at one virtual instant happens at once: a controller that starts again there finds everything dirty and
 * takes it in another order than the one that was killed. So facts of an instant have an order of their own. Those of
 * one object stay as they came.
 */
function compareFacts(left: Fact, right: Fact): number {
  return (
    sources.indexOf(left.source) - sources.indexOf(right.source) ||
    compareText(left.kind, right.kind) ||
    compareText(left.name, right.name)
  )
}

function nameOf(object: LoggedObject): string {
  const { namespace, name = "" } = object.metadata
  return namespace === undefined ? name : `${namespace}/${name}`
}

/**
 * A projection that starts with an empty cluster. An aspect that changed gives one fact; writes that change no
 * aspect give none, so a controller that writes the same status again after a restart stays unheard.
 */
export function createFactProjection(startAt: number): FactProjection {
  const known = new Map<string, Map<string, string>>()
  const judge = (write: LoggedWrite, source: FactSource, aspect: Aspect): Fact | undefined => {
    const { object, at } = write
    const id = `${object.kind} ${nameOf(object)} ${object.metadata.uid ?? ""}`
    const states = known.get(id) ?? new Map<string, string>()
    known.set(id, states)
    const isNew = states.get(aspect.name) !== aspect.state
    states.set(aspect.name, aspect.state)
    const isHeard = aspect.by === undefined || aspect.by.includes(source)
    if (!isNew || !isHeard || aspect.reason === "") return undefined
    const { reason, message } = aspect
    return { t: at - startAt, source, kind: object.kind, name: nameOf(object), reason, message }
  }
  const judgeAll = (write: LoggedWrite): readonly Fact[] => {
    const facts = factKinds.get(write.object.kind)
    if (facts === undefined) return []
    if (write.type === "DELETED") {
      known.delete(
        `${write.object.kind} ${nameOf(write.object)} ${write.object.metadata.uid ?? ""}`,
      )
      return []
    }
    const source = sourceOf(write.fieldManager) ?? facts.source
    return facts
      .aspects(write.object)
      .map((aspect) => judge(write, source, aspect))
      .filter((fact) => fact !== undefined)
  }
  let open: Fact[] = []
  let openAt = Number.NEGATIVE_INFINITY
  const close = (): readonly Fact[] => {
    const closed = open.toSorted(compareFacts)
    open = []
    return closed
  }
  return {
    take(write) {
      const closed = write.at === openAt ? [] : close()
      openAt = write.at
      open.push(...judgeAll(write))
      return closed
    },
    end: close,
  }
}
