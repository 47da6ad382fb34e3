import { compileTemplated, type Expression } from "./languages.js"

/** Where an artifact comes from: another one by its name, or what chooses it. At most one of them is there. */
export interface ArtifactSource {
  /** As the manifest has it, braces and all. */
  readonly from: string | undefined
  /** `fromExpression`, or the expression that `from` is. */
  readonly choice: Expression | undefined
}

const expressionTag = /^\s*\{\{=(.*)\}\}\s*$/s

/** Reads the fields of an artifact that tell where it comes from. */
export function artifactSource(artifact: {
  readonly from?: string
  readonly fromExpression?: string
}): ArtifactSource {
  const { from = "", fromExpression = "" } = artifact
  const source = fromExpression === "" ? (expressionTag.exec(from)?.[1] ?? "") : fromExpression
  if (source !== "") return { from: undefined, choice: compileTemplated(source) }
  return { from: from === "" ? undefined : from, choice: undefined }
}

/** The name in `{{…}}`; braces may be missing. */
export function referenceName(from: string): string {
  return from.replace(/^\s*\{\{\s*/, "").replace(/\s*\}\}\s*$/, "")
}
