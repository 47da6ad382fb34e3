import {
  type NodeStatus,
  openWorkflow,
  runKey,
  suppliedFault,
  unsuppliedFault,
  type Workflow,
  type WorkflowEvent,
} from "@argo-ts/dag-engine"
import { epochMs, OperationError } from "@argo-ts/kernel"
import { CliError, type ExitCode, type Io, type OutputFormat } from "../io.js"
import { type ChoiceFlags, chooseRuns, shownKey } from "../workflows/choose.js"
import { post } from "../workflows/mailbox.js"
import { lookUp, type RunPlace } from "../workflows/place.js"
import { nodeSelector } from "../workflows/selector.js"
import { readParameters } from "../workflows/submission.js"
import { findNode, type StoreFlag, withPlace } from "./runs.js"

/** Hands an event to the process that runs the workflow, or records what follows from it. */
async function send(place: RunPlace, key: string, event: WorkflowEvent): Promise<string> {
  try {
    return await record(place, key, event)
  } catch (error) {
    if (!isOpenElsewhere(error)) throw error
    if (place.directory === undefined) {
      throw new CliError("RunIsOpen", `${(error as Error).message}: tell that process`, {
        exitCode: 1,
      })
    }
    post(place.directory, key, event)
    return "told the process that runs it"
  }
}

function isOpenElsewhere(error: unknown): boolean {
  return error instanceof OperationError && error.code === "RunIsOpen"
}

function isOver({ status }: Workflow): boolean {
  return status?.finishedAt !== undefined
}

function refuseOver(workflow: Workflow): void {
  if (!isOver(workflow)) return
  const { phase = "" } = workflow.status ?? {}
  const message = `the run "${runKey(workflow)}" is over: ${phase}`
  throw new CliError("RunIsOver", message, { exitCode: 1 })
}

/** One event for each run; one that is over is refused. */
function unlessOver(event: WorkflowEvent): Events {
  return (workflow) => {
    refuseOver(workflow)
    return [event]
  }
}

/** Nobody runs it: what the event changes is recorded, and takes effect when it is run on. */
async function record(place: RunPlace, key: string, event: WorkflowEvent): Promise<string> {
  const stored = await place.store.load(key)
  if (stored === undefined) {
    throw new CliError("NotFound", `expected a run named "${key}", found none`, { exitCode: 1 })
  }
  const { workflow } = stored
  refuseOver(workflow)
  const now = epochMs(Date.now())
  const open = openWorkflow(workflow, { now })
  const { changes } = open.handle(event, now)
  if (event.type === "Suspend" || event.type === "Shutdown") {
    // Who opens it later reads these two in the spec.
    await place.store.snapshot(key, { ...open.object(), status: open.status() })
  } else await place.store.append(key, [...open.opened.changes, ...changes])
  return open.isDone() ? "the run is over" : "recorded; nobody runs it now"
}

/** What every control takes. */
export interface ControlOptions extends StoreFlag {
  readonly output: OutputFormat
}

/** What every control of several runs takes. */
export interface ManyOptions extends ControlOptions, ChoiceFlags {
  /** Only tells which. */
  readonly dryRun?: true
}

/** Options of `stop` and `resume`. */
export interface SelectOptions extends ManyOptions {
  /** Only suspended nodes that it names. */
  readonly nodeFieldSelector?: string
  readonly message?: string
}

type Events = (workflow: Workflow) => readonly WorkflowEvent[]

/** Tells runs what follows from how each of them stands. Every one is asked before the first is told. */
async function tell(
  names: readonly string[],
  options: ManyOptions,
  io: Io,
  events: Events,
): Promise<ExitCode> {
  return withPlace(options, io, async (place) => {
    const keys = await chooseRuns(place, names, options)
    const due: { readonly key: string; readonly events: readonly WorkflowEvent[] }[] = []
    for (const key of keys) {
      const workflow = await lookUp(place, key)
      // Whoever names a run is told that it is over; whoever chooses among all means those that are not.
      if (names.length === 0 && isOver(workflow)) continue
      due.push({ key, events: events(workflow) })
    }
    for (const { key, events: each } of due) {
      let how = "would be told"
      if (options.dryRun !== true) for (const event of each) how = await send(place, key, event)
      answer(shownKey(key), how, options, io)
    }
    if (due.length === 0 && options.output === "text") io.out("no runs\n")
    return 0
  })
}

function answer(name: string, how: string, { output }: ControlOptions, io: Io): void {
  if (output === "json") io.out(`${JSON.stringify({ ok: true, name, answer: how })}\n`)
  else io.out(`${name}: ${how}\n`)
}

function isSuspended({ type, phase }: NodeStatus): boolean {
  return type === "Suspend" && phase === "Running"
}

/** The suspended nodes that a selector names; refuses one that names none. */
function suspendedNodes(workflow: Workflow, selector: string): readonly NodeStatus[] {
  const selects = nodeSelector(selector)
  const nodes = Object.values(workflow.status?.nodes ?? {})
  const suspended = nodes.filter(isSuspended)
  const found = suspended.filter(selects)
  if (found.length > 0) return found
  const names = suspended.length === 0 ? "none" : suspended.map((node) => node.name).join(", ")
  const message = `--node-field-selector: expected one of the suspended nodes (${names}), found none that is ${selector}`
  throw new CliError("NotSuspended", message, { exitCode: 1 })
}

/** `argo-ts stop NAME…`: whole runs; with a selector, suspended nodes fail instead. */
export async function stop(
  names: readonly string[],
  options: SelectOptions,
  io: Io,
): Promise<ExitCode> {
  const { nodeFieldSelector, message } = options
  if (nodeFieldSelector !== undefined) {
    return tell(names, options, io, (workflow) =>
      suspendedNodes(workflow, nodeFieldSelector).map(({ id }) => ({
        type: "Set",
        node: id,
        phase: "Failed",
        ...(message === undefined ? {} : { message }),
      })),
    )
  }
  if (message !== undefined) {
    throw new CliError("InvalidOption", "--message: expected --node-field-selector beside it")
  }
  return tell(names, options, io, unlessOver({ type: "Shutdown", strategy: "Stop" }))
}

/** `argo-ts terminate NAME…`. */
export function terminate(
  names: readonly string[],
  options: ManyOptions,
  io: Io,
): Promise<ExitCode> {
  return tell(names, options, io, unlessOver({ type: "Shutdown", strategy: "Terminate" }))
}

/** `argo-ts suspend NAME…`: nothing new starts. */
export function suspend(names: readonly string[], options: ManyOptions, io: Io): Promise<ExitCode> {
  return tell(names, options, io, unlessOver({ type: "Suspend", isSuspended: true }))
}

/** Options of `resume`. */
export interface ResumeOptions extends SelectOptions {
  readonly node?: string
}

/** `argo-ts resume NAME…`: workflows and their suspended nodes, or some of these. */
export async function resume(
  names: readonly string[],
  options: ResumeOptions,
  io: Io,
): Promise<ExitCode> {
  const { node, nodeFieldSelector } = options
  if (node !== undefined && nodeFieldSelector !== undefined) {
    throw new CliError("InvalidOption", "expected --node or --node-field-selector, found both")
  }
  return tell(names, options, io, (workflow) => {
    if (nodeFieldSelector !== undefined) {
      return resumptions(suspendedNodes(workflow, nodeFieldSelector))
    }
    if (node !== undefined) return resumptions([findNode(workflow, node)])
    refuseOver(workflow)
    resumptions(Object.values(workflow.status?.nodes ?? {}).filter(isSuspended))
    // The last of them may end the run.
    return [{ type: "Suspend", isSuspended: false }, { type: "Resume" }]
  })
}

/** What ends suspended nodes; refused where one of them would wait on for a value. */
function resumptions(nodes: readonly NodeStatus[]): readonly WorkflowEvent[] {
  for (const { name, outputs } of nodes) {
    const fault = unsuppliedFault(outputs?.parameters ?? [])
    if (fault === undefined) continue
    const message = `${name}: ${fault}: expected \`node set -p\` before`
    throw new CliError("NotSupplied", message, { exitCode: 1 })
  }
  return nodes.map(({ id }) => ({ type: "Resume", node: id }))
}

/** Options of `node set`. */
export interface NodeSetOptions extends ControlOptions {
  readonly phase?: string
  readonly message?: string
  readonly nodeFieldSelector?: string
  readonly parameter: readonly string[]
}

const phases = ["Succeeded", "Failed", "Error", "Skipped"] as const

/** `argo-ts node set NAME NODE`: gives suspended nodes outputs, a message and a phase; each ends when none is missing. */
export async function nodeSet(
  name: string,
  wanted: string | undefined,
  options: NodeSetOptions,
  io: Io,
): Promise<ExitCode> {
  const { message, nodeFieldSelector } = options
  const phase = phases.find((each) => each === options.phase)
  if (options.phase !== undefined && phase === undefined) {
    const found = JSON.stringify(options.phase)
    throw new CliError("InvalidOption", `--phase: expected ${phases.join(", ")}, found ${found}`)
  }
  if ((wanted === undefined) === (nodeFieldSelector === undefined)) {
    const found = wanted === undefined ? "neither" : "both"
    const expected = "expected a node or --node-field-selector"
    throw new CliError("InvalidOption", `${expected}, found ${found}`)
  }
  const parameters = readParameters(options.parameter, undefined, io)
  return tell([name], options, io, (workflow) =>
    settable(workflow, wanted, nodeFieldSelector).map((node) => {
      const fault = suppliedFault(node.outputs?.parameters ?? [], parameters)
      if (fault !== undefined) throw new CliError("InvalidOption", `-p: ${fault}`, { exitCode: 1 })
      return {
        type: "Set",
        node: node.id,
        parameters,
        ...(phase === undefined ? {} : { phase }),
        ...(message === undefined ? {} : { message }),
      }
    }),
  )
}

/** The nodes that are meant; refuses what is not suspended. */
function settable(
  workflow: Workflow,
  wanted: string | undefined,
  selector: string | undefined,
): readonly NodeStatus[] {
  if (wanted === undefined) return suspendedNodes(workflow, selector ?? "")
  const node = findNode(workflow, wanted)
  if (isSuspended(node)) return [node]
  const found = `a ${node.type} node that is ${node.phase}`
  const message = `expected a suspended node, found ${found}: ${node.name}`
  throw new CliError("NotSuspended", message, { exitCode: 1 })
}
