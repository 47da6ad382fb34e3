import { matchesGlob as matches } from "@argo-ts/expr/glob"

/**
 * Matches a glob as Argo CD does almost everywhere (spec/languages §6.12): `*` takes any run of characters up to
 * `separator`, which by default is none. A malformed pattern matches nothing.
 */
export function matchesGlob(pattern: string, text: string, separator?: string): boolean {
  const separators = separator === undefined ? [] : [separator]
  return matches(pattern, text, { flavor: "gobwas", separators })
}
