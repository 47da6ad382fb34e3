import { runKey, type Workflow } from "@argo-ts/dag-engine"
import { compareText } from "@argo-ts/kernel"
import { CliError, type ExitCode, type Io, type OutputFormat } from "../io.js"
import { type RunFilterFlags, runFilter } from "../workflows/filter.js"
import { narrowing } from "../workflows/node-filter.js"
import { type RunPlace, runsIn } from "../workflows/place.js"
import { formatTable, printWorkflow } from "../workflows/print.js"
import {
  type Change,
  type Chosen,
  type RestartOptions,
  restart,
  resubmitChange,
  retryChange,
} from "./restart.js"
import { type GetOptions, type StoreFlag, withPlace } from "./runs.js"

/*
 * What a controller has archived (its option `archive`): workflows that are over, in the same places as runs, under keys
 * that end with their uid.
 */

/** Options of `archive list`. */
export interface ArchiveListOptions extends StoreFlag, RunFilterFlags {
  readonly output: OutputFormat | "name"
}

interface Archived {
  readonly key: string
  readonly workflow: Workflow
}

/** `argo-ts archive list`: the newest first. */
export function archiveList(options: ArchiveListOptions, io: Io): Promise<ExitCode> {
  return withPlace(options, io, async (place) => {
    const isWanted = runFilter(options, Date.now())
    const rows: { readonly [field in (typeof fields)[number]]: string }[] = []
    for await (const { key, workflow } of runsIn(place, "archived")) {
      if (!isWanted(workflow)) continue
      const { phase = "", startedAt = "", finishedAt = "", message = "" } = workflow.status ?? {}
      rows.push({ name: runKey(workflow), uid: uidOf(key), phase, startedAt, finishedAt, message })
    }
    rows.sort((a, b) => compareText(b.startedAt, a.startedAt) || compareText(a.uid, b.uid))
    if (options.output === "json") io.out(`${JSON.stringify({ archived: rows })}\n`)
    else if (options.output === "name") for (const { uid } of rows) io.out(`${uid}\n`)
    else if (rows.length === 0) io.out("nothing is archived\n")
    else io.out(formatTable([titles, ...rows.map((row) => fields.map((field) => row[field]))]))
    return 0
  })
}

const fields = ["name", "uid", "phase", "startedAt", "finishedAt", "message"] as const
const titles = ["NAME", "UID", "STATUS", "STARTED", "FINISHED", "MESSAGE"]

function uidOf(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1)
}

/** What was archived under a uid, or a whole key; refuses where nothing was. */
async function findArchived(place: RunPlace, uid: string): Promise<Archived> {
  for (const key of await place.keys()) {
    const isArchived = key.split("/").length > 2
    if (!isArchived || (key !== uid && uidOf(key) !== uid)) continue
    const workflow = await place.look(key)
    if (workflow !== undefined) return { key, workflow }
  }
  const message = `expected the uid of an archived workflow (archive list tells them), found "${uid}"`
  throw new CliError("NotFound", message, { exitCode: 1 })
}

/** `argo-ts archive get UID`. */
export async function archiveGet(uid: string, options: GetOptions, io: Io): Promise<ExitCode> {
  const narrow = narrowing(options)
  return withPlace(options, io, async (place) => {
    printWorkflow(narrow((await findArchived(place, uid)).workflow), options.output, io)
    return 0
  })
}

/** `argo-ts archive delete UID…`: every one is looked for before the first goes. */
export function archiveDelete(
  uids: readonly string[],
  options: StoreFlag & { readonly output: OutputFormat },
  io: Io,
): Promise<ExitCode> {
  return withPlace(options, io, async (place) => {
    const keys: string[] = []
    for (const uid of uids) keys.push((await findArchived(place, uid)).key)
    for (const key of new Set(keys)) {
      await place.remove(key)
      const uid = uidOf(key)
      if (options.output === "json") io.out(`${JSON.stringify({ key, uid })}\n`)
      else io.out(`Archived workflow '${uid}' deleted\n`)
    }
    return 0
  })
}

/** Options of `archive retry` and `archive resubmit`. */
export interface ArchiveRestartOptions extends RestartOptions {
  readonly with: readonly string[]
}

/** Makes runs of the store of archived workflows, and runs them. */
function restartArchived(
  uids: readonly string[],
  options: ArchiveRestartOptions,
  io: Io,
  change: Change,
): Promise<ExitCode> {
  const choose = async (place: RunPlace): Promise<Chosen> => {
    const found = await Promise.all(uids.map((uid) => findArchived(place, uid)))
    return found.map(({ workflow }) => ({ workflow, key: undefined }))
  }
  return restart(choose, { change, paths: options.with }, options, io)
}

/** `argo-ts archive retry UID…`: what failed, and what follows, runs again; here, as a run of the store. */
export async function archiveRetry(
  uids: readonly string[],
  options: ArchiveRestartOptions,
  io: Io,
): Promise<ExitCode> {
  return restartArchived(uids, options, io, retryChange(options, io))
}

/** `argo-ts archive resubmit UID…`: new runs of the store. */
export async function archiveResubmit(
  uids: readonly string[],
  options: ArchiveRestartOptions,
  io: Io,
): Promise<ExitCode> {
  return restartArchived(uids, options, io, resubmitChange(options, io))
}

/** `argo-ts archive list-label-keys`, and `list-label-values -l KEY`. */
export function archiveLabels(
  label: string | undefined,
  options: StoreFlag & { readonly output: OutputFormat },
  io: Io,
): Promise<ExitCode> {
  return withPlace(options, io, async (place) => {
    const found = new Set<string>()
    for await (const { workflow } of runsIn(place, "archived")) {
      const labels = workflow.metadata.labels ?? {}
      if (label === undefined) for (const key of Object.keys(labels)) found.add(key)
      else if (Object.hasOwn(labels, label)) found.add(labels[label] ?? "")
    }
    const sorted = [...found].toSorted(compareText)
    const field = label === undefined ? "keys" : "values"
    if (options.output === "json") io.out(`${JSON.stringify({ [field]: sorted })}\n`)
    else for (const each of sorted) io.out(`${each}\n`)
    return 0
  })
}
