import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import {
  createLockTable,
  type LockAnswer,
  type LockRequest,
  type Locks,
  type LockTable,
} from "@argo-ts/dag-engine"
import { identify, isAlive, lockFile, readIdentity, writeIdentity } from "@argo-ts/kernel/process"
import { CliError } from "../io.js"
import type { RunPlace } from "./place.js"

/*
 * Locks that the runs of a directory share, whichever process drives them: the table (who holds, who waits) is one file, which
 * a process reads, asks and writes back while it has a second file to itself. Who waits looks again after a moment.
 */

/** Locks that end with the command. */
export interface RunLocks extends Locks {
  close(): void
}

/** Who holds a lock, and who waits for it. */
export interface LockUse {
  readonly holders: readonly string[]
  readonly waiting: readonly string[]
}

/** The table as a file has it. */
interface Kept {
  readonly held: readonly LockRequest[]
  readonly waiting: readonly LockRequest[]
  /** The process that drives a workflow, by the workflow. */
  readonly owners: { readonly [workflow: string]: string }
}

const lookMs = 200
const sweepMs = 1000
const nobody: Kept = { held: [], waiting: [], owners: {} }

/** Opens the locks of a place; `limitOf` says how many a semaphore lets in. */
export function sharedLocks(
  { directory, look }: { readonly directory: string } & Pick<RunPlace, "look">,
  limitOf: (lock: string) => number | undefined,
): RunLocks {
  const me = writeIdentity(identify())
  const told = new Map<string, (answer: LockAnswer) => void>()
  let timer: NodeJS.Timeout | undefined
  let sweptAt = Date.now()
  const work = <T>(change: (table: LockTable) => T, owned?: string): T => {
    const { result, held } = inFile(directory, limitOf, (table, owners) => {
      if (owned !== undefined) owners.set(owned, me)
      return change(table)
    })
    for (const [holder, tell] of told) {
      if (!held.has(holder)) continue
      told.delete(holder)
      tell({ type: "Acquired" })
    }
    wake()
    return result
  }
  const sweep = async (): Promise<void> => {
    sweptAt = Date.now()
    for (const workflow of leftBehind(readKept(directory))) {
      const run = await look(workflow)
      const isOver = run === undefined || run.status?.finishedAt !== undefined
      if (isOver) work((table) => table.retain(workflow, new Set()))
    }
  }
  const wake = (): void => {
    if (told.size === 0) {
      clearInterval(timer)
      timer = undefined
      return
    }
    timer ??= setInterval(() => {
      work(() => undefined)
      // A run that cannot be read now is looked at again.
      if (Date.now() - sweptAt >= sweepMs) sweep().catch(() => undefined)
    }, lookMs)
  }
  return {
    acquire(request, tell) {
      const answer = work((table) => {
        resizeAll(table, request.locks, limitOf)
        return table.acquire(request)
      }, request.workflow)
      if (answer.type === "Queued") {
        told.set(request.holder, tell)
        wake()
        sweep().catch(() => undefined)
      }
      tell(answer)
    },
    release(holder) {
      told.delete(holder)
      work((table) => table.release(holder))
    },
    retain: (workflow, holders) => void work((table) => table.retain(workflow, holders)),
    // What the limits are is asked each time.
    resize: () => work(() => undefined),
    holdersOf: (lock) => lockUse(directory, lock).holders,
    close() {
      told.clear()
      wake()
    },
  }
}

/** Who holds a lock of a directory, and who waits for it. */
export function lockUse(directory: string, lock: string): LockUse {
  const { held, waiting } = readKept(directory)
  const of = (requests: readonly LockRequest[]): readonly string[] =>
    requests.filter(({ locks }) => locks.includes(lock)).map(({ holder }) => holder)
  return { holders: of(held), waiting: of(waiting) }
}

/** Workflows whose process is gone. */
function leftBehind({ held, waiting, owners }: Kept): readonly string[] {
  const workflows = new Set([...held, ...waiting].map(({ workflow }) => workflow))
  return [...workflows].filter((workflow) => !isDriven(owners, workflow))
}

function isDriven(owners: Kept["owners"], workflow: string): boolean {
  const owner = Object.hasOwn(owners, workflow) ? readIdentity(owners[workflow] ?? "") : undefined
  return owner !== undefined && isAlive(owner)
}

/** Changes the table as nobody else does meanwhile; answers who holds something then. */
function inFile<T>(
  directory: string,
  limitOf: (lock: string) => number | undefined,
  change: (table: LockTable, owners: Map<string, string>) => T,
): { readonly result: T; readonly held: ReadonlySet<string> } {
  mkdirSync(directory, { recursive: true })
  const release = takeTurn(join(directory, "locks.lock"))
  try {
    const before = readKept(directory)
    const owners = new Map(Object.entries(before.owners))
    const table = tableOf(before, limitOf)
    const result = change(table, owners)
    const { held, waiting } = table.state()
    const workflows = new Set([...held, ...waiting].map(({ workflow }) => workflow))
    const left = [...owners].filter(([workflow]) => workflows.has(workflow))
    const after: Kept = { held, waiting, owners: Object.fromEntries(left) }
    if (JSON.stringify(after) !== JSON.stringify(before)) writeKept(directory, after)
    return { result, held: new Set(held.map(({ holder }) => holder)) }
  } finally {
    release()
  }
}

/** The table of a file; who waited in a process that is gone asks again when it is back. */
function tableOf(
  { held, waiting, owners }: Kept,
  limitOf: (lock: string) => number | undefined,
): LockTable {
  const table = createLockTable()
  const present = waiting.filter(({ workflow }) => isDriven(owners, workflow))
  for (const { locks } of [...held, ...present]) resizeAll(table, locks, limitOf)
  table.load({ held, waiting: present })
  return table
}

function resizeAll(
  table: LockTable,
  locks: readonly string[],
  limitOf: (lock: string) => number | undefined,
): void {
  for (const lock of locks) {
    const limit = lock.split("/")[1] === "Mutex" ? undefined : limitOf(lock)
    if (limit !== undefined && limit !== table.limitOf(lock)) table.resize(lock, limit)
  }
}

const turn = new Int32Array(new SharedArrayBuffer(4))

/** Waits until nobody else has the file; whoever has it has it for a moment only. */
function takeTurn(path: string): () => void {
  for (;;) {
    const taken = lockFile(path)
    if (taken.isTaken) return taken.release
    Atomics.wait(turn, 0, 0, 2)
  }
}

function readKept(directory: string): Kept {
  const file = join(directory, "locks.json")
  if (!existsSync(file)) return nobody
  try {
    return { ...nobody, ...(JSON.parse(readFileSync(file, "utf8")) as Partial<Kept>) }
  } catch {
    const message = `${file}: expected who holds which lock, as JSON; without the file nobody holds any`
    throw new CliError("InvalidFile", message)
  }
}

function writeKept(directory: string, kept: Kept): void {
  const file = join(directory, "locks.json")
  writeFileSync(`${file}.new`, JSON.stringify(kept))
  renameSync(`${file}.new`, file)
}
