import { type Aspect, factKinds } from "./aspects.js"
import type { Fact, FactSource, LoggedObject, LoggedWrite } from "./fact.js"

/** Turns a cluster's log into facts, one write at a time. */
export interface FactProjection {
  take(write: LoggedWrite): readonly Fact[]
}

const engines: readonly FactSource[] = [
  "event-bus",
  "dag-engine",
  "promotion",
  "gitops-core",
  "progressive-delivery",
  "git",
  "demo",
]

/** `promotion/stage` and `promotion` are both the engine `promotion`; a manager nobody knows tells nothing. */
function sourceOf(fieldManager: string): FactSource | undefined {
  const prefix = fieldManager.split("/")[0] ?? ""
  return engines.find((engine) => engine === prefix)
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
  return {
    take(write) {
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
    },
  }
}
