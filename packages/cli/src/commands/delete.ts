import { rmSync } from "node:fs"
import { OperationError } from "@argo-ts/kernel"
import { CliError, type ExitCode, type Io, type OutputFormat } from "../io.js"
import { type ChoiceFlags, chooseRuns } from "../workflows/choose.js"
import type { RunPlace } from "../workflows/place.js"
import { runFolder, workDirectory } from "../workflows/work.js"
import { type StoreFlag, withPlace } from "./runs.js"

/** Options of `delete`. */
export interface DeleteOptions extends StoreFlag, ChoiceFlags {
  readonly dryRun?: true
  readonly output: OutputFormat
}

/**
 * `argo-ts delete NAME...`: forgets runs and what their steps left in their directories; artifacts stay. A run that a process
 * has open is refused.
 */
export async function deleteRuns(
  names: readonly string[],
  options: DeleteOptions,
  io: Io,
): Promise<ExitCode> {
  const { dryRun = false, output } = options
  return withPlace(options, io, async (place) => {
    const keys = await chooseRuns(place, names, { ...options, mayBeDamaged: true })
    for (const key of keys) {
      if (!dryRun) await remove(place, key, io)
      const name = key.slice(key.indexOf("/") + 1)
      if (output === "json") io.out(`${JSON.stringify({ key, name, dryRun })}\n`)
      else io.out(`Workflow '${name}' deleted${dryRun ? " (dry-run)" : ""}\n`)
    }
    if (keys.length === 0 && output === "text") io.out("no runs\n")
    return 0
  })
}

async function remove(place: RunPlace, key: string, io: Io): Promise<void> {
  try {
    await place.remove(key)
  } catch (error) {
    if (!(error instanceof OperationError) || error.code !== "RunIsOpen") throw error
    const message = `${error.message}: stop it first (argo-ts stop ${key})`
    throw new CliError("RunIsOpen", message, { exitCode: 1 })
  }
  const directory = workDirectory(place, undefined, io)
  if (directory !== undefined) rmSync(runFolder(directory, key), { recursive: true, force: true })
}
