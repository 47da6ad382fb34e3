import { byEach, compareNumber, type Issue, type Kind } from "@argo-ts/kernel"
import picocolors from "picocolors"
import { CliError, type ExitCode, type Io } from "../io.js"
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
  readonly output: LintFormat
  /** The templates that are named are among the files, or nowhere. */
  readonly isClosed: boolean
  /** Only issues of these, separated by commas. */
  readonly kinds?: string
  /** Whether fields that nobody knows are errors. Default true. */
  readonly strict?: boolean
}

/** `simple`: a line an issue; `pretty`: below the name of their file. */
export type LintFormat = "simple" | "pretty" | "json"

/** Reads `-o` of `lint`. */
export function lintFormat(text: string | undefined): LintFormat {
  if (text === undefined || text === "text") return "simple"
  if (text === "simple" || text === "pretty" || text === "json") return text
  const found = JSON.stringify(text)
  throw new CliError("InvalidOption", `-o: expected simple, pretty or json, found ${found}`)
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

/** A manifest with its issues, in the order of the file. */
interface JudgedManifest {
  readonly manifest: Manifest
  readonly issues: readonly JudgedIssue[]
}

/** Judges manifests, those of workflows together; issues in the order of the file. */
export async function lintAll(manifests: readonly Manifest[]): Promise<readonly JudgedIssue[]> {
  return (await lintEach(manifests, false)).flatMap(({ issues }) => issues)
}

async function lintEach(
  manifests: readonly Manifest[],
  isClosed: boolean,
): Promise<readonly JudgedManifest[]> {
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
  return manifests.map((manifest) => ({
    manifest,
    issues: (found.get(manifest) ?? []).toSorted(byPlace),
  }))
}

/** An issue in one line; warnings say so. */
function formatJudged(issue: JudgedIssue): string {
  if (issue.severity === "error") return formatFileIssue(issue)
  return formatFileIssue({ ...issue, message: `warning: ${issue.message}` })
}

/** Issues below the names of their files. */
function formatPretty(issues: readonly JudgedIssue[], io: Io): string {
  const colors = picocolors.createColors(io.isTty && io.env["NO_COLOR"] === undefined)
  const marks = { error: colors.red("✖"), warning: colors.yellow("⚠") }
  const lines: string[] = []
  let file: string | undefined
  for (const issue of issues) {
    if (issue.file !== file) lines.push(colors.bold(issue.file))
    file = issue.file
    const { line, column, severity } = issue
    const [, text = ""] = formatFileIssue(issue).split(`${file}:${line}:${column}: `)
    lines.push(`  ${marks[severity]} ${line}:${column}  ${text}`)
  }
  return lines.map((line) => `${line}\n`).join("")
}

/** Which kinds `--kinds` names: as `kubectl` names them, besides their own name. */
async function chosenKinds(text: string | undefined): Promise<(kind: string) => boolean> {
  if (text === undefined || text === "all") return () => true
  const { engineKinds } = await import("../engine-kinds.js")
  const kinds = new Set(
    text.split(",").map((word) => {
      const wanted = word.trim().toLowerCase()
      const names = ({ kind, plural, shortNames = [] }: Kind): readonly string[] => [
        kind.toLowerCase(),
        plural,
        ...shortNames,
      ]
      const found = engineKinds.find((kind) => names(kind).includes(wanted))
      if (found !== undefined) return found.kind
      const known = engineKinds.map(({ plural }) => plural).join(", ")
      const message = `--kinds: expected all, ${known}, found ${JSON.stringify(word)}`
      throw new CliError("InvalidOption", message)
    }),
  )
  return (kind) => kinds.has(kind)
}

/** `argo-ts lint PATH…`: every issue in every manifest. 0 without errors, warnings or not; 1 with some. */
export async function lint(
  paths: readonly string[],
  options: LintOptions,
  io: Io,
): Promise<ExitCode> {
  const isChosen = await chosenKinds(options.kinds)
  const reading = readManifests(paths, io.cwd)
  const unread = reading.issues.map((issue) => ({ ...issue, severity: "error" as const }))
  // Manifests of other kinds are read all the same: those that are judged refer to them.
  const judged = await lintEach(reading.manifests, options.isClosed)
  const chosen = judged.filter(({ manifest }) => isChosen(manifest.value.kind))
  const issues = [...unread, ...chosen.flatMap((each) => each.issues)].map((issue) =>
    options.strict === false && issue.code === "UnknownField"
      ? { ...issue, severity: "warning" as const }
      : issue,
  )
  const { files } = reading
  const errors = issues.filter(({ severity }) => severity === "error").length
  if (options.output === "json") {
    const answer = {
      ok: errors === 0,
      files: files.length,
      manifests: chosen.length,
      issues: issues.map((issue) => ({ ...toJsonIssue(issue), severity: issue.severity })),
    }
    io.out(`${JSON.stringify(answer)}\n`)
    return errors === 0 ? 0 : 1
  }
  if (options.output === "pretty") io.out(formatPretty(issues, io))
  else for (const issue of issues) io.out(`${formatJudged(issue)}\n`)
  const found = summaryOf(errors, issues.length - errors)
  io.out(`${count(chosen.length, "manifest")} in ${count(files.length, "file")}: ${found}\n`)
  return errors === 0 ? 0 : 1
}

function count(total: number, noun: string): string {
  return `${total} ${noun}${total === 1 ? "" : "s"}`
}

function summaryOf(errors: number, warnings: number): string {
  const parts = [
    ...(errors === 0 ? [] : [count(errors, "issue")]),
    ...(warnings === 0 ? [] : [count(warnings, "warning")]),
  ]
  return parts.length === 0 ? "no issues" : parts.join(", ")
}
