import { rmSync } from "node:fs"
import { join } from "node:path"
import { OperationError } from "@argo-ts/kernel"
import { CliError, type ExitCode, type Io, type OutputFormat } from "../io.js"
import { type RunFilterFlags, runFilter } from "../workflows/filter.js"
import { keyOf, lookUp, type RunPlace } from "../workflows/place.js"
import { type StoreFlag, withPlace } from "./runs.js"

/** Options of `delete`. */
export interface DeleteOptions extends StoreFlag, RunFilterFlags {
  readonly all?: true
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
  const { all, dryRun = false, output, store: _store, ...flags } = options
  const isFiltered = all === true || Object.values(flags).some((flag) => flag !== undefined)
  if (names.length > 0 === isFiltered) {
    const found = isFiltered ? "both" : "neither"
    throw new CliError(
      "InvalidOption",
      `expected names, or --all or what else chooses, found ${found}`,
    )
  }
  return withPlace(options, io, async (place) => {
    const keys = isFiltered ? await chosen(place, flags) : await named(place, names)
    for (const key of keys) {
      if (!dryRun) await remove(place, key)
      const name = key.slice(key.indexOf("/") + 1)
      if (output === "json") io.out(`${JSON.stringify({ key, name, dryRun })}\n`)
      else io.out(`Workflow '${name}' deleted${dryRun ? " (dry-run)" : ""}\n`)
    }
    if (keys.length === 0 && output === "text") io.out("no runs\n")
    return 0
  })
}

async function chosen(place: RunPlace, flags: RunFilterFlags): Promise<readonly string[]> {
  const isWanted = runFilter(flags, Date.now())
  const keys: string[] = []
  for (const key of await place.keys()) {
    const workflow = await place.look(key)
    if (workflow !== undefined && isWanted(workflow)) keys.push(key)
  }
  return keys
}

/** Refuses a name that is none before anything is deleted. */
async function named(place: RunPlace, names: readonly string[]): Promise<readonly string[]> {
  for (const name of names) await lookUp(place, name)
  return names.map(keyOf)
}

async function remove(place: RunPlace, key: string): Promise<void> {
  try {
    await place.remove(key)
  } catch (error) {
    if (!(error instanceof OperationError) || error.code !== "RunIsOpen") throw error
    const message = `${error.message}: stop it first (argo-ts stop ${key})`
    throw new CliError("RunIsOpen", message, { exitCode: 1 })
  }
  if (place.directory === undefined) return
  const parts = key.split("/").map((part) => encodeURIComponent(part))
  rmSync(join(place.directory, "work", ...parts), { recursive: true, force: true })
}
