/**
 * Runs in PostgreSQL; needs the package `pg`.
 *
 * @packageDocumentation
 */
export type { PostgresConnection } from "./client.js"
export { type PostgresOffload, type PostgresOffloadOptions, postgresOffload } from "./offload.js"
export { type PostgresOptions, type PostgresStore, postgresStore } from "./store.js"
