import { EVENT_ID, type Event } from "js-yaml"
import type { IssuePath } from "../issue.js"
import { keyText, offsetOf, readScalar } from "./node.js"

/** The index behind the node that starts at `index`. */
function after(events: readonly Event[], index: number): number {
  let depth = 0
  for (let at = index; at < events.length; at++) {
    const { type } = events[at] as Event
    if (type === EVENT_ID.SEQUENCE || type === EVENT_ID.MAPPING) depth++
    else if (type === EVENT_ID.POP) depth--
    if (depth === 0) return at + 1
  }
  return events.length
}

/** The index of the first event of the document with that ordinal. */
function documentStart(events: readonly Event[], ordinal: number): number {
  let seen = -1
  return events.findIndex((event) => event.type === EVENT_ID.DOCUMENT && ++seen === ordinal) + 1
}

/**
 * Where the value at a path of a document stands: the place of its key, or of its list item. Where the path leads
 * nowhere (a missing field, a merged key) the place of the nearest parent that exists.
 */
export function locatePath(
  text: string,
  events: readonly Event[],
  where: { readonly document: number; readonly path: IssuePath },
): number {
  let index = documentStart(events, where.document)
  let offset = offsetOf(events[index] as Event)
  for (const step of where.path) {
    const found = findChild(text, events, { index, step })
    if (found === undefined) return offset
    index = found.index
    offset = found.offset
  }
  return offset
}

interface Child {
  readonly index: number
  readonly offset: number
}

function findChild(
  text: string,
  events: readonly Event[],
  parent: { readonly index: number; readonly step: string | number },
): Child | undefined {
  const type = events[parent.index]?.type
  let index = parent.index + 1
  if (type === EVENT_ID.SEQUENCE) {
    for (let item = 0; events[index]?.type !== EVENT_ID.POP; item++) {
      if (item === Number(parent.step)) return { index, offset: offsetOf(events[index] as Event) }
      index = after(events, index)
    }
  }
  if (type !== EVENT_ID.MAPPING) return undefined
  // Of two equal keys the last counts, so the walk goes to the end.
  let last: Child | undefined
  while (index < events.length && events[index]?.type !== EVENT_ID.POP) {
    const key = events[index] as Event
    const value = after(events, index)
    const reading = key.type === EVENT_ID.SCALAR ? readScalar(text, key) : undefined
    if (reading?.ok === true && keyText(reading.value) === String(parent.step)) {
      last = { index: value, offset: offsetOf(key) }
    }
    index = after(events, value)
  }
  return last
}
