import type { NodeStatus } from "../api/status.js"
import type { NodeOffload, StatusNodes } from "../kubernetes/pack.js"
import { connect, type PostgresConnection, type SqlClient } from "./client.js"
import { createTables, tableNames } from "./tables.js"

/** How nodes that no object holds are kept in PostgreSQL. */
export interface PostgresOffloadOptions {
  /** A URL (`postgres://…`), or its parts. */
  readonly connection: string | PostgresConnection
  /** The schema of its table, made where it is missing. Default `argo_ts`. */
  readonly schema?: string
  /** Keeps the workflows of several clusters apart. Default `default`, as upstream. */
  readonly clusterName?: string
  /** So many milliseconds a version stays that a later one has replaced: somebody may be reading it. Default 300,000. */
  readonly keepMs?: number
}

/** An offload that holds a connection open. */
export interface PostgresOffload extends NodeOffload {
  close(): Promise<void>
}

const keepDefaultMs = 300_000
/** Nodes in one row: no text gets too long for a JavaScript string. */
const nodesPerRow = 500

/**
 * Keeps the nodes of workflows that are too large for their objects, for the option `pack` of `workflowControllers`: several rows
 * a version, in one transaction. Needs the package `pg`.
 */
export async function postgresOffload(options: PostgresOffloadOptions): Promise<PostgresOffload> {
  const { schema = "argo_ts", clusterName = "default", keepMs = keepDefaultMs } = options
  const client = await connect(options.connection)
  const names = tableNames(schema)
  await createTables(client, names)
  // One connection, one statement after the other: a transaction is never between another's statements.
  let queue: Promise<unknown> = Promise.resolve()
  const alone = <T>(work: () => Promise<T>): Promise<T> => {
    const result = queue.then(work)
    queue = result.catch(() => undefined)
    return result
  }
  const place = { client, table: names.offloads, clusterName }
  return {
    save: (uid, version, nodes) => alone(() => save(place, [uid, version], nodes)),
    load: (uid, version) => alone(() => load(place, [uid, version])),
    prune: (uid, keep) => alone(() => prune(place, uid, { keep, keepMs })),
    close: () => alone(() => client.end()),
  }
}

interface Place {
  readonly client: SqlClient
  readonly table: string
  readonly clusterName: string
}

type Version = readonly [uid: string, version: string]

async function save(
  { client, table, clusterName }: Place,
  version: Version,
  nodes: StatusNodes,
): Promise<void> {
  const ids = Object.keys(nodes)
  await client.query("begin")
  try {
    for (let from = 0, part = 0; from < Math.max(1, ids.length); from += nodesPerRow, part++) {
      const some = ids.slice(from, from + nodesPerRow).map((id) => nodes[id])
      await client.query(
        `insert into ${table} (cluster, uid, version, part, nodes) values ($1, $2, $3, $4, $5)
         on conflict (cluster, uid, version, part) do update set nodes = excluded.nodes, updated = now()`,
        [clusterName, ...version, part, JSON.stringify(some)],
      )
    }
    await client.query("commit")
  } catch (error) {
    await client.query("rollback").catch(() => undefined)
    throw error
  }
}

async function load(
  { client, table, clusterName }: Place,
  version: Version,
): Promise<StatusNodes | undefined> {
  const { rows } = await client.query(
    `select nodes from ${table} where cluster = $1 and uid = $2 and version = $3 order by part`,
    [clusterName, ...version],
  )
  if (rows.length === 0) return undefined
  const nodes: { [id: string]: NodeStatus } = Object.create(null) as { [id: string]: NodeStatus }
  for (const row of rows) {
    for (const node of JSON.parse(String(row["nodes"])) as readonly NodeStatus[]) {
      nodes[node.id] = node
    }
  }
  return nodes
}

async function prune(
  { client, table, clusterName }: Place,
  uid: string,
  { keep, keepMs }: { readonly keep: string | undefined; readonly keepMs: number },
): Promise<void> {
  const where = `delete from ${table} where cluster = $1 and uid = $2`
  if (keep === undefined) await client.query(where, [clusterName, uid])
  else {
    await client.query(
      `${where} and version <> $3 and updated < now() - $4::double precision * interval '1 millisecond'`,
      [clusterName, uid, keep, keepMs],
    )
  }
}
