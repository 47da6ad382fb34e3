import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { parseDuration } from "@argo-ts/kernel"
import { CliError, type Io } from "../io.js"

/** Reads `--until`, in milliseconds. */
export function readUntil(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const parsed = parseDuration(text)
  if (parsed.ok && parsed.value >= 0) return parsed.value
  throw new CliError(
    "InvalidOption",
    `--until: expected a duration like 30s, found ${JSON.stringify(text)}`,
  )
}

/** Reads `--port`; 0, a free one, where nothing is said. */
export function readPort(text: string | undefined): number {
  return text === undefined ? 0 : portOf("--port", text)
}

function portOf(flag: string, text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new CliError(
    "InvalidOption",
    `${flag}: expected a number from 0 to 65535, found ${JSON.stringify(text)}`,
  )
}

/** Where events are taken, and what their senders show. */
export interface EventsOptions {
  readonly port: number
  readonly token: string
}

/** Reads `--events`, and the token beside it. */
export function readEvents(text: string | undefined, { env }: Io): EventsOptions | undefined {
  if (text === undefined) return undefined
  const port = portOf("--events", text)
  const token = env["ARGO_TS_EVENTS_TOKEN"] ?? ""
  if (token !== "") return { port, token }
  const message = "--events: expected a token in ARGO_TS_EVENTS_TOKEN, found none"
  throw new CliError("InvalidOption", message)
}

/** Where a cluster and its engines keep what they have. */
export interface Places {
  /** Options of the cluster itself. */
  readonly kept: { readonly data?: string; readonly log?: string }
  /** Checkouts, artifacts and folders of steps. */
  readonly work: string
  readonly kubeconfig: string
  /** Removes what is not to outlive the process. */
  clear(): void
}

interface PlaceOptions {
  readonly data?: string
  readonly log?: string
  readonly kubeconfig?: string
}

/** Decides where everything goes: below `--data`, which is made where there is none, or in a folder for this run. */
export function readPlaces(options: PlaceOptions, io: Io): Places {
  const { data, log } = options
  if (data !== undefined && log !== undefined) {
    throw new CliError("InvalidOption", "--data and --log: expected one of them, found both")
  }
  const logFile = log === undefined ? undefined : resolve(io.cwd, log)
  if (logFile !== undefined && !existsSync(dirname(logFile))) {
    throw new CliError("InvalidOption", `--log: expected a directory for ${log}, found nothing`)
  }
  const given = options.kubeconfig
  const kubeconfigIn = (root: string): string =>
    given === undefined ? join(root, "kubeconfig") : resolve(io.cwd, given)
  if (data === undefined) {
    const work = mkdtempSync(join(tmpdir(), "argo-ts-up-"))
    return {
      kept: logFile === undefined ? {} : { log: logFile },
      work,
      kubeconfig: kubeconfigIn(work),
      clear: () => rmSync(work, { recursive: true, force: true }),
    }
  }
  const root = resolve(io.cwd, data)
  const work = join(root, "work")
  mkdirSync(work, { recursive: true, mode: 0o700 })
  return {
    kept: { data: join(root, "cluster") },
    work,
    kubeconfig: kubeconfigIn(root),
    clear: () => {},
  }
}
