// A PostgreSQL server for tests: starts one in a directory of its own, prints one line of JSON — {connection} or {skipped} —
// and stops it when its standard input closes. Root runs it as the user `postgres`, as the server refuses root.
import { execFileSync, spawnSync } from "node:child_process"
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

function binaries() {
  const root = "/usr/lib/postgresql"
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  const places = versions.map((version) => join(root, version, "bin"))
  return [...places, ...(process.env.PATH ?? "").split(":")].find(
    (place) => existsSync(join(place, "initdb")) && existsSync(join(place, "pg_ctl")),
  )
}

function ownerIds() {
  if (process.getuid?.() !== 0) return {}
  const found = spawnSync("id", ["-u", "postgres"], { encoding: "utf8" })
  if (found.status !== 0) return undefined
  const group = spawnSync("id", ["-g", "postgres"], { encoding: "utf8" })
  return { uid: Number(found.stdout), gid: Number(group.stdout) }
}

function answer(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

const place = binaries()
const owner = ownerIds()
if (place === undefined) answer({ skipped: "PostgreSQL is not installed (initdb, pg_ctl)" })
else if (owner === undefined) answer({ skipped: "there is no user postgres to run the server as" })
else start(place, owner)

function start(bin, ids) {
  const directory = mkdtempSync(join(tmpdir(), "argo-ts-pg-"))
  if (ids.uid !== undefined) chownSync(directory, ids.uid, ids.gid)
  chmodSync(directory, 0o755)
  const data = join(directory, "data")
  const run = (program, args) =>
    execFileSync(join(bin, program), args, {
      ...ids,
      cwd: directory,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 60_000,
    })
  const stop = () => {
    try {
      run("pg_ctl", ["-D", data, "-m", "immediate", "stop"])
    } catch {
      // It is gone already.
    }
    rmSync(directory, { recursive: true, force: true })
  }
  try {
    run("initdb", [
      "-D",
      data,
      "-U",
      "argo",
      "-A",
      "trust",
      "-E",
      "UTF8",
      "--no-sync",
      "--locale=C",
    ])
    // A socket in our own directory: no port, no network. The server outlives no test: nothing needs to reach the disk.
    const options = `-k ${directory} -c listen_addresses= -c fsync=off -c max_connections=40`
    run("pg_ctl", [
      "-D",
      data,
      "-l",
      join(directory, "log"),
      "-o",
      options,
      "-w",
      "-t",
      "50",
      "start",
    ])
  } catch (error) {
    const log = existsSync(join(directory, "log")) && statSync(join(directory, "log")).size > 0
    stop()
    return answer({
      skipped: `PostgreSQL does not start here${log ? "" : " (no log)"}: ${String(error.message).split("\n")[0]}`,
    })
  }
  answer({ connection: { host: directory, user: "argo", database: "postgres" } })
  process.stdin.on("end", () => {
    stop()
    process.exit(0)
  })
  process.stdin.resume()
}
