import { formatPath, type Issue } from "../issue.js"

/** Manifests nest a few dozen levels; beyond this they are an attack. */
export const depthMax = 256
/** A million tasks have ten million values; lists that share their items may stand for any number. */
export const valuesMax = 20_000_000

/** How much of a document has been seen. */
export interface Extent {
  /** Values that may still be looked at; below zero there are too many. */
  left: number
}

/** True where everything below a value, which stands so deep, is within bounds. */
export function isBounded(extent: Extent, value: object, depth: number): boolean {
  if (depth > depthMax) return false
  if (Array.isArray(value)) {
    extent.left -= value.length
    if (extent.left < 0) return false
    for (const inner of value as readonly unknown[]) {
      if (typeof inner !== "object" || inner === null) continue
      if (!isBounded(extent, inner, depth + 1)) return false
    }
    return true
  }
  for (const key in value) {
    const inner = (value as { readonly [key: string]: unknown })[key]
    if (--extent.left < 0) return false
    if (typeof inner !== "object" || inner === null) continue
    if (!isBounded(extent, inner, depth + 1)) return false
  }
  return true
}

/**
 * Why nobody can walk through a value and come to an end: it contains itself, is nested deeper than 256 levels, or stands for
 * more than twenty million values. Objects that a program built may do so; what was read from JSON or YAML does not.
 */
export function whyBoundless(root: object, { left }: Extent): Issue {
  if (left < 0) return endless([], `stands for more than ${valuesMax} values`)
  const enclosing = new Map<object, number>()
  const path: (string | number)[] = []
  const search = (value: object): Issue | undefined => {
    const outer = enclosing.get(value)
    if (outer !== undefined) {
      const whole = outer === 0 ? "the whole document" : formatPath(path.slice(0, outer))
      return endless(path, `contains itself: it is ${whole}`)
    }
    if (path.length > depthMax) return endless(path, `is nested deeper than ${depthMax} levels`)
    enclosing.set(value, path.length)
    for (const [key, inner] of Object.entries(value) as readonly (readonly [string, unknown])[]) {
      if (typeof inner !== "object" || inner === null) continue
      path.push(Array.isArray(value) ? Number(key) : key)
      const issue = search(inner)
      if (issue !== undefined) return issue
      path.pop()
    }
    enclosing.delete(value)
    return undefined
  }
  return search(root) ?? endless([], "is nested without end")
}

function endless(path: readonly (string | number)[], message: string): Issue {
  return { code: "EndlessValue", path: [...path], message }
}
