import { createRandomStreams, type EpochMs, parseDuration } from "@argo-ts/kernel"
import type { Artifact } from "../api/artifact.js"
import type { Outcome } from "../core/actions.js"
import { artifactKey } from "./artifact-keys.js"
import type { Executor, Task } from "./executor.js"

/** How some steps end. A rule applies where everything it names matches; the first that applies wins. */
export interface OutcomeRule {
  /** A glob over node names (`*` any characters, `?` one): `*.build(*)`. Default: all. */
  readonly node?: string
  /** A template's name. Default: all. */
  readonly template?: string
  /** The attempt of a retried node, from 0; what is not retried has none. Default: all. */
  readonly attempt?: number
  /** Default `Succeeded`. */
  readonly phase?: "Succeeded" | "Failed" | "Error"
  /** Default 0 for Succeeded, 1 otherwise. */
  readonly exitCode?: number
  readonly message?: string
  /** `outputs.result`. Default: empty. */
  readonly result?: string | number | boolean
  /** Output parameters. What is declared and not here takes its `value` or `valueFrom.default`, else the empty text. */
  readonly parameters?: { readonly [name: string]: string | number | boolean }
  /** The output artifacts that are there. Default: all that are declared where it succeeds, none otherwise. */
  readonly artifacts?: readonly string[]
  /** A Go duration on the clock; of a daemon that succeeds, until it is ready. Default 1s. */
  readonly duration?: string
}

const defaultMs = 1000

/** Outcomes by chance, for what no rule names. */
export interface RandomOutcomes {
  /** The same seed gives the same outcomes, whatever the order in which steps begin. */
  readonly seed: number | string
  /** How many of a hundred steps fail. Default 20. */
  readonly failedPercent?: number
  /** How many of a hundred steps end in error. Default 5. */
  readonly errorPercent?: number
  /** The longest a step takes, in milliseconds. Default 10,000. */
  readonly durationMaxMs?: number
}

/** How a step ends, and when. */
export interface ScriptedOutcome {
  readonly outcome: Outcome
  readonly durationMs: number
}

/** What a script needs to know of a step. */
export type ScriptedTask = Pick<
  Task,
  "workflow" | "nodeName" | "podName" | "templateName" | "template"
>

/** How steps end: the first rule that applies, else chance, else success after a second. */
export function scriptOutcomes(
  rules: readonly OutcomeRule[],
  random?: RandomOutcomes,
): (task: ScriptedTask) => ScriptedOutcome {
  const compiled = rules.map((rule) => ({ rule, matches: matcher(rule) }))
  return (task) => {
    const found = compiled.find(({ matches }) => matches(task))?.rule
    const rule = found ?? (random === undefined ? {} : randomRule(task.nodeName, random))
    return { outcome: outcomeOf(task, rule), durationMs: durationOf(rule) }
  }
}

/** One stream a node: what one step draws does not shift another. */
function randomRule(node: string, random: RandomOutcomes): OutcomeRule {
  const { seed, failedPercent = 20, errorPercent = 5, durationMaxMs = 10_000 } = random
  const stream = createRandomStreams(seed).stream(node)
  const drawn = stream.next() * 100
  const duration = `${1 + stream.integer(durationMaxMs)}ms`
  if (drawn < failedPercent) return { phase: "Failed", exitCode: 1 + stream.integer(3), duration }
  if (drawn < failedPercent + errorPercent) return { phase: "Error", duration }
  return { phase: "Succeeded", duration }
}

/** Runs nothing: every step takes its time on the clock and ends as the rules say. */
export function simulateExecutor(
  rules: readonly OutcomeRule[] = [],
  random?: RandomOutcomes,
): Executor {
  const script = scriptOutcomes(rules, random)
  const running = new Map<string, () => void>()
  return {
    accepts: () => true,
    start(task, world) {
      world.started(task)
      const { outcome, durationMs } = script(task)
      const { clock } = world
      return new Promise((resolve) => {
        const end = (ended: Outcome): void => {
          running.delete(task.key)
          resolve(ended)
        }
        const at = Math.max(clock.now(), task.startedAt + durationMs) as EpochMs
        const isDaemon = task.template.daemon === true && outcome.phase === "Succeeded"
        const cancel = clock.wakeAt(at, task.key, () => {
          if (isDaemon) world.ready(task, { podIP: "127.0.0.1" })
          else end(outcome)
        })
        running.set(task.key, () => {
          cancel()
          end({ phase: "Failed", message: "stopped", exitCode: "143" })
        })
      })
    },
    stop: (key) => running.get(key)?.(),
  }
}

function durationOf(rule: OutcomeRule): number {
  if (rule.duration === undefined) return defaultMs
  const parsed = parseDuration(rule.duration)
  return parsed.ok ? parsed.value : defaultMs
}

function matcher(rule: OutcomeRule): (task: ScriptedTask) => boolean {
  const pattern = rule.node === undefined ? undefined : globPattern(rule.node)
  return (task) => {
    if (rule.template !== undefined && rule.template !== task.templateName) return false
    if (rule.attempt !== undefined && !task.nodeName.endsWith(`(${rule.attempt})`)) return false
    return pattern === undefined || pattern.test(task.nodeName)
  }
}

function globPattern(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, "\\$&")
  return new RegExp(`^${escaped.replace(/\*+/g, ".*").replace(/\?/g, ".")}$`, "su")
}

function outcomeOf(task: ScriptedTask, rule: OutcomeRule): Outcome {
  const phase = rule.phase ?? "Succeeded"
  // Requests and plugins are no processes: they have the exit code that a rule gives them, if any.
  const isProcess = task.template.http === undefined && task.template.plugin === undefined
  const ended = isProcess ? (phase === "Succeeded" ? 0 : 1) : undefined
  const exitCode = rule.exitCode ?? ended
  const isThere = (name: string): boolean => rule.artifacts?.includes(name) ?? phase === "Succeeded"
  const artifacts: Artifact[] = (task.template.outputs?.artifacts ?? [])
    .filter(({ name }) => isThere(name))
    .map((declared) => ({ ...declared, s3: { ...declared.s3, key: artifactKey(task, declared) } }))
  const message =
    rule.message ??
    (phase === "Failed" && exitCode !== undefined
      ? `main: Error (exit code ${exitCode})`
      : undefined)
  return {
    phase,
    hostNodeName: "simulated",
    ...(exitCode === undefined ? {} : { exitCode: String(exitCode) }),
    result: String(rule.result ?? ""),
    parameters: parametersOf(task, rule),
    artifacts,
    ...(message === undefined ? {} : { message }),
  }
}

function parametersOf(task: ScriptedTask, rule: OutcomeRule): { [name: string]: string } {
  const parameters = Object.create(null) as { [name: string]: string }
  const given = rule.parameters ?? {}
  const isMade = (rule.phase ?? "Succeeded") === "Succeeded"
  for (const { name, value, valueFrom } of task.template.outputs?.parameters ?? []) {
    if (Object.hasOwn(given, name)) parameters[name] = String(given[name])
    else if (isMade && value === undefined && valueFrom?.default === undefined) {
      parameters[name] = ""
    }
  }
  return parameters
}
