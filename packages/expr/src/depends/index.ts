/**
 * The `depends` field of Workflows' DAG tasks.
 *
 * @packageDocumentation
 */
import { failed, ok, type Result } from "@argo-ts/kernel"
import { compileExpr, requireBoolean } from "../expr/compile.js"
import { type ExprIssue, Fault, issueOf, type Program } from "../issue.js"
import type { Value } from "../values/value.js"

/** The results a task can be asked for. */
export const taskResults = [
  "Succeeded",
  "Failed",
  "Errored",
  "Skipped",
  "Omitted",
  "Daemoned",
  "AnySucceeded",
  "AllFailed",
] as const

/** One of the results a task can be asked for. */
export type TaskResult = (typeof taskResults)[number]

/** What `depends` needs to know of a task. */
export interface DependsTask {
  readonly name: string
  /** `continueOn.error`: a bare name also accepts an error. */
  readonly continueOnError?: boolean
  /** `continueOn.failed`: a bare name also accepts a failure. */
  readonly continueOnFailed?: boolean
}

/** The results that hold, by task name; what is absent is false. */
export type TaskResults = ReadonlyMap<string, Iterable<TaskResult>>

/** A task that `depends` names. `items`: its fan-out is asked for (`AnySucceeded`, `AllFailed`). */
export interface Dependency {
  readonly name: string
  readonly kind: "task" | "items"
}

/** A compiled `depends`. */
export interface DependsProgram extends Program<TaskResults, boolean> {
  /** Tasks it names, in order of appearance. */
  readonly dependencies: readonly Dependency[]
  /** The text with bare names written out, as upstream records it. */
  readonly logic: string
}

const scan = /([a-zA-Z0-9][-a-zA-Z0-9]*\.[A-Z][a-zA-Z]+)|([a-zA-Z0-9][-a-zA-Z0-9]*)/g
const known = new Set<string>(taskResults)

/** Compiles a `depends` text over the tasks of its DAG. */
export function compileDepends(
  source: string,
  tasks: Iterable<DependsTask>,
): Result<DependsProgram, ExprIssue> {
  const byName = new Map([...tasks].map((task) => [task.name, task]))
  const issues: ExprIssue[] = []
  const kinds = new Map<string, "task" | "items">()
  const report = (code: string, message: string, at: number): void => {
    issues.push(issueOf(new Fault(message, at, "check", code), source))
  }
  const logic = source.replace(
    scan,
    (text: string, qualified: string | undefined, _bare, at: number) => {
      const [name = "", result = ""] = qualified === undefined ? [text] : text.split(".")
      if (qualified !== undefined && !known.has(result)) {
        report("InvalidValue", `task result '${result}' for task '${name}' is invalid`, at)
      } else if (!byName.has(name)) {
        report("UnknownDependency", `depends names task "${name}", which does not exist`, at)
      }
      const isItems = result === "AnySucceeded" || result === "AllFailed"
      kinds.set(name, isItems ? "items" : "task")
      return qualified === undefined ? `(${expanded(name, byName.get(name))})` : text
    },
  )
  if (issues.length > 0) return failed(issues)
  const inner = compileExpr(logic.replaceAll("-", "_"), {
    mode: "env",
    names: [...kinds.keys()].map(variable),
  })
  if (!inner.ok) return failed(inner.issues)
  const names = [...kinds.keys()]
  return ok({
    source,
    logic,
    dependencies: [...kinds].map(([name, kind]) => ({ name, kind })),
    references: names.map((name) => ({
      path: [name],
      guarded: false,
      dynamic: false,
      offset: 0,
      length: 0,
    })),
    issues: [],
    evaluate: (results) => {
      const result = inner.value.evaluate(environment(names, results))
      return result.ok ? requireBoolean(result.value, source) : failed(result.issues)
    },
  })
}

/** The `depends` that a list of `dependencies` stands for. */
export function dependsOf(dependencies: readonly string[]): string {
  return dependencies.join(" && ")
}

function variable(name: string): string {
  return name.replaceAll("-", "_")
}

function expanded(name: string, task: DependsTask | undefined): string {
  const results = ["Succeeded", "Skipped", "Daemoned"]
  if (task?.continueOnError === true) results.push("Errored")
  if (task?.continueOnFailed === true) results.push("Failed")
  return results.map((result) => `${name}.${result}`).join(" || ")
}

function environment(
  names: readonly string[],
  results: TaskResults,
): { readonly [name: string]: Value } {
  const env = Object.create(null) as { [name: string]: Value }
  for (const name of names) {
    const holds = new Set<string>(results.get(name) ?? [])
    const record = Object.create(null) as { [name: string]: Value }
    for (const result of taskResults) record[result] = holds.has(result)
    env[variable(name)] = record
  }
  return env
}
