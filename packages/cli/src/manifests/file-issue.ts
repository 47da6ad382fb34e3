import { formatPath, type Issue } from "@argo-ts/kernel"
import type { ManifestDocument, YamlIssue } from "@argo-ts/kernel/yaml"

/** An issue with its place in a file: what every command prints, one line each. */
export interface FileIssue extends Issue {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Places an issue of a document's value. */
export function placeIssue(file: string, document: ManifestDocument, issue: Issue): FileIssue {
  return { ...issue, file, ...document.locate(issue.path) }
}

/** Takes over an issue about the text itself. */
export function placeYamlIssue(file: string, issue: YamlIssue): FileIssue {
  const prefix = `${file}:${issue.line}:${issue.column}: `
  const message = issue.message.startsWith(prefix)
    ? issue.message.slice(prefix.length)
    : issue.message
  return {
    code: issue.code,
    path: issue.path,
    message,
    file,
    line: issue.line,
    column: issue.column,
  }
}

/** An issue about a file as a whole. */
export function wholeFileIssue(file: string, code: string, message: string): FileIssue {
  return { code, path: [], message, file, line: 1, column: 1 }
}

/** `shop.yaml:12:3: spec.entrypoint: expected …`. */
export function formatFileIssue(issue: FileIssue): string {
  const path = issue.path.length === 0 ? "" : `${formatPath(issue.path)}: `
  const hint = issue.hint === undefined ? "" : ` (${issue.hint})`
  return `${issue.file}:${issue.line}:${issue.column}: ${path}${issue.message}${hint}`
}

/** The issue as `-o json` shows it. */
export function toJsonIssue(issue: FileIssue): object {
  const { file, line, column, code, message, hint } = issue
  const path = formatPath(issue.path)
  return { file, line, column, code, path, message, ...(hint === undefined ? {} : { hint }) }
}
