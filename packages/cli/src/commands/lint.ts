import { byEach, compareNumber, type Issue } from "@argo-ts/kernel"
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
  /** The templates that are named are among the files, or nowhere. */
  readonly closed?: true
}

const byPlace = byEach<FileIssue>(
  (left, right) => compareNumber(left.line, right.line),
  (left, right) => compareNumber(left.column, right.column),
)

/** An issue and how bad it is. */
export interface JudgedIssue extends FileIssue {
  readonly severity: "error" | "warning"
}

const workflowKinds: ReadonlySet<string> = new Set([
  "Workflow",
  "WorkflowTemplate",
  "ClusterWorkflowTemplate",
  "CronWorkflow",
  "WorkflowEventBinding",
])

function isWorkflows({ value }: Manifest): boolean {
  return value.apiVersion.startsWith("argoproj.io/") && workflowKinds.has(value.kind)
}

/** Judges manifests, those of workflows together; issues in the order of the file. */
export async function lintAll(
  manifests: readonly Manifest[],
  isClosed: boolean = false,
): Promise<readonly JudgedIssue[]> {
  const mine = manifests.filter(isWorkflows)
  const found = new Map<Manifest, JudgedIssue[]>()
  const add = (
    manifest: Manifest | undefined,
    issue: Issue,
    severity: "error" | "warning",
  ): void => {
    if (manifest === undefined) return
    const placed = { ...placeIssue(manifest.file, manifest.document, issue), severity }
    const list = found.get(manifest) ?? []
    found.set(manifest, list)
    list.push(placed)
  }
  if (mine.length > 0) {
    const { lintWorkflows } = await import("@argo-ts/dag-engine/lint")
    for (const issue of lintWorkflows(
      mine.map(({ value }) => value),
      { isClosed },
    )) {
      add(mine[issue.manifest], issue, issue.severity)
    }
  }
  for (const manifest of manifests) {
    if (isWorkflows(manifest)) continue
    for (const issue of await lintManifest(manifest.value)) add(manifest, issue, "error")
  }
  return manifests.flatMap((manifest) => (found.get(manifest) ?? []).toSorted(byPlace))
}

/** An issue in one line; warnings say so. */
function formatJudged(issue: JudgedIssue): string {
  if (issue.severity === "error") return formatFileIssue(issue)
  return formatFileIssue({ ...issue, message: `warning: ${issue.message}` })
}

/** `argo-ts lint PATH…`: every issue in every manifest. 0 without errors, warnings or not; 1 with some. */
export async function lint(
  paths: readonly string[],
  options: LintOptions,
  io: Io,
): Promise<ExitCode> {
  const reading = readManifests(paths, io.cwd)
  const unread = reading.issues.map((issue) => ({ ...issue, severity: "error" as const }))
  const issues: readonly JudgedIssue[] = [
    ...unread,
    ...(await lintAll(reading.manifests, options.closed)),
  ]
  const errors = issues.filter(({ severity }) => severity === "error").length
  const { files, manifests } = reading
  if (options.output === "json") {
    const ok = errors === 0
    const answer = {
      ok,
      files: files.length,
      manifests: manifests.length,
      issues: issues.map((issue) => ({ ...toJsonIssue(issue), severity: issue.severity })),
    }
    io.out(`${JSON.stringify(answer)}\n`)
  } else {
    for (const issue of issues) io.out(`${formatJudged(issue)}\n`)
    const count = (total: number, noun: string): string =>
      `${total} ${noun}${total === 1 ? "" : "s"}`
    const warnings = issues.length - errors
    const parts = [
      ...(errors === 0 ? [] : [count(errors, "issue")]),
      ...(warnings === 0 ? [] : [count(warnings, "warning")]),
    ]
    const found = parts.length === 0 ? "no issues" : parts.join(", ")
    io.out(`${count(manifests.length, "manifest")} in ${count(files.length, "file")}: ${found}\n`)
  }
  return errors === 0 ? 0 : 1
}
