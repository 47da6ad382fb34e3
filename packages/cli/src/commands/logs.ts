import { setTimeout as wait } from "node:timers/promises"
import type { NodeStatus, Workflow } from "@argo-ts/dag-engine"
import { parseInstant, thrownText } from "@argo-ts/kernel"
import { CliError, type ExitCode, type Io, type OutputFormat } from "../io.js"
import { before } from "../workflows/filter.js"
import { type NodeFilterFlags, narrowing } from "../workflows/node-filter.js"
import { findKey, lookUp } from "../workflows/place.js"
import { type StepLine, stepOutput } from "../workflows/step-output.js"
import { workDirectory } from "../workflows/work.js"
import { findNode, type StoreFlag, withPlace } from "./runs.js"

/** Options of `logs`. */
export interface LogsOptions extends StoreFlag, NodeFilterFlags {
  readonly directory?: string
  /** Default: the main one. */
  readonly container?: string
  /** Goes on until the run is over. */
  readonly follow?: true
  /** Only lines that match this regular expression. */
  readonly grep?: string
  /** Only the last so many lines of each step, of those that are there at the beginning. */
  readonly tail?: number
  /** Only steps that ended, if they did, no longer ago than this. */
  readonly since?: string
  readonly sinceTime?: string
  readonly output: OutputFormat
}

const lookMs = 200
const containerName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

/** `argo-ts logs NAME [NODE]`: what the steps wrote. */
export async function logs(
  name: string,
  wanted: string | undefined,
  options: LogsOptions,
  io: Io,
): Promise<ExitCode> {
  const isMatch = matcher(options.grep)
  const since = sinceOf(options, Date.now())
  const narrow = narrowing(options)
  if (options.container !== undefined && !containerName.test(options.container)) {
    const found = JSON.stringify(options.container)
    throw new CliError("InvalidOption", `-c: expected the name of a container, found ${found}`)
  }
  return withPlace(options, io, async (place) => {
    const key = await findKey(place, name)
    const directory = workDirectory(place, options.directory, io)
    const output = stepOutput(directory, options.container)
    const print = printer(options.output, io)
    for (let isFirst = true; ; isFirst = false) {
      const workflow = narrow(await lookUp(place, key))
      const isOver = workflow.status?.finishedAt !== undefined
      const isLast = options.follow !== true || isOver
      const nodes = stepsOf(workflow, wanted, isFirst || isLast).filter((node) =>
        lasts(node, since),
      )
      const lines = output.take(workflow, nodes, isLast).filter(({ line }) => isMatch(line))
      for (const line of isFirst ? lastLines(lines, options.tail) : lines) print(line)
      if (isLast || io.signal.aborted) return 0
      await wait(lookMs, undefined, { signal: io.signal }).catch(() => undefined)
    }
  })
}

function matcher(grep: string | undefined): (line: string) => boolean {
  if (grep === undefined) return () => true
  try {
    const expression = new RegExp(grep)
    return (line) => expression.test(line)
  } catch (error) {
    const reason = thrownText(error)
    throw new CliError("InvalidOption", `--grep: expected a regular expression: ${reason}`)
  }
}

function sinceOf({ since, sinceTime }: LogsOptions, now: number): number | undefined {
  if (since !== undefined && sinceTime !== undefined) {
    throw new CliError("InvalidOption", "expected --since or --since-time, found both")
  }
  if (sinceTime === undefined) return before(since, "--since", now)
  const parsed = parseInstant(sinceTime)
  if (parsed.ok) return parsed.value
  const found = JSON.stringify(sinceTime)
  const example = "2026-01-31T12:00:00Z"
  throw new CliError(
    "InvalidOption",
    `--since-time: expected an instant like ${example}, found ${found}`,
  )
}

function lasts({ finishedAt }: NodeStatus, since: number | undefined): boolean {
  const ended = finishedAt === undefined ? undefined : parseInstant(finishedAt)
  return since === undefined || ended?.ok !== true || ended.value >= since
}

/** The steps that are meant. While a run is followed, the node that was asked for may be yet to come. */
function stepsOf(
  workflow: Workflow,
  wanted: string | undefined,
  isStrict: boolean,
): readonly NodeStatus[] {
  const nodes = Object.values(workflow.status?.nodes ?? {})
  if (wanted === undefined) return nodes.filter(({ type }) => type === "Pod")
  const isOver = workflow.status?.finishedAt !== undefined
  const names = ({ id, name, displayName }: NodeStatus): boolean =>
    [id, name, displayName].includes(wanted)
  return (isStrict && isOver) || nodes.some(names) ? [findNode(workflow, wanted)] : []
}

function lastLines(lines: readonly StepLine[], count: number | undefined): readonly StepLine[] {
  if (count === undefined) return lines
  const left = new Map<NodeStatus, number>()
  for (const { node } of lines) left.set(node, (left.get(node) ?? 0) + 1)
  return lines.filter(({ node }) => {
    const behind = left.get(node) ?? 0
    left.set(node, behind - 1)
    return behind <= count
  })
}

function printer(format: OutputFormat, io: Io): (line: StepLine) => void {
  return ({ node: { id, displayName }, line }) => {
    const asJson = (): string => JSON.stringify({ node: id, name: displayName, line })
    io.out(format === "json" ? `${asJson()}\n` : `${displayName}: ${line}\n`)
  }
}
