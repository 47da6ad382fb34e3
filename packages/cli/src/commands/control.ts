import {
  type NodeStatus,
  openWorkflow,
  suppliedFault,
  unsuppliedFault,
  type Workflow,
  type WorkflowEvent,
} from "@argo-ts/dag-engine"
import { epochMs, OperationError } from "@argo-ts/kernel"
import { CliError, type ExitCode, type Io, type OutputFormat } from "../io.js"
import { post } from "../workflows/mailbox.js"
import { keyOf, lookUp, type RunPlace } from "../workflows/place.js"
import { nodeSelector } from "../workflows/selector.js"
import { readParameters } from "../workflows/submission.js"
import { findNode, type StoreFlag, withPlace } from "./runs.js"

/** Hands an event to the process that runs the workflow, or records what follows from it. */
async function send(place: RunPlace, name: string, event: WorkflowEvent): Promise<string> {
  const key = keyOf(name)
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

/** Nobody runs it: what the event changes is recorded, and takes effect when it is run on. */
async function record(place: RunPlace, key: string, event: WorkflowEvent): Promise<string> {
  const stored = await place.store.load(key)
  if (stored === undefined) {
    throw new CliError("NotFound", `expected a run named "${key}", found none`, { exitCode: 1 })
  }
  const { workflow } = stored
  if (workflow.status?.finishedAt !== undefined) {
    const phase = workflow.status.phase ?? ""
    throw new CliError("RunIsOver", `the run "${key}" is over: ${phase}`, { exitCode: 1 })
  }
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

/** Options of `stop` and `resume`. */
export interface SelectOptions extends ControlOptions {
  /** Only suspended nodes that it names. */
  readonly nodeFieldSelector?: string
  readonly message?: string
}

async function tell(
  name: string,
  options: ControlOptions,
  io: Io,
  events: (workflow: Workflow) => readonly WorkflowEvent[],
): Promise<ExitCode> {
  return withPlace(options, io, async (place) => {
    const workflow = await lookUp(place, name)
    let how = ""
    for (const event of events(workflow)) how = await send(place, name, event)
    if (options.output === "json") io.out(`${JSON.stringify({ ok: true, name, answer: how })}\n`)
    else io.out(`${name}: ${how}\n`)
    return 0
  })
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

/** `argo-ts stop NAME`: the whole run; with a selector, suspended nodes fail instead. */
export async function stop(name: string, options: SelectOptions, io: Io): Promise<ExitCode> {
  const { nodeFieldSelector, message } = options
  if (nodeFieldSelector === undefined) {
    if (message !== undefined) {
      throw new CliError("InvalidOption", "--message: expected --node-field-selector beside it")
    }
    return tell(name, options, io, () => [{ type: "Shutdown", strategy: "Stop" }])
  }
  return tell(name, options, io, (workflow) =>
    suspendedNodes(workflow, nodeFieldSelector).map(({ id }) => ({
      type: "Set",
      node: id,
      phase: "Failed",
      ...(message === undefined ? {} : { message }),
    })),
  )
}

/** `argo-ts terminate NAME`. */
export function terminate(name: string, options: ControlOptions, io: Io): Promise<ExitCode> {
  return tell(name, options, io, () => [{ type: "Shutdown", strategy: "Terminate" }])
}

/** `argo-ts suspend NAME`: nothing new starts. */
export function suspend(name: string, options: ControlOptions, io: Io): Promise<ExitCode> {
  return tell(name, options, io, () => [{ type: "Suspend", isSuspended: true }])
}

/** `argo-ts resume NAME [NODE]`: the workflow and its suspended nodes, or some of them. */
export async function resume(
  name: string,
  wanted: string | undefined,
  options: SelectOptions,
  io: Io,
): Promise<ExitCode> {
  const { nodeFieldSelector } = options
  if (wanted !== undefined && nodeFieldSelector !== undefined) {
    throw new CliError("InvalidOption", "expected a node or --node-field-selector, found both")
  }
  return tell(name, options, io, (workflow) => {
    if (nodeFieldSelector !== undefined) {
      return resumptions(suspendedNodes(workflow, nodeFieldSelector))
    }
    if (wanted !== undefined) return resumptions([findNode(workflow, wanted)])
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
  readonly parameter: readonly string[]
}

const phases = ["Succeeded", "Failed", "Error", "Skipped"] as const

/** `argo-ts node set NAME NODE`: gives a suspended node outputs, a message and a phase; it ends when none is missing. */
export function nodeSet(
  name: string,
  wanted: string,
  options: NodeSetOptions,
  io: Io,
): Promise<ExitCode> {
  const phase = phases.find((each) => each === options.phase)
  if (options.phase !== undefined && phase === undefined) {
    const message = `--phase: expected ${phases.join(", ")}, found ${JSON.stringify(options.phase)}`
    throw new CliError("InvalidOption", message)
  }
  const parameters = readParameters(options.parameter, undefined, io)
  return tell(name, options, io, (workflow) => {
    const node = findNode(workflow, wanted)
    if (!isSuspended(node)) {
      const found = `a ${node.type} node that is ${node.phase}`
      const message = `expected a suspended node, found ${found}: ${node.name}`
      throw new CliError("NotSuspended", message, { exitCode: 1 })
    }
    const fault = suppliedFault(node.outputs?.parameters ?? [], parameters)
    if (fault !== undefined) throw new CliError("InvalidOption", `-p: ${fault}`, { exitCode: 1 })
    const { message } = options
    return [
      {
        type: "Set",
        node: node.id,
        parameters,
        ...(phase === undefined ? {} : { phase }),
        ...(message === undefined ? {} : { message }),
      },
    ]
  })
}
