import { compareText } from "@argo-ts/kernel"
import { CliError, type ExitCode, type Io, type OutputFormat } from "../io.js"
import { readLimits, writeLimits } from "../workflows/limits.js"
import { lockUse } from "../workflows/locks.js"
import { formatTable } from "../workflows/print.js"
import { type StoreFlag, withPlace } from "./runs.js"

/** Which semaphore: a key of a ConfigMap, or of the database. */
export interface SyncOptions extends StoreFlag {
  readonly type?: string
  readonly cmName?: string
  readonly namespace: string
  readonly output: OutputFormat
}

/** Options of `sync create` and `update`. */
export interface SyncLimitOptions extends SyncOptions {
  readonly limit: number
}

const partPattern = /^[-\w.]+$/

/** The name of the lock as workflows have it. */
function lockOf(key: string, { type, cmName, namespace }: SyncOptions): string {
  const kind = type ?? (cmName === undefined ? "database" : "configmap")
  if (kind !== "configmap" && kind !== "database") {
    const found = JSON.stringify(kind)
    throw new CliError("InvalidOption", `--type: expected configmap or database, found ${found}`)
  }
  if ((kind === "configmap") !== (cmName !== undefined)) {
    const message = "--cm-name: expected beside --type configmap, and only there"
    throw new CliError("InvalidOption", message)
  }
  for (const part of [key, namespace, ...(cmName === undefined ? [] : [cmName])]) {
    if (partPattern.test(part)) continue
    const expected = 'expected letters, digits, "-", "_" and "."'
    throw new CliError("InvalidOption", `${expected}, found ${JSON.stringify(part)}`)
  }
  return cmName === undefined
    ? `${namespace}/Database/${key}`
    : `${namespace}/ConfigMap/${cmName}/${key}`
}

function withLimits(
  options: StoreFlag & { readonly output: OutputFormat },
  io: Io,
  work: (limits: Map<string, number>, directory: string) => readonly string[],
): Promise<ExitCode> {
  return withPlace(options, io, async ({ directory }) => {
    if (directory === undefined) {
      throw new CliError("InvalidOption", "--store: expected a directory: limits are kept there")
    }
    const limits = new Map(readLimits(directory))
    print(work(limits, directory), limits, { directory, options, io })
    return 0
  })
}

interface Printing {
  readonly directory: string
  readonly options: { readonly output: OutputFormat }
  readonly io: Io
}

function print(
  locks: readonly string[],
  limits: ReadonlyMap<string, number>,
  { directory, options, io }: Printing,
): void {
  const rows = locks.map((lock) => ({ lock, limit: limits.get(lock), ...lockUse(directory, lock) }))
  if (options.output === "json") {
    for (const row of rows) io.out(`${JSON.stringify(row)}\n`)
    return
  }
  if (rows.length === 0) return io.out("no limits\n")
  const cells = rows.map(({ lock, limit, holders, waiting }) => [
    lock,
    limit === undefined ? "none" : String(limit),
    holders.join(", "),
    waiting.join(", "),
  ])
  io.out(formatTable([["LOCK", "LIMIT", "HOLDERS", "WAITING"], ...cells]))
}

function refuseAbsent(limits: ReadonlyMap<string, number>, lock: string): void {
  if (limits.has(lock)) return
  const known = limits.size === 0 ? "none" : [...limits.keys()].join(", ")
  const message = `expected one of the limits (${known}), found "${lock}": sync create makes it`
  throw new CliError("NotFound", message, { exitCode: 1 })
}

function refuseLimit(limit: number): void {
  if (limit >= 1) return
  throw new CliError("InvalidOption", `--limit: expected 1 or more, found ${limit}`)
}

/** `argo-ts sync create KEY`: a limit that is not there yet. */
export async function syncCreate(
  key: string,
  options: SyncLimitOptions,
  io: Io,
): Promise<ExitCode> {
  const lock = lockOf(key, options)
  refuseLimit(options.limit)
  return withLimits(options, io, (limits, directory) => {
    if (limits.has(lock)) {
      const message = `expected a new limit, found "${lock}": sync update changes it`
      throw new CliError("LimitExists", message, { exitCode: 1 })
    }
    writeLimits(directory, limits.set(lock, options.limit))
    return [lock]
  })
}

/** `argo-ts sync update KEY`: runs that wait are told. */
export async function syncUpdate(
  key: string,
  options: SyncLimitOptions,
  io: Io,
): Promise<ExitCode> {
  const lock = lockOf(key, options)
  refuseLimit(options.limit)
  return withLimits(options, io, (limits, directory) => {
    refuseAbsent(limits, lock)
    writeLimits(directory, limits.set(lock, options.limit))
    return [lock]
  })
}

/** `argo-ts sync delete KEY`: whoever asks for it then fails; who holds it goes on. */
export async function syncDelete(key: string, options: SyncOptions, io: Io): Promise<ExitCode> {
  const lock = lockOf(key, options)
  return withLimits(options, io, (limits, directory) => {
    refuseAbsent(limits, lock)
    limits.delete(lock)
    writeLimits(directory, limits)
    return [lock]
  })
}

/** `argo-ts sync get KEY`. */
export async function syncGet(key: string, options: SyncOptions, io: Io): Promise<ExitCode> {
  const lock = lockOf(key, options)
  return withLimits(options, io, (limits) => {
    refuseAbsent(limits, lock)
    return [lock]
  })
}

/** `argo-ts sync list`. */
export function syncList(options: Omit<SyncOptions, "namespace">, io: Io): Promise<ExitCode> {
  return withLimits(options, io, (limits) => [...limits.keys()].toSorted(compareText))
}
