import { type EpochMs, formatInstant, parseInstant } from "@argo-ts/kernel"

/*
 * Instants as nodes have them, milliseconds, and as a status has them, RFC 3339.
 */

/** Stands for an instant that has not come. A number, so that records keep one shape. */
export const unset = -1

let readAt: number = unset
let readText = ""
let earlierAt: number = unset
let earlierText = ""

/** Milliseconds of an RFC 3339 text; {@link unset} where there is none. */
export function readInstant(text: string | undefined): number {
  if (text === undefined) return unset
  // Neighbours in a status mostly share their instants: the one when they began and the one when they ended.
  if (text === readText) return readAt
  if (text === earlierText) return earlierAt
  const parsed = parseInstant(text)
  if (!parsed.ok) return unset
  earlierAt = readAt
  earlierText = readText
  readAt = parsed.value
  readText = text
  return readAt
}

let writtenAt: number = unset
let writtenText = ""
let writtenBeforeAt: number = unset
let writtenBeforeText = ""

/** RFC 3339 in UTC; milliseconds only where they are not zero. */
export function writeInstant(at: number): string {
  // As in reading: mostly one of the two instants of a neighbour.
  if (at === writtenAt) return writtenText
  if (at === writtenBeforeAt) return writtenBeforeText
  const whole = formatInstant(at as EpochMs)
  const rest = ((at % 1000) + 1000) % 1000
  const text = rest === 0 ? whole : `${whole.slice(0, -1)}.${String(rest).padStart(3, "0")}Z`
  writtenBeforeAt = writtenAt
  writtenBeforeText = writtenText
  writtenAt = at
  writtenText = text
  return text
}
