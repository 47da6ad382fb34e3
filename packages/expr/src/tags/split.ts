import { Fault } from "../issue.js"

/** A piece of a template: literal text, or a tag's content exactly as written. */
export type Piece =
  | { readonly kind: "text"; readonly text: string; readonly at: number }
  | { readonly kind: "tag"; readonly text: string; readonly at: number }

/**
 * Splits a template at its tags: from a start marker to the first end marker after it. No nesting, no escapes. Throws a
 * `Fault` for a start without end.
 */
export function splitTags(template: string, start = "{{", end = "}}"): readonly Piece[] {
  const pieces: Piece[] = []
  let at = 0
  for (;;) {
    const open = template.indexOf(start, at)
    if (open < 0) break
    if (open > at) pieces.push({ kind: "text", text: template.slice(at, open), at })
    const from = open + start.length
    const close = template.indexOf(end, from)
    if (close < 0) {
      const rest = JSON.stringify(template.slice(from))
      const message = `Cannot find end tag=${JSON.stringify(end)} in the template=${JSON.stringify(template)} starting from ${rest}`
      throw new Fault(message, open, "parse")
    }
    pieces.push({ kind: "tag", text: template.slice(from, close), at: from })
    at = close + end.length
  }
  if (at < template.length) pieces.push({ kind: "text", text: template.slice(at), at })
  return pieces
}
