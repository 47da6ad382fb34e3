import { failed, type IssuePath, ok, type Result } from "../issue.js"
import type { JsonValue } from "../json.js"
import { constructDocuments } from "./construct.js"
import { type Position, type YamlIssue, yamlIssue } from "./issue.js"
import { defaultYamlLimits, type YamlLimits } from "./limits.js"
import { locatePath } from "./locate.js"
import { readEvents } from "./read-events.js"

/** How to read a text. */
export interface ParseManifestsOptions {
  /** Named in issues; never opened. */
  readonly file?: string
  /** Bounds that differ from {@link defaultYamlLimits}. */
  readonly limits?: Partial<YamlLimits>
}

/** One document of a text. */
export interface ManifestDocument {
  readonly value: JsonValue
  /** Where its value starts, counted from 1. */
  readonly line: number
  /** What Go's reader accepts silently and is rarely meant: keys that stand twice. The last one counts. */
  readonly warnings: readonly YamlIssue[]
  /** Where the value at a path stands, or its nearest parent. Reads the text anew: for messages, not for loops. */
  readonly locate: (path: IssuePath) => Position
}

/**
 * Reads every document of a YAML or JSON text as Kubernetes' Go tools do. Empty documents are left out. Never
 * throws; a text that asks for more than the limits allow is refused before it is expanded.
 */
export function parseManifests(
  text: string,
  options: ParseManifestsOptions = {},
): Result<readonly ManifestDocument[], YamlIssue> {
  const limits = { ...defaultYamlLimits, ...options.limits }
  const { file } = options
  const start = { line: 1, column: 1 }
  if (text.length > limits.charactersMax) {
    const finding = `expected at most ${limits.charactersMax} characters, found ${text.length}`
    return failed([yamlIssue({ code: "TooLarge", file, at: start, finding })])
  }
  const read = readEvents(text, limits)
  if (!read.ok) {
    return failed([yamlIssue({ code: "InvalidYaml", file, at: read.at, finding: read.finding })])
  }
  const { source, position } = read
  const built = constructDocuments(source, read.events, limits)
  if (!built.ok) {
    const { code, offset, finding } = built.failure
    return failed([yamlIssue({ code, file, at: position(offset), finding })])
  }
  if (built.documents.length > limits.documentsMax) {
    const finding = `expected at most ${limits.documentsMax} documents, found ${built.documents.length}`
    return failed([yamlIssue({ code: "TooLarge", file, at: start, finding })])
  }
  const locateIn = (document: number, path: IssuePath): Position => {
    const again = readEvents(text, limits)
    return again.ok ? position(locatePath(source, again.events, { document, path })) : start
  }
  return ok(
    built.documents.flatMap(({ value, offset, warnings }, ordinal) => {
      if (value === null) return []
      const issues = warnings.map(({ code, offset: at, finding }) =>
        yamlIssue({ code, file, at: position(at), finding }),
      )
      const locate = (path: IssuePath): Position => locateIn(ordinal, path)
      return [{ value, line: position(offset).line, warnings: issues, locate }]
    }),
  )
}
