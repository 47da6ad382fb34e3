import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { PostgresConnection } from "../src/postgres/index.js"

/** A server that runs, or why none does. */
export interface TestServer {
  readonly connection: PostgresConnection | undefined
  readonly reason: string
  stop(): Promise<void>
}

const script = fileURLToPath(new URL("../../../scripts/postgres.mjs", import.meta.url))

/** Starts PostgreSQL with the repository's script. */
export async function startServer(): Promise<TestServer> {
  const child = spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "ignore"] })
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()))
  const line = await new Promise<string>((resolve) => {
    let text = ""
    child.stdout?.on("data", (data) => {
      text += String(data)
      if (text.includes("\n")) resolve(text)
    })
    void ended.then(() => resolve(text))
  })
  const answer = (line === "" ? { skipped: "the script printed nothing" } : JSON.parse(line)) as {
    readonly connection?: PostgresConnection
    readonly skipped?: string
  }
  return {
    connection: answer.connection,
    reason: answer.skipped ?? "",
    async stop() {
      child.stdin?.end()
      await ended
    },
  }
}
