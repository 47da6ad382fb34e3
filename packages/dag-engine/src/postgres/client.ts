import { OperationError } from "@argo-ts/kernel"

/** Where a server is reached. Everything that is left out is as libpq has it (`PGHOST` and the like). */
export interface PostgresConnection {
  /** A host name, or the directory of a Unix socket. */
  readonly host?: string
  readonly port?: number
  readonly user?: string
  readonly password?: string
  readonly database?: string
}

/** Rows of an answer. */
export interface Rows {
  readonly rows: readonly { readonly [column: string]: unknown }[]
  readonly rowCount: number | null
}

/** The one connection of a store. */
export interface SqlClient {
  query(text: string, values?: readonly unknown[]): Promise<Rows>
  end(): Promise<void>
  /** Why the connection is gone, once it is. */
  readonly failure: () => Error | undefined
}

interface PgClient {
  connect(): Promise<unknown>
  query(text: string, values?: unknown[]): Promise<Rows>
  end(): Promise<void>
  on(event: "error", listener: (error: Error) => void): unknown
}

type ClientClass = new (config: object) => PgClient

/** Loads the client of `pg`, the optional peer: its own file, without the pool and the native binding that its entry reads. */
async function loadClient(): Promise<ClientClass> {
  try {
    // A text of its own: the compiler need not find a peer that may be absent.
    const file: string = "pg/lib/client.js"
    const loaded = (await import(file)) as { readonly default: ClientClass }
    return loaded.default
  } catch (error) {
    throw new OperationError("the PostgreSQL store needs the package pg: npm install pg", {
      code: "MissingPeer",
      retryable: false,
      cause: error,
    })
  }
}

/** Opens a connection; nothing is sent before it stands. */
export async function connect(connection: string | PostgresConnection): Promise<SqlClient> {
  const Client = await loadClient()
  const config = typeof connection === "string" ? { connectionString: connection } : connection
  const client = new Client({ ...config, application_name: `argo-ts ${process.pid}` })
  let failure: Error | undefined
  client.on("error", (error) => {
    failure = error
  })
  await client.connect()
  return {
    query: (text, values = []) => client.query(text, [...values]),
    end: () => client.end(),
    failure: () => failure,
  }
}
