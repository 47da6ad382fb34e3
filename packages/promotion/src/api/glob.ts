import { compileGlob as compile } from "@argo-ts/expr/glob"
import { compilePattern } from "@argo-ts/expr/regexp"

/** Tells whether a text fits. */
export interface TextPattern {
  readonly test: (text: string) => boolean
}

/** A glob as doublestar reads it; undefined where it is malformed. */
export function compileGlob(glob: string): TextPattern | undefined {
  const compiled = compile(glob, { flavor: "doublestar" })
  if (!compiled.ok) return undefined
  const { evaluate } = compiled.value
  return {
    test(text) {
      const fits = evaluate(text)
      return fits.ok && fits.value
    },
  }
}

/** A pattern by its prefix: `glob:…`, `regex:…` or `regexp:…`; without one, undefined. Throws nothing. */
export function compileMarked(
  marked: string,
): { readonly pattern: TextPattern | undefined } | undefined {
  const kind = /^(glob|regexp?):/.exec(marked)
  if (kind === null) return undefined
  const source = marked.slice(kind[0].length)
  if (kind[1] === "glob") return { pattern: compileGlob(source) }
  try {
    return { pattern: compilePattern(source) }
  } catch {
    return { pattern: undefined }
  }
}
