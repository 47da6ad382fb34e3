import { type EpochMs, parseDuration } from "@argo-ts/kernel"
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
  /** The attempt of a retried node, from 0. Default: all. */
  readonly attempt?: number
  /** Default `Succeeded`. */
  readonly phase?: "Succeeded" | "Failed" | "Error"
  /** Default 0 for Succeeded, 1 otherwise. */
  readonly exitCode?: number
  readonly message?: string
  /** `outputs.result`. Default: empty. */
  readonly result?: string
  /** Output parameters. What is declared and not here takes `valueFrom.default`, else the empty text. */
  readonly parameters?: { readonly [name: string]: string | number | boolean }
  /** A Go duration on the clock. Default 1s. */
  readonly duration?: string
}

const defaultMs = 1000

/** Runs nothing: every step takes its time on the clock and ends as the rules say. */
export function simulateExecutor(rules: readonly OutcomeRule[] = []): Executor {
  const compiled = rules.map((rule) => ({ rule, matches: matcher(rule) }))
  const running = new Map<string, () => void>()
  return {
    accepts: () => true,
    start(task, world) {
      world.started(task)
      const rule = compiled.find(({ matches }) => matches(task))?.rule ?? {}
      const { clock } = world
      return new Promise((resolve) => {
        const end = (outcome: Outcome): void => {
          running.delete(task.key)
          resolve(outcome)
        }
        const at = Math.max(clock.now(), task.startedAt + durationOf(rule)) as EpochMs
        const cancel = clock.wakeAt(at, task.key, () => end(outcomeOf(task, rule)))
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

function matcher(rule: OutcomeRule): (task: Task) => boolean {
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

function outcomeOf(task: Task, rule: OutcomeRule): Outcome {
  const phase = rule.phase ?? "Succeeded"
  const exitCode = String(rule.exitCode ?? (phase === "Succeeded" ? 0 : 1))
  const artifacts: Artifact[] = (task.template.outputs?.artifacts ?? []).map((declared) => ({
    ...declared,
    s3: { key: artifactKey(task, declared) },
  }))
  const message =
    rule.message ?? (phase === "Failed" ? `main: Error (exit code ${exitCode})` : undefined)
  return {
    phase,
    exitCode,
    result: rule.result ?? "",
    parameters: parametersOf(task, rule),
    artifacts: phase === "Succeeded" ? artifacts : [],
    ...(message === undefined ? {} : { message }),
  }
}

function parametersOf(task: Task, rule: OutcomeRule): { [name: string]: string } {
  const parameters = Object.create(null) as { [name: string]: string }
  const given = rule.parameters ?? {}
  for (const { name, valueFrom } of task.template.outputs?.parameters ?? []) {
    if (Object.hasOwn(given, name)) parameters[name] = String(given[name])
    else if (valueFrom?.default === undefined && (rule.phase ?? "Succeeded") === "Succeeded") {
      parameters[name] = ""
    }
  }
  return parameters
}
