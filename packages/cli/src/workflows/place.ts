import { mkdirSync } from "node:fs"
import { join, resolve } from "node:path"
import { journalStore, readRun, type Store, type Workflow } from "@argo-ts/dag-engine"
import { OperationError, parseInstant } from "@argo-ts/kernel"
import { CliError, type Io } from "../io.js"
import { readLimits } from "./limits.js"

/** Where runs are kept. */
export interface RunPlace {
  readonly store: Store & { release(key: string): void | Promise<void> }
  /** The directory, where it is one. */
  readonly directory: string | undefined
  keys(): Promise<readonly string[]>
  /** Deletes a run; false where there is none. Refuses one that another process has open. */
  remove(key: string): Promise<boolean>
  /** A run as recorded, without becoming its writer. */
  look(key: string): Promise<Workflow | undefined>
  /** What `sync` says of semaphores, by the name of the lock; read anew each time. */
  limits(): ReadonlyMap<string, number>
  close(): Promise<void>
}

/** Opens `--store`: a directory, or a `postgres://` URL. Without the option the variable `ARGO_TS_STORE` names it. */
export async function openPlace(option: string | undefined, io: Io): Promise<RunPlace> {
  const text = option ?? io.env["ARGO_TS_STORE"] ?? ""
  if (text === "") {
    throw new CliError(
      "InvalidOption",
      "--store: expected a directory or a postgres:// URL (or ARGO_TS_STORE)",
    )
  }
  if (/^postgres(ql)?:\/\//.test(text)) return openPostgres(text)
  const directory = resolve(io.cwd, text)
  makeDirectory(directory, text)
  const runs = join(directory, "runs")
  const store = journalStore(runs)
  return {
    store,
    directory,
    keys: async () => store.keys(),
    remove: async (key) => store.remove(key),
    look: async (key) => readSound(runs, key),
    limits: () => readLimits(directory),
    close: async () => store.close(),
  }
}

/** Makes the directory of a store, or says why it can be none. */
function makeDirectory(directory: string, text: string): void {
  try {
    mkdirSync(directory, { recursive: true })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ""
    const isFile = code === "EEXIST" || code === "ENOTDIR"
    const found = isFile ? "a file in its place" : (refusals[code] ?? String(error))
    throw new CliError("InvalidOption", `--store: expected a directory at ${text}, found ${found}`)
  }
}

const refusals: { readonly [code: string]: string } = {
  EACCES: "no permission to make it",
  EPERM: "no permission to make it",
  EROFS: "a file system that is read only",
  ENOSPC: "no space left to make it",
}

/** A run as recorded; a journal that is damaged is no mistake of ours. */
function readSound(runs: string, key: string): Workflow | undefined {
  try {
    return readRun(runs, key)
  } catch (error) {
    if (!(error instanceof OperationError) || error.code !== "CorruptJournal") throw error
    const message = `${error.message}; bring the file back, or forget the run: argo-ts delete ${key}`
    throw new CliError(damaged, message, { exitCode: 1 })
  }
}

const damaged = "CorruptJournal"

/** True for a refusal that concerns a single run, which cannot be read. */
export function isDamage(error: unknown): error is CliError {
  return error instanceof CliError && error.code === damaged
}

async function openPostgres(url: string): Promise<RunPlace> {
  const { postgresStore } = await import("@argo-ts/dag-engine/postgres")
  const store = await postgresStore({ connection: url }).catch((error: unknown) => {
    // Never the URL itself: it may hold a password.
    const host = URL.canParse(url) ? new URL(url).host : ""
    const where = host === "" ? "" : ` at ${host}`
    const why = error instanceof Error ? error.message : String(error)
    throw new CliError("InvalidOption", `--store: expected a PostgreSQL server${where}: ${why}`)
  })
  return {
    store,
    directory: undefined,
    keys: () => store.keys(),
    remove: (key) => store.remove(key),
    look: (key) => store.look(key),
    limits: () => new Map(),
    close: () => store.close(),
  }
}

/** What stands for the run that began last. */
const latest = "@latest"

/** The key of a run by its `name`, its `namespace/name` or as `@latest`; of a name that is none, too. */
export async function findKey(place: RunPlace, name: string): Promise<string> {
  if (name !== latest) return name.includes("/") ? name : `default/${name}`
  let found: { readonly key: string; readonly beganAt: number } | undefined
  for await (const { key, workflow } of runsIn(place)) {
    const beganAt = beginningOf(workflow)
    if (found === undefined || beganAt >= found.beganAt) found = { key, beganAt }
  }
  if (found !== undefined) return found.key
  throw new CliError("NotFound", "@latest: expected a run, found none", { exitCode: 1 })
}

/** When a run began, or was made. */
function beginningOf({ metadata, status }: Workflow): number {
  const parsed = parseInstant(status?.startedAt ?? metadata.creationTimestamp ?? "")
  return parsed.ok ? parsed.value : 0
}

/** Refuses a new run that would take the place of one that is there. */
export async function refuseKnown(place: RunPlace, key: string, hint: string): Promise<void> {
  if ((await place.look(key)) === undefined) return
  const message = `expected a new run, found "${key}" in the store: ${hint}`
  throw new CliError("RunExists", message, { exitCode: 1 })
}

/** The run of that name as recorded; refuses where there is none. */
export async function lookUp(place: RunPlace, name: string): Promise<Workflow> {
  const found = await place.look(await findKey(place, name))
  if (found !== undefined) return found
  throw new CliError("NotFound", `expected a run named "${name}", found none`, { exitCode: 1 })
}

/** Whether a key is that of a run, or of what a controller has archived: `namespace/name/uid`. */
export type KeyKind = "run" | "archived"

/**
 * Every run of a place, or everything archived there, in the order of the keys. `onDamage` is told of one that cannot be
 * read; without it that ends the listing.
 */
export async function* runsIn(
  place: RunPlace,
  kind: KeyKind = "run",
  onDamage?: (error: CliError) => void,
): AsyncGenerator<{ readonly key: string; readonly workflow: Workflow }> {
  for (const key of await place.keys()) {
    if (key.split("/").length > 2 !== (kind === "archived")) continue
    let workflow: Workflow | undefined
    try {
      workflow = await place.look(key)
    } catch (error) {
      if (onDamage === undefined || !isDamage(error)) throw error
      onDamage(error)
    }
    if (workflow !== undefined) yield { key, workflow }
  }
}
