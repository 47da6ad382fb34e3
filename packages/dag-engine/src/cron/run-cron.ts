import { type EpochMs, formatIssue, OperationError, thrownText } from "@argo-ts/kernel"
import { systemClock } from "@argo-ts/kernel/clock"
import type { CronWorkflow } from "../api/cron-workflow.js"
import type { Workflow } from "../api/workflow.js"
import { type OpenRun, openRun, type RunOptions } from "../runtime/run.js"
import { type CronAction, decideCron, noteSubmission } from "./decide.js"
import { parseCronWorkflow } from "./parse.js"

/** How a CronWorkflow is run in this process. */
export interface CronOptions extends Omit<RunOptions, "on"> {
  /** Told of each run as it begins. */
  readonly onRun?: (run: OpenRun, workflow: Workflow) => void
}

/** A CronWorkflow that runs in this process. */
export interface RunningCron {
  /** The object with its status as it is now. */
  cron(): CronWorkflow
  /** Runs that are known: those that go on, and as many others as history has room for. */
  runs(): readonly Workflow[]
  /** Starts nothing more; runs that go on are left to go on. */
  stop(): void
}

/**
 * Starts runs of a CronWorkflow when they are due, as long as this process lives or until it is stopped. Throws where the
 * manifest is none.
 */
export function startCron(manifest: unknown, options: CronOptions): RunningCron {
  const parsed = parseCronWorkflow(manifest)
  if (!parsed.ok) {
    const lines = parsed.issues.map(formatIssue).join("\n")
    throw new OperationError(`the manifest is no valid CronWorkflow:\n${lines}`, {
      code: "InvalidCronWorkflow",
      retryable: false,
    })
  }
  const clock = options.clock ?? systemClock()
  const { onRun, ...runOptions } = options
  const runs = new Map<string, { open: OpenRun | undefined; workflow: Workflow }>()
  const listed = () => [...runs.values()].map(({ open, workflow }) => open?.workflow() ?? workflow)
  let cron = parsed.value
  let servedUntil: EpochMs | undefined
  let cancel: () => void = () => undefined
  let isStopped = false
  const note = (name: string, fault?: string): void => {
    cron = { ...cron, status: noteSubmission(cron.status ?? {}, { name, fault }, clock.now()) }
  }
  const submit = async (workflow: Workflow): Promise<void> => {
    const { name = "" } = workflow.metadata
    const entry: { open: OpenRun | undefined; workflow: Workflow } = { open: undefined, workflow }
    runs.set(name, entry)
    entry.open = await openRun(workflow, { ...runOptions, clock }).catch((error: unknown) => {
      note(name, thrownText(error))
      throw error
    })
    note(name)
    onRun?.(entry.open, workflow)
    entry.workflow = await entry.open.done
    entry.open = undefined
  }
  const perform = (action: CronAction): void => {
    if (action.type === "Submit") {
      submit(action.workflow)
        .catch((error: unknown) => {
          options.logger?.error("a run of a CronWorkflow cannot go on", { error })
          runs.delete(action.workflow.metadata.name ?? "")
        })
        .finally(look)
    } else if (action.type === "Terminate") {
      runs.get(action.name)?.open?.send({ type: "Shutdown", strategy: "Terminate" })
    } else runs.delete(action.name)
  }
  const look = (): void => {
    if (isStopped) return
    const observed = { runs: listed(), ...(servedUntil === undefined ? {} : { servedUntil }) }
    const decision = decideCron(cron, observed, clock.now())
    cron = { ...cron, status: decision.status }
    ;({ servedUntil } = decision)
    for (const action of decision.actions) perform(action)
    cancel()
    cancel = () => undefined
    const { wakeAt } = decision
    if (wakeAt === undefined) return
    cancel = clock.wakeAt(wakeAt, `cron/${cron.metadata.name ?? ""}`, look)
  }
  look()
  return {
    cron: () => cron,
    runs: listed,
    stop() {
      isStopped = true
      cancel()
    },
  }
}
