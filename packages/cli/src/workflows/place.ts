import { mkdirSync } from "node:fs"
import { join, resolve } from "node:path"
import { journalStore, readRun, type Store, type Workflow } from "@argo-ts/dag-engine"
import { CliError, type Io } from "../io.js"

/** Where runs are kept. */
export interface RunPlace {
  readonly store: Store
  /** The directory, where it is one. */
  readonly directory: string | undefined
  keys(): Promise<readonly string[]>
  /** Deletes a run; false where there is none. Refuses one that another process has open. */
  remove(key: string): Promise<boolean>
  /** A run as recorded, without becoming its writer. */
  look(key: string): Promise<Workflow | undefined>
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
  mkdirSync(directory, { recursive: true })
  const runs = join(directory, "runs")
  const store = journalStore(runs)
  return {
    store,
    directory,
    keys: async () => store.keys(),
    remove: async (key) => store.remove(key),
    look: async (key) => readRun(runs, key),
    close: async () => store.close(),
  }
}

async function openPostgres(url: string): Promise<RunPlace> {
  const { postgresStore } = await import("@argo-ts/dag-engine/postgres")
  const store = await postgresStore({ connection: url })
  return {
    store,
    directory: undefined,
    keys: () => store.keys(),
    remove: (key) => store.remove(key),
    look: (key) => store.look(key),
    close: () => store.close(),
  }
}

/** `name` or `namespace/name` as a key. */
export function keyOf(name: string): string {
  return name.includes("/") ? name : `default/${name}`
}

/** The run of that name as recorded; refuses where there is none. */
export async function lookUp(place: RunPlace, name: string): Promise<Workflow> {
  const found = await place.look(keyOf(name))
  if (found !== undefined) return found
  throw new CliError("NotFound", `expected a run named "${name}", found none`, { exitCode: 1 })
}
