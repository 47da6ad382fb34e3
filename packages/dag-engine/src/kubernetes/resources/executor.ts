import { compileResourceCondition, type ResourceConditionProgram } from "@argo-ts/expr/labels"
import type { Cluster } from "@argo-ts/k8s"
import { isClusterError } from "@argo-ts/k8s"
import { isOperationError, type JsonValue, OperationError } from "@argo-ts/kernel"
import { sleep } from "@argo-ts/kernel/clock"
import type { ResourceTemplate } from "../../api/leaf.js"
import type { Outcome } from "../../core/actions.js"
import type { Executor, ExecutorWorld, Task } from "../../executors/executor.js"
import { act } from "./act.js"
import { readOutputs } from "./outputs.js"
import { type Target, targetOf, withManifest } from "./target.js"

/** How resource templates are run. */
export interface ResourceExecutorOptions {
  readonly cluster: Cluster
  /** Milliseconds between two looks at an object that has conditions to meet. Default 5,000, as upstream. */
  readonly pollMs?: number
}

const pollDefaultMs = 5000
/** Real milliseconds for an artifact that is a manifest. */
const manifestLimitMs = 600_000

/**
 * Runs `resource` templates through the `Cluster` port: the action once, then a look every five seconds until all of
 * `successCondition` hold or one of `failureCondition` does. An object that cannot be written is a failure.
 */
export function resourceExecutor(options: ResourceExecutorOptions): Executor {
  const running = new Map<string, AbortController>()
  return {
    accepts: ({ template }) => template.resource !== undefined,
    async start(task, world) {
      const controller = new AbortController()
      running.set(task.key, controller)
      world.started(task)
      try {
        return await run({ task, world, options, signal: controller.signal })
      } catch (error) {
        if (!isOperationError(error)) throw error
        const phase = isClusterError(error) ? "Failed" : "Error"
        return { phase, message: error.message }
      } finally {
        running.delete(task.key)
      }
    },
    stop: (key) => running.get(key)?.abort(),
  }
}

interface Running {
  readonly task: Task
  readonly world: ExecutorWorld
  readonly options: ResourceExecutorOptions
  readonly signal: AbortSignal
}

async function run(running: Running): Promise<Outcome> {
  const { task, world, options } = running
  const declared = task.template.resource as ResourceTemplate
  const resource =
    declared.manifestFrom === undefined
      ? declared
      : await world.clock.track(`${task.key}/manifest`, () => withManifest(task, declared, world), {
          takesMs: 0,
          realLimitMs: manifestLimitMs,
        })
  const conditions = {
    success: conditionOf("successCondition", resource.successCondition),
    failure: conditionOf("failureCondition", resource.failureCondition),
  }
  const target = await targetOf(task, resource, options.cluster)
  const object = await act(task, target, options.cluster)
  if (object === undefined) return { phase: "Succeeded" }
  return settle(running, { ...target, name: nameOf(object) }, conditions)
}

function nameOf(object: JsonValue): string {
  return (object as { readonly metadata: { readonly name: string } }).metadata.name
}

function conditionOf(
  field: string,
  source: string | undefined,
): ResourceConditionProgram | undefined {
  if (source === undefined || source.trim() === "") return undefined
  const compiled = compileResourceCondition(source)
  if (compiled.ok) return compiled.value
  throw new OperationError(`resource.${field}: ${compiled.issues[0]?.message ?? "invalid"}`, {
    code: "InvalidResource",
    retryable: false,
  })
}

interface Conditions {
  readonly success: ResourceConditionProgram | undefined
  readonly failure: ResourceConditionProgram | undefined
}

/** Looks until a condition decides; without conditions one look is enough. */
async function settle(running: Running, target: Target, conditions: Conditions): Promise<Outcome> {
  const { options, world, task, signal } = running
  const { kind, namespace, name = "" } = target
  const key = namespace === undefined ? { name } : { namespace, name }
  for (;;) {
    if (signal.aborted) return { phase: "Failed", message: "stopped" }
    const object = await options.cluster.get(kind, key)
    if (object === undefined) {
      return { phase: "Failed", message: `the ${kind.kind} ${name} is gone` }
    }
    const text = JSON.stringify(object)
    const failed = answers(conditions.failure, text).some((holds) => holds)
    if (failed) {
      const { failureCondition = "" } = task.template.resource as ResourceTemplate
      return { phase: "Failed", message: `failure condition '${failureCondition}' evaluated true` }
    }
    if (answers(conditions.success, text).every((holds) => holds)) {
      const parameters = readOutputs(task, object as unknown as JsonValue)
      return { phase: "Succeeded", parameters }
    }
    await sleep(world.clock, options.pollMs ?? pollDefaultMs, `${task.key}/look`, signal)
  }
}

function answers(program: ResourceConditionProgram | undefined, text: string): readonly boolean[] {
  if (program === undefined) return []
  const result = program.evaluate(text)
  return result.ok ? result.value : [false]
}
