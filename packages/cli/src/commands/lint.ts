import { byEach, compareNumber } from "@argo-ts/kernel"
import type { ExitCode, Io, OutputFormat } from "../io.js"
import { lintManifest } from "../manifests/engines.js"
import {
  type FileIssue,
  formatFileIssue,
  placeIssue,
  toJsonIssue,
} from "../manifests/file-issue.js"
import { type Manifest, readManifests } from "../manifests/read.js"

/** Options of `lint`. */
export interface LintOptions {
  readonly output: OutputFormat
}

const byPlace = byEach<FileIssue>(
  (left, right) => compareNumber(left.line, right.line),
  (left, right) => compareNumber(left.column, right.column),
)

/** Judges manifests one by one; issues in the order of the file. */
export async function lintAll(manifests: readonly Manifest[]): Promise<readonly FileIssue[]> {
  const issues: FileIssue[] = []
  for (const { file, document, value } of manifests) {
    const found = await lintManifest(value)
    const placed = found.map((issue) => placeIssue(file, document, issue))
    issues.push(...placed.toSorted(byPlace))
  }
  return issues
}

/** `argo-ts lint PATH…`: every issue in every manifest. 0 without issues, 1 with some. */
export async function lint(
  paths: readonly string[],
  options: LintOptions,
  io: Io,
): Promise<ExitCode> {
  const reading = readManifests(paths, io.cwd)
  const issues = [...reading.issues, ...(await lintAll(reading.manifests))]
  const { files, manifests } = reading
  if (options.output === "json") {
    const ok = issues.length === 0
    const answer = {
      ok,
      files: files.length,
      manifests: manifests.length,
      issues: issues.map(toJsonIssue),
    }
    io.out(`${JSON.stringify(answer)}\n`)
  } else {
    for (const issue of issues) io.out(`${formatFileIssue(issue)}\n`)
    const count = (total: number, noun: string): string =>
      `${total} ${noun}${total === 1 ? "" : "s"}`
    const found = issues.length === 0 ? "no issues" : count(issues.length, "issue")
    io.out(`${count(manifests.length, "manifest")} in ${count(files.length, "file")}: ${found}\n`)
  }
  return issues.length === 0 ? 0 : 1
}
