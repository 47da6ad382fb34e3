import {
  type NodeStatus,
  type OpenWorkflow,
  openWorkflow,
  type Workflow,
} from "@argo-ts/dag-engine"
import { compareText, type EpochMs, epochMs, parseInstant } from "@argo-ts/kernel"
import { CliError, type ExitCode, type Io, type OutputFormat } from "../io.js"
import { type RunFilterFlags, runFilter } from "../workflows/filter.js"
import { type NodeFilterFlags, narrowing } from "../workflows/node-filter.js"
import { lookUp, openPlace, type RunPlace, runsIn } from "../workflows/place.js"
import { formatTable, printWorkflow, type WorkflowFormat } from "../workflows/print.js"

/** Where the runs are. */
export interface StoreFlag {
  readonly store?: string
}

/** Opens the store for as long as `work` takes. */
export async function withPlace(
  { store }: StoreFlag,
  io: Io,
  work: (place: RunPlace) => Promise<ExitCode>,
): Promise<ExitCode> {
  const place = await openPlace(store, io)
  try {
    return await work(place)
  } finally {
    await place.close()
  }
}

/** Options of `get`. */
export interface GetOptions extends StoreFlag, NodeFilterFlags {
  readonly output: WorkflowFormat
}

/** `argo-ts get NAME`: a run as recorded, or some of its nodes. */
export async function get(name: string, options: GetOptions, io: Io): Promise<ExitCode> {
  const narrow = narrowing(options)
  return withPlace(options, io, async (place) => {
    printWorkflow(narrow(await lookUp(place, name)), options.output, io)
    return 0
  })
}

/** Options of `list`. */
export interface ListOptions extends StoreFlag, RunFilterFlags {
  readonly output: OutputFormat | "name"
}

interface Listed {
  readonly key: string
  readonly phase: string
  readonly startedAt: string
  readonly duration: string
  readonly progress: string
  readonly message: string
}

/** `argo-ts list`: the runs of a store, the newest first; 1 where one cannot be read. */
export function list(options: ListOptions, io: Io): Promise<ExitCode> {
  return withPlace(options, io, async (place) => {
    const isWanted = runFilter(options, Date.now())
    const rows: Listed[] = []
    let exitCode: ExitCode = 0
    const onDamage = ({ message }: CliError): void => {
      exitCode = 1
      io.err(`argo-ts: ${message}\n`)
    }
    for await (const { key, workflow } of runsIn(place, "run", onDamage)) {
      if (isWanted(workflow)) rows.push(listed(key, workflow))
    }
    rows.sort((a, b) => compareText(b.startedAt, a.startedAt) || compareText(a.key, b.key))
    if (options.output === "json") io.out(`${JSON.stringify({ runs: rows })}\n`)
    else if (options.output === "name") for (const { key } of rows) io.out(`${key}\n`)
    else io.out(tableOf(rows))
    return exitCode
  })
}

function listed(key: string, { status }: Workflow): Listed {
  return {
    key,
    phase: status?.phase ?? "Pending",
    startedAt: status?.startedAt ?? "",
    duration: durationOf(status?.startedAt, status?.finishedAt),
    progress: status?.progress ?? "",
    message: status?.message ?? "",
  }
}

function durationOf(start: string | undefined, end: string | undefined): string {
  const from = start === undefined ? undefined : parseInstant(start)
  const to = end === undefined ? undefined : parseInstant(end)
  return from?.ok === true && to?.ok === true
    ? `${Math.round((to.value - from.value) / 1000)}s`
    : ""
}

function tableOf(rows: readonly Listed[]): string {
  if (rows.length === 0) return "no runs\n"
  const cells = rows.map(({ key, phase, startedAt, duration, progress, message }) => [
    key,
    phase,
    startedAt.slice(0, 19),
    duration,
    progress,
    message,
  ])
  return formatTable([["NAME", "STATUS", "STARTED", "DURATION", "PROGRESS", "MESSAGE"], ...cells])
}

/** Nodes by id, name or display name; refuses what names none or several. */
export function findNode(workflow: Workflow, wanted: string): NodeStatus {
  const nodes = Object.values(workflow.status?.nodes ?? {})
  const exact = nodes.filter((node) => node.id === wanted || node.name === wanted)
  const found = exact.length > 0 ? exact : nodes.filter((node) => node.displayName === wanted)
  const [node] = found
  if (node !== undefined && found.length === 1) return node
  const names = found.length === 0 ? nodes : found
  const shown = names.slice(0, 8).map((each) => each.name)
  const more = names.length > shown.length ? ", …" : ""
  throw new CliError(
    "NotFound",
    `expected one node named "${wanted}" (${shown.join(", ")}${more}), found ${found.length}`,
    { exitCode: 1 },
  )
}

/** About the run, about a node, or about a task that is no node yet. */
function sentencesOf(
  open: OpenWorkflow,
  workflow: Workflow,
  wanted: string | undefined,
  now: EpochMs,
): readonly string[] {
  const all = open.explain(now)
  if (wanted === undefined) return all
  const waiting = all.filter((sentence) => sentence.startsWith(`${wanted} is `))
  if (waiting.length > 0) return waiting
  return [open.explainNode(findNode({ ...workflow, status: open.status() }, wanted).id, now)]
}

/** `argo-ts explain NAME [NODE]`: what a run waits for. */
export function explain(
  name: string,
  wanted: string | undefined,
  options: StoreFlag & { readonly output: OutputFormat },
  io: Io,
): Promise<ExitCode> {
  return withPlace(options, io, async (place) => {
    const workflow = await lookUp(place, name)
    const now = epochMs(Date.now())
    const open = openWorkflow(workflow, { now })
    const sentences = sentencesOf(open, workflow, wanted, now)
    if (options.output === "json") io.out(`${JSON.stringify({ sentences })}\n`)
    else for (const sentence of sentences) io.out(`${sentence}\n`)
    return 0
  })
}
