import { createVirtualClock } from "@argo-ts/kernel/clock"
import type { Workflow } from "../api/workflow.js"
import type { Compatibility } from "../core/compatibility.js"
import type { ConfigMapSource } from "../core/config-map-values.js"
import type { TemplateSource } from "../core/run.js"
import { type OutcomeRule, type RandomOutcomes, simulateExecutor } from "../executors/simulate.js"
import { createLocks, type Locks } from "../runtime/locks.js"
import type { SubmitOptions } from "../runtime/prepare.js"
import { openRun } from "../runtime/run.js"
import { anyRepository } from "../simulate/play.js"

/** How a simulated run goes. */
export interface SimulationOptions extends SubmitOptions {
  /** How steps end; the first rule that applies wins. Default: all succeed after a second. */
  readonly outcomes?: readonly OutcomeRule[]
  /** By chance, what no rule names. Default: it succeeds. */
  readonly random?: RandomOutcomes
  readonly findTemplate?: TemplateSource
  readonly findConfigMap?: ConfigMapSource
  /** Default: every semaphore has one holder at a time. */
  readonly locks?: Locks
  /** Where to do as upstream does though it is a bug. Default: nowhere. */
  readonly compatibility?: Compatibility
  /** Ends every suspended node as soon as nothing else happens. Default false: the run is handed back as it stands. */
  readonly resume?: boolean
  /** Virtual milliseconds after which the run is handed back as it stands. Default 400 days. */
  readonly limitMs?: number
}

const limitDefaultMs = 400 * 86_400_000
const resumptionsMax = 100

/**
 * Runs a manifest on virtual time with no step really run: a day of it in milliseconds, the same each time. Resolves with
 * the Workflow where nothing more happens by itself.
 */
export async function simulateWorkflow(
  manifest: unknown,
  options: SimulationOptions = {},
): Promise<Workflow> {
  const clock = createVirtualClock()
  const { findTemplate, findConfigMap, entrypoint, compatibility, workflowDefaults } = options
  let isOver = false
  const run = await openRun(manifest, {
    executors: [simulateExecutor(options.outcomes, options.random)],
    clock,
    locks: options.locks ?? createLocks({ limits: () => 1 }),
    ...(options.arguments === undefined ? {} : { arguments: options.arguments }),
    ...(entrypoint === undefined ? {} : { entrypoint }),
    ...(workflowDefaults === undefined ? {} : { workflowDefaults }),
    ...(findTemplate === undefined ? {} : { findTemplate }),
    ...(findConfigMap === undefined ? {} : { findConfigMap }),
    ...(compatibility === undefined ? {} : { compatibility }),
    findRepository: anyRepository,
  })
  run.done.then(
    () => {
      isOver = true
    },
    () => undefined,
  )
  const limit = (clock.now() + (options.limitMs ?? limitDefaultMs)) as ReturnType<typeof clock.now>
  await clock.runUntil(() => isOver, limit)
  for (let round = 0; options.resume === true && !isOver && round < resumptionsMax; round++) {
    run.send({ type: "Suspend", isSuspended: false })
    run.send({ type: "Resume" })
    await clock.runUntil(() => isOver, limit)
  }
  const workflow = run.workflow()
  run.close()
  return workflow
}
