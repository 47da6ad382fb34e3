import { isJsonObject, type JsonValue, thrownText } from "@argo-ts/kernel"
import type { Outcome } from "../core/actions.js"
import type { Executor, ExecutorWorld, Task } from "./executor.js"

/** What an executor plugin is: the work of one key below `plugin`. Throwing is Failed. */
export type Plugin = (
  argument: JsonValue,
  context: { readonly task: Task; readonly world: ExecutorWorld; readonly signal: AbortSignal },
) => Promise<Outcome> | Outcome

/** Plugins by the name that manifests give them. */
export type Plugins = { readonly [name: string]: Plugin }

/** Runs `plugin` templates as functions of this process: `pluginExecutor({ slack: async (argument) => … })`. */
export function pluginExecutor(plugins: Plugins): Executor {
  const running = new Map<string, AbortController>()
  const find = ({ template }: Task): readonly [Plugin, JsonValue] | undefined => {
    const [name] = Object.keys(template.plugin ?? {})
    if (name === undefined || !Object.hasOwn(plugins, name)) return undefined
    const body = isJsonObject(template.plugin) ? (template.plugin[name] ?? null) : null
    return [plugins[name] as Plugin, body]
  }
  return {
    accepts: (task) => find(task) !== undefined,
    async start(task, world) {
      const found = find(task)
      if (found === undefined) return { phase: "Error", message: "no plugin of that name" }
      const controller = new AbortController()
      running.set(task.key, controller)
      world.started(task)
      const [plugin, argument] = found
      try {
        return await plugin(argument, { task, world, signal: controller.signal })
      } catch (error) {
        return { phase: "Failed", message: thrownText(error) }
      } finally {
        running.delete(task.key)
      }
    },
    stop: (key) => running.get(key)?.abort(),
  }
}
