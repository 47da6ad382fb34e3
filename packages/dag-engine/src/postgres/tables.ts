import { OperationError } from "@argo-ts/kernel"
import type { SqlClient } from "./client.js"

/** The quoted names of a store's tables. */
export interface TableNames {
  readonly schema: string
  readonly runs: string
  readonly transitions: string
  readonly offloads: string
}

/** Names in a schema; the schema's own name is checked, as no statement takes it as a parameter. */
export function tableNames(schema: string): TableNames {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
    throw new OperationError(
      `a schema's name has small letters, digits and "_", found ${JSON.stringify(schema)}`,
      { code: "InvalidValue", retryable: false },
    )
  }
  return {
    schema: `"${schema}"`,
    runs: `"${schema}"."runs"`,
    transitions: `"${schema}"."transitions"`,
    offloads: `"${schema}"."offloads"`,
  }
}

/** Makes what is missing; many programs may do so at once. */
export async function createTables(client: SqlClient, names: TableNames): Promise<void> {
  const { schema, runs, transitions, offloads } = names
  await client.query("begin")
  try {
    // Without it two that create the same schema at once would fail.
    await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [
      `argo-ts ${schema}`,
    ])
    await client.query(`create schema if not exists ${schema}`)
    await client.query(`create table if not exists ${runs} (
      key text primary key,
      workflow text,
      writer text not null,
      epoch bigint not null,
      updated timestamptz not null default now())`)
    await client.query(`create table if not exists ${transitions} (
      key text not null,
      seq bigint not null,
      changes text not null,
      primary key (key, seq))`)
    await client.query(`create table if not exists ${offloads} (
      cluster text not null,
      uid text not null,
      version text not null,
      part integer not null,
      nodes text not null,
      updated timestamptz not null default now(),
      primary key (cluster, uid, version, part))`)
    await client.query("commit")
  } catch (error) {
    await client.query("rollback").catch(() => undefined)
    throw error
  }
}
