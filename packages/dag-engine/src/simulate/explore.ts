import { compareText, epochMs } from "@argo-ts/kernel"
import type { NodeStatus } from "../api/status.js"
import type { Outcome, StartAction } from "../core/actions.js"
import type { ConfigMapSource } from "../core/config-map-values.js"
import { effectiveSpec } from "../core/effective-spec.js"
import type { TemplateSource } from "../core/run.js"
import { type OutcomeRule, type RandomOutcomes, scriptOutcomes } from "../executors/simulate.js"
import { prepareWorkflow, type SubmitOptions } from "../runtime/prepare.js"
import { type Catalogue, catalogueOf } from "./catalogue.js"
import { type Played, playWorkflow, stepName } from "./play.js"

/** How a workflow is explored. */
export interface ExploreOptions extends SubmitOptions {
  /** What these rules decide is not varied; a rule that leaves out the phase fixes the outputs only. */
  readonly outcomes?: readonly OutcomeRule[]
  readonly findTemplate?: TemplateSource
  readonly findConfigMap?: ConfigMapSource
  /** At most so many runs. Default 20,000. */
  readonly runsMax?: number
  /** Draws so many runs by chance instead of trying every combination. */
  readonly random?: RandomOutcomes & { readonly runs: number }
  /** Ends in Error are tried besides Failed. Default false. */
  readonly withErrors?: boolean
}

/** A step that ran although another had failed. */
export interface ExploredFailure {
  readonly step: string
  /** A step that had failed for good before this one began. */
  readonly after: string
}

/** What all combinations of outcomes lead to. */
export interface Exploration {
  readonly runs: number
  /** True where every combination was tried. */
  readonly isComplete: boolean
  /** How many runs ended in each phase. */
  readonly phases: { readonly [phase: string]: number }
  /** Steps and tasks, as `template/step`, that ran in none. */
  readonly deadSteps: readonly string[]
  /** Handlers, as `template/step.onExit`, `template/step.hooks.name` or `onExit`, that ran in none. */
  readonly deadHandlers: readonly string[]
  /** Steps that ran in some run although another had failed before; handlers are left out. */
  readonly afterFailure: readonly ExploredFailure[]
}

const runsDefault = 20_000

/**
 * Runs a small workflow with every combination of how its steps can end — succeeding or failing, and with each result
 * that a `when` asks for — and tells what never runs and what may run after a failure. Rejects invalid manifests with
 * `InvalidWorkflowError`.
 */
export function exploreWorkflow(manifest: unknown, options: ExploreOptions = {}): Exploration {
  const workflow = prepareWorkflow(manifest, options, epochMs(0))
  const findTemplate = options.findTemplate ?? (() => undefined)
  const findConfigMap = options.findConfigMap ?? (() => undefined)
  const { spec } = effectiveSpec(workflow, findTemplate)
  const catalogue = catalogueOf(spec)
  const findings = createFindings(catalogue)
  const { random, runsMax = runsDefault } = options
  const play = (outcomeOf: (action: StartAction) => Scripted): void =>
    findings.add(
      playWorkflow(workflow, { outcomeOf, findTemplate, findConfigMap }),
      workflow.metadata.name ?? "",
    )
  const taskOf = (action: StartAction): Parameters<ReturnType<typeof scriptOutcomes>>[0] => ({
    ...action,
    workflow: workflow.metadata.name ?? "",
  })
  if (random !== undefined) {
    for (let run = 0; run < random.runs; run++) {
      const seeded = { ...random, seed: `${random.seed}/${run}` }
      const script = scriptOutcomes(options.outcomes ?? [], seeded)
      play((action) => script(taskOf(action)))
    }
    return findings.result(random.runs, false)
  }
  const script = scriptOutcomes(options.outcomes ?? [])
  const isFixed = fixedPhases(options.outcomes ?? [])
  let choices: Choice[] = []
  for (let run = 1; ; run++) {
    let depth = 0
    const made = choices
    play((action) => {
      const base = script(taskOf(action))
      const variants = variantsOf(action, base, catalogue, {
        isFixed: isFixed(taskOf(action)),
        withErrors: options.withErrors === true,
      })
      const choice = made[depth] ?? { index: 0, count: variants.length }
      made[depth] = choice
      depth++
      return variants[choice.index] ?? base
    })
    choices = nextChoices(made.slice(0, depth))
    if (choices.length === 0) return findings.result(run, true)
    if (run >= runsMax) return findings.result(run, false)
  }
}

type Scripted = { readonly outcome: Outcome; readonly durationMs: number }

interface Choice {
  readonly index: number
  readonly count: number
}

/** The next combination, as an odometer counts; none after the last. */
function nextChoices(choices: readonly Choice[]): Choice[] {
  const next = [...choices]
  for (let last = next.pop(); last !== undefined; last = next.pop()) {
    if (last.index + 1 < last.count) return [...next, { ...last, index: last.index + 1 }]
  }
  return []
}

/** Which steps have a rule that names their phase. */
function fixedPhases(
  rules: readonly OutcomeRule[],
): (task: Parameters<ReturnType<typeof scriptOutcomes>>[0]) => boolean {
  // A rule is asked whether it applies by the exit code that it alone would give.
  const marked = rules.map((rule) => ({ ...rule, exitCode: rule.phase === undefined ? -1 : -2 }))
  const script = scriptOutcomes(marked)
  return (task) => script(task).outcome.exitCode === "-2"
}

function variantsOf(
  action: StartAction,
  base: Scripted,
  catalogue: Catalogue,
  { isFixed, withErrors }: { readonly isFixed: boolean; readonly withErrors: boolean },
): readonly Scripted[] {
  if (isFixed) return [base]
  const step = action.nodeName.replace(/\(.*$/s, "").split(".").at(-1) ?? ""
  let variants: readonly Scripted[] = [base]
  for (const [key, values] of catalogue.compared) {
    const [name, output = ""] = key.split("\n")
    if (name !== step) continue
    const known = [...values, otherThan(values)]
    variants = variants.flatMap((each) => known.map((value) => withOutput(each, output, value)))
  }
  // A failure comes first: whatever may run after it then does.
  const durationMs = base.durationMs / 2
  const failed: Scripted = {
    durationMs,
    outcome: { phase: "Failed", exitCode: "1", message: "main: Error (exit code 1)" },
  }
  const broken: Scripted = { durationMs, outcome: { phase: "Error", message: "tried" } }
  return [...variants, failed, ...(withErrors ? [broken] : [])]
}

function otherThan(values: ReadonlySet<string>): string {
  let other = "other"
  while (values.has(other)) other += "-"
  return other
}

function withOutput({ outcome, durationMs }: Scripted, output: string, value: string): Scripted {
  if (output === "result") return { outcome: { ...outcome, result: value }, durationMs }
  const name = output.slice("parameters.".length)
  const parameters = { ...outcome.parameters, [name]: value }
  return { outcome: { ...outcome, parameters }, durationMs }
}

interface Findings {
  add(played: Played, workflow: string): void
  result(runs: number, isComplete: boolean): Exploration
}

function createFindings(catalogue: Catalogue): Findings {
  const phases = new Map<string, number>()
  const ran = new Set<string>()
  const handled = new Set<string>()
  const after = new Map<string, string>()
  return {
    add({ status, failedBefore, isDone }, workflow) {
      const phase = isDone ? (status.phase ?? "Running") : "Unfinished"
      phases.set(phase, (phases.get(phase) ?? 0) + 1)
      const nodes = status.nodes ?? {}
      for (const node of Object.values(nodes)) {
        if (node.type === "Skipped") continue
        const handler = handlerOf(nodes, node, workflow)
        if (handler !== undefined) handled.add(handler)
        else ran.add(keyOf(nodes, node))
      }
      for (const [id, failed] of failedBefore) {
        const key = stepOf(nodes, id)
        if (key === undefined || after.has(key)) continue
        for (const other of failed) {
          const cause = stepOf(nodes, other)
          if (cause === undefined || cause === key || isRescued(nodes, other)) continue
          after.set(key, cause)
          break
        }
      }
    },
    result(runs, isComplete) {
      const sorted = (names: Iterable<string>): string[] => [...names].toSorted(compareText)
      return {
        runs,
        isComplete,
        phases: Object.fromEntries(
          sorted(phases.keys()).map((name) => [name, phases.get(name) ?? 0]),
        ),
        deadSteps: sorted([...catalogue.steps].filter((name) => !ran.has(name))),
        deadHandlers: sorted([...catalogue.handlers].filter((name) => !handled.has(name))),
        afterFailure: sorted(after.keys()).map((step) => ({ step, after: after.get(step) ?? "" })),
      }
    },
  }
}

type Nodes = { readonly [id: string]: NodeStatus }

function boundaryOf(nodes: Nodes, node: NodeStatus): string {
  const boundary = node.boundaryID === undefined ? undefined : nodes[node.boundaryID]
  return boundary?.templateName ?? "inline"
}

function keyOf(nodes: Nodes, node: NodeStatus): string {
  return `${boundaryOf(nodes, node)}/${stepName(node)}`
}

/** The step that a leaf belongs to; `undefined` for handlers and what runs in them. */
function stepOf(nodes: Nodes, id: string): string | undefined {
  const node = nodes[id]
  if (node === undefined || /\.(onExit|hooks\.[\w-]+)/.test(node.name)) return undefined
  return keyOf(nodes, node)
}

function handlerOf(nodes: Nodes, node: NodeStatus, workflow: string): string | undefined {
  if (node.nodeFlag?.hooked !== true) return undefined
  const found = /^(.*)\.(onExit|hooks\.[\w-]+)$/s.exec(node.name.replace(/\(\d+\)$/, ""))
  const [, owner = "", hook = ""] = found ?? []
  if (owner === workflow) return hook
  return `${boundaryOf(nodes, node)}/${stepName(node).replace(/\.(onExit|hooks\.[\w-]+)$/, "")}.${hook}`
}

/** True where a failed attempt was tried again and the step ended well. */
function isRescued(nodes: Nodes, id: string): boolean {
  const node = nodes[id]
  if (node?.nodeFlag?.retried !== true) return false
  const name = node.name.replace(/\(\d+\)$/, "")
  const parent = Object.values(nodes).find((each) => each.name === name && each.type === "Retry")
  return parent?.phase === "Succeeded"
}
