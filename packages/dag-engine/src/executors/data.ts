import { compileExpression } from "../core/languages.js"
import { listArtifact } from "./artifacts.js"
import type { Executor } from "./executor.js"

const listLimitMs = 600_000

/**
 * Runs `data` templates: lists the keys at an artifact's location and sends them through the transformations, each an
 * expression over `data`. The JSON of what comes out is `outputs.result`.
 */
export function dataExecutor(): Executor {
  return {
    accepts: ({ template }) => template.data !== undefined,
    async start(task, world) {
      world.started(task)
      const { source, transformation = [] } = task.template.data ?? { source: {} }
      const { artifactPaths } = source
      if (artifactPaths === undefined) {
        return { phase: "Error", message: "data.source.artifactPaths says what is listed" }
      }
      const listed = { name: "artifactPaths", ...artifactPaths }
      let value: unknown = await world.clock.track(
        task.key,
        () => listArtifact(world, task, listed),
        { takesMs: 0, realLimitMs: listLimitMs },
      )
      for (const { expression } of transformation) {
        const names = { data: value as never }
        const given = compileExpression(expression).evaluateOver(names, world.clock.now())
        if (!given.ok) return { phase: "Error", message: given.message }
        value = given.value
      }
      return { phase: "Succeeded", result: JSON.stringify(value) }
    },
    // A list is there at once, or fails.
    stop: () => undefined,
  }
}
