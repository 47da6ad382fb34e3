import { hostname } from "node:os"
import { type EpochMs, OperationError } from "@argo-ts/kernel"
import type { Workflow } from "../api/workflow.js"
import { foldStatus, type StatusChange } from "../core/changes.js"
import type { Store } from "../stores/store.js"
import { connect, type PostgresConnection, type SqlClient } from "./client.js"
import { createTables, tableNames } from "./tables.js"

/** How runs are kept in PostgreSQL. */
export interface PostgresOptions {
  /** A URL (`postgres://…`), or its parts. */
  readonly connection: string | PostgresConnection
  /** The schema of its two tables, made where it is missing. Default `argo_ts`. */
  readonly schema?: string
  /** What a second writer is told about the first. Default: host and process. */
  readonly writer?: string
}

/** A store that holds a connection open. */
export interface PostgresStore extends Store {
  /** Every run, sorted. */
  keys(): Promise<readonly string[]>
  /** A run as recorded, without becoming its writer. */
  look(key: string): Promise<Workflow | undefined>
  /** Replaces a run's transitions by what they amount to. */
  compact(key: string): Promise<void>
  /** Gives a run up: another store may open it. */
  release(key: string): Promise<void>
  /** Deletes a run. Answers whether there was one; one that another process has open is refused as `RunIsOpen`. */
  remove(key: string): Promise<boolean>
  /** Deletes runs that were recorded whole after their end, as an archive does, and before an instant. Answers how many went. */
  prune(before: EpochMs): Promise<number>
  /** Gives up every run and closes the connection. */
  close(): Promise<void>
}

/** A run that this store may write. */
interface Claim {
  /** Counts writers: a former one is refused by the database itself. */
  readonly epoch: string
  next: number
}

const rowsMax = 500

/**
 * Keeps runs in PostgreSQL: one row a run, one row a transition, both in one transaction. A run has one writer at a time: an
 * advisory lock that ends with the connection keeps a second one out (`RunIsOpen`, with the first one's name), and a
 * writer that lost its connection and its run unawares is refused when it writes (`RunIsTaken`). Needs the package `pg`.
 */
export async function postgresStore(options: PostgresOptions): Promise<PostgresStore> {
  const { schema = "argo_ts", writer = `${hostname()}/${process.pid}` } = options
  const client = await connect(options.connection)
  const names = tableNames(schema)
  await createTables(client, names)
  const claims = new Map<string, Claim>()
  // One connection, one statement after the other: a transaction is never between another's statements.
  let queue: Promise<unknown> = Promise.resolve()
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work)
    queue = result.catch(() => undefined)
    return result
  }
  const world: StoreWorld = { client, names, writer, claims }
  return {
    isRecording: true,
    load: (key) => alone(() => load(world, key)),
    snapshot: (key, workflow) =>
      alone(() => inTransaction(client, () => snapshot(world, key, workflow))),
    append: (key, changes) => {
      if (changes.length === 0) return
      return alone(() => append(world, key, changes))
    },
    look: (key) => alone(() => read(world, key)),
    compact: (key) => alone(() => compact(world, key)),
    keys: () =>
      alone(async () => {
        const { rows } = await client.query(
          `select key from ${names.runs} order by key collate "C"`,
        )
        return rows.map((row) => String(row["key"]))
      }),
    release: (key) => alone(() => release(world, key)),
    remove: (key) => alone(() => remove(world, key)),
    prune: (before) => alone(() => inTransaction(client, () => prune(world, before))),
    close: () =>
      alone(async () => {
        claims.clear()
        await client.end()
      }),
  }
}

interface StoreWorld {
  readonly client: SqlClient
  readonly names: { readonly runs: string; readonly transitions: string }
  readonly writer: string
  readonly claims: Map<string, Claim>
}

async function inTransaction<T>(client: SqlClient, work: () => Promise<T>): Promise<T> {
  await client.query("begin")
  try {
    const result = await work()
    await client.query("commit")
    return result
  } catch (error) {
    // Of both failures the first says why.
    await client.query("rollback").catch(() => undefined)
    throw error
  }
}

/** Makes this store the writer of a run, or says who is. */
async function claim(world: StoreWorld, key: string): Promise<void> {
  const { client, names, writer, claims } = world
  if (claims.has(key)) return
  const locked = await client.query(
    "select pg_try_advisory_lock(hashtextextended($1, 0)) as taken",
    [lockName(world, key)],
  )
  if (locked.rows[0]?.["taken"] !== true) {
    const held = await client.query(`select writer from ${names.runs} where key = $1`, [key])
    const holder = String(held.rows[0]?.["writer"] ?? "another process")
    throw new OperationError(`the run "${key}" is open in ${holder}`, {
      code: "RunIsOpen",
      retryable: true,
    })
  }
  const taken = await client.query(
    `insert into ${names.runs} (key, writer, epoch) values ($1, $2, 1)
     on conflict (key) do update set writer = excluded.writer, epoch = ${names.runs}.epoch + 1
     returning epoch`,
    [key, writer],
  )
  const last = await client.query(
    `select coalesce(max(seq), 0) as last from ${names.transitions} where key = $1`,
    [key],
  )
  claims.set(key, {
    epoch: String(taken.rows[0]?.["epoch"]),
    next: Number(last.rows[0]?.["last"] ?? 0) + 1,
  })
}

async function load(world: StoreWorld, key: string): Promise<{ workflow: Workflow } | undefined> {
  await claim(world, key)
  const workflow = await read(world, key)
  return workflow === undefined ? undefined : { workflow }
}

/** Reads a run in pieces: its rows are many, none is long. */
async function read({ client, names }: StoreWorld, key: string): Promise<Workflow | undefined> {
  const found = await client.query(`select workflow from ${names.runs} where key = $1`, [key])
  const text = found.rows[0]?.["workflow"]
  if (typeof text !== "string") return undefined
  const { status: stored, ...object } = JSON.parse(text) as Workflow
  const fold = foldStatus(stored, { isOwner: true })
  for (let after = 0; ; ) {
    const { rows } = await client.query(
      `select seq, changes from ${names.transitions} where key = $1 and seq > $2 order by seq limit ${rowsMax}`,
      [key, after],
    )
    for (const row of rows) {
      fold.apply(JSON.parse(String(row["changes"])) as readonly StatusChange[])
      after = Number(row["seq"])
    }
    if (rows.length < rowsMax) break
  }
  const status = fold.status()
  const isBegun = Object.keys(status.nodes ?? {}).length > 0 || status.phase !== undefined
  return isBegun ? { ...object, status } : object
}

async function snapshot(world: StoreWorld, key: string, workflow: Workflow): Promise<void> {
  await claim(world, key)
  const { client, names, claims } = world
  const held = claims.get(key)
  const { nodes, ...summary } = workflow.status ?? {}
  const text = JSON.stringify({ ...workflow, status: summary })
  const updated = await client.query(
    `update ${names.runs} set workflow = $3, updated = now() where key = $1 and epoch = $2`,
    [key, held?.epoch, text],
  )
  if (updated.rowCount !== 1) throw taken(world, key)
  await client.query(`delete from ${names.transitions} where key = $1`, [key])
  if (held !== undefined) held.next = 1
  let batch: StatusChange[] = []
  for (const id of Object.keys(nodes ?? {})) {
    const node = nodes?.[id]
    if (node !== undefined) batch.push({ type: "NodeAdded", node })
    if (batch.length < rowsMax) continue
    await append(world, key, batch)
    batch = []
  }
  if (batch.length > 0) await append(world, key, batch)
}

/** One statement, so one transaction: the row is there whole, or not at all, and only for the writer of now. */
async function append(
  world: StoreWorld,
  key: string,
  changes: readonly StatusChange[],
): Promise<void> {
  const { client, names, claims } = world
  const held = claims.get(key)
  if (held === undefined) {
    throw new OperationError(`the run "${key}" was neither loaded nor begun in this store`, {
      code: "UnknownRun",
      retryable: false,
    })
  }
  const added = await client.query(
    `insert into ${names.transitions} (key, seq, changes)
     select $1, $3::bigint, $4 from ${names.runs} where key = $1 and epoch = $2`,
    [key, held.epoch, held.next, JSON.stringify(changes)],
  )
  if (added.rowCount !== 1) throw taken(world, key)
  held.next++
}

function taken({ claims }: StoreWorld, key: string): OperationError {
  claims.delete(key)
  return new OperationError(`the run "${key}" was taken over by another writer`, {
    code: "RunIsTaken",
    retryable: false,
  })
}

async function compact(world: StoreWorld, key: string): Promise<void> {
  await claim(world, key)
  await inTransaction(world.client, async () => {
    const workflow = await read(world, key)
    if (workflow !== undefined) await snapshot(world, key, workflow)
  })
}

function lockName({ names }: StoreWorld, key: string): string {
  return `${names.runs} ${key}`
}

async function release(world: StoreWorld, key: string): Promise<void> {
  if (!world.claims.delete(key)) return
  const name = lockName(world, key)
  await world.client.query("select pg_advisory_unlock(hashtextextended($1, 0))", [name])
}

async function remove(world: StoreWorld, key: string): Promise<boolean> {
  const { client, names } = world
  const { rows } = await client.query(`select 1 from ${names.runs} where key = $1`, [key])
  if (rows.length === 0) return false
  await claim(world, key)
  try {
    await inTransaction(client, async () => {
      await client.query(`delete from ${names.transitions} where key = $1`, [key])
      await client.query(`delete from ${names.runs} where key = $1`, [key])
    })
  } catch (error) {
    // Of both failures the first says why.
    await release(world, key).catch(() => undefined)
    throw error
  }
  await release(world, key)
  return true
}

async function prune({ client, names }: StoreWorld, before: EpochMs): Promise<number> {
  const { rows } = await client.query(
    `delete from ${names.runs} where updated < to_timestamp($1::double precision / 1000)
     and workflow::jsonb -> 'status' ->> 'finishedAt' is not null returning key`,
    [before],
  )
  const keys = rows.map((row) => String(row["key"]))
  await client.query(`delete from ${names.transitions} where key = any($1::text[])`, [keys])
  return keys.length
}
