import type { Workflow } from "@argo-ts/dag-engine"
import {
  type LabelSelector,
  matchesLabels,
  parseDuration,
  parseInstant,
  parseLabelSelector,
} from "@argo-ts/kernel"
import { CliError } from "../io.js"

/** Which runs a command means: those for which everything holds. */
export interface RunFilterFlags {
  /** Phases, separated by commas. */
  readonly status?: string
  readonly running?: true
  readonly completed?: true
  readonly resubmitted?: true
  readonly prefix?: string
  /** Created no longer ago than this. */
  readonly since?: string
  /** Ended longer ago than this. */
  readonly older?: string
  /** Labels. */
  readonly selector?: string
}

const filterNames = [
  "status",
  "running",
  "completed",
  "resubmitted",
  "prefix",
  "since",
  "older",
  "selector",
] as const satisfies readonly (keyof RunFilterFlags)[]

/** True where flags choose runs. */
export function isFiltering(flags: RunFilterFlags): boolean {
  return filterNames.some((name) => flags[name] !== undefined)
}

const phases = ["pending", "running", "succeeded", "failed", "error"]
const resubmittedLabel = "workflows.argoproj.io/resubmitted-from-workflow"

/** The runs that flags name; refuses flags that cannot be read. */
export function runFilter(flags: RunFilterFlags, now: number): (workflow: Workflow) => boolean {
  const statuses = readStatuses(flags.status)
  const labels = flags.selector === undefined ? undefined : readSelector(flags.selector)
  const createdAfter = before(flags.since, "--since", now)
  const endedBefore = before(flags.older, "--older", now)
  return ({ metadata, status }) => {
    const phase = (status?.phase ?? "Pending").toLowerCase()
    const isOver = status?.finishedAt !== undefined
    const created = instantOf(metadata.creationTimestamp ?? status?.startedAt)
    const ended = instantOf(status?.finishedAt)
    return (
      (statuses === undefined || statuses.has(phase)) &&
      (flags.running !== true || phase === "running") &&
      (flags.completed !== true || isOver) &&
      (flags.resubmitted !== true || metadata.labels?.[resubmittedLabel] !== undefined) &&
      (metadata.name ?? "").startsWith(flags.prefix ?? "") &&
      (createdAfter === undefined || (created !== undefined && created >= createdAfter)) &&
      (endedBefore === undefined || (ended !== undefined && ended < endedBefore)) &&
      (labels === undefined || matchesLabels(labels, metadata.labels))
    )
  }
}

function readStatuses(text: string | undefined): ReadonlySet<string> | undefined {
  if (text === undefined) return undefined
  const words = text.split(",").map((word) => word.trim().toLowerCase())
  const unknown = words.find((word) => !phases.includes(word))
  if (unknown === undefined) return new Set(words)
  const found = JSON.stringify(unknown)
  throw new CliError("InvalidOption", `--status: expected ${phases.join(", ")}, found ${found}`)
}

function readSelector(text: string): LabelSelector {
  const parsed = parseLabelSelector(text)
  if (parsed.ok) return parsed.value
  const reason = parsed.issues[0]?.message ?? "is no selector"
  throw new CliError("InvalidOption", `-l: expected a label selector: ${reason}`)
}

function instantOf(text: string | undefined): number | undefined {
  const parsed = text === undefined ? undefined : parseInstant(text)
  return parsed?.ok === true ? parsed.value : undefined
}

/** The instant that lies so long before now: `90s`, `2h30m`, `3d`. */
export function before(text: string | undefined, flag: string, now: number): number | undefined {
  if (text === undefined) return undefined
  const days = /^(\d+)d$/.exec(text)?.[1]
  const parsed = days === undefined ? parseDuration(text) : undefined
  if (days !== undefined) return now - Number(days) * 86_400_000
  if (parsed?.ok === true) return now - parsed.value
  const found = JSON.stringify(text)
  throw new CliError(
    "InvalidOption",
    `${flag}: expected a duration like 90s, 2h or 3d, found ${found}`,
  )
}
