/**
 * Globs in the flavours of the projects: gobwas (Argo CD), doublestar (ApplicationSets, Kargo), Go's `path.Match`.
 *
 * @packageDocumentation
 */
import { failed, ok, type Result } from "@argo-ts/kernel"
import { type ExprIssue, Fault, issueOf, issueOfThrown, type Program } from "../issue.js"
import { readDoublestar } from "./doublestar.js"
import { readGobwas } from "./gobwas.js"
import type { Machine } from "./machine.js"
import { readPathPattern } from "./path-match.js"

/** Which rules a glob follows. */
export type GlobFlavor = "gobwas" | "doublestar" | "path"

/** How a glob is read. */
export interface GlobOptions {
  readonly flavor: GlobFlavor
  /** gobwas only: where `*` and `?` stop. Default none: `*` takes everything. */
  readonly separators?: readonly string[]
}

const sourceMax = 10_000

function read(source: string, { flavor, separators = [] }: GlobOptions): Machine {
  if (source.length > sourceMax) {
    const message = `expected a pattern of at most ${sourceMax} characters, found ${source.length}`
    throw new Fault(message, -1, "budget")
  }
  switch (flavor) {
    case "gobwas":
      return readGobwas(source, separators)
    case "doublestar":
      return readDoublestar(source)
    default:
      return readPathPattern(source)
  }
}

/** Compiles a glob, which is held against whole texts in time of at most pattern × text. */
export function compileGlob(
  source: string,
  options: GlobOptions,
): Result<Program<string, boolean>, ExprIssue> {
  try {
    const machine = read(source, options)
    return ok({
      source,
      references: [],
      issues: [],
      evaluate: (text) => ok(machine.accepts(text)),
    })
  } catch (thrown) {
    const issue = thrown instanceof Fault ? issueOf(thrown, source) : issueOfThrown(thrown, source)
    return failed([issue])
  }
}

/** True where the text fits the glob; a malformed glob fits nothing, as in Argo CD. */
export function matchesGlob(source: string, text: string, options: GlobOptions): boolean {
  const compiled = compileGlob(source, options)
  if (!compiled.ok) return false
  const fits = compiled.value.evaluate(text)
  return fits.ok && fits.value
}
