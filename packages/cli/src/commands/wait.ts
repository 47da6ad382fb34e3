import { setTimeout as wait } from "node:timers/promises"
import type { Workflow } from "@argo-ts/dag-engine"
import { CliError, type ExitCode, type Io, type OutputFormat } from "../io.js"
import { shownKey } from "../workflows/choose.js"
import { before } from "../workflows/filter.js"
import { findKey, lookUp, type RunPlace } from "../workflows/place.js"
import { type StoreFlag, withPlace } from "./runs.js"

/** Options of `wait`. */
export interface WaitOptions extends StoreFlag {
  readonly ignoreNotFound?: true
  /** At most so long. */
  readonly timeout?: string
  readonly output: OutputFormat
}

const lookMs = 200

/** `argo-ts wait NAME...`: until the runs are over. 0 where all have succeeded. */
export async function waitFor(
  names: readonly string[],
  options: WaitOptions,
  io: Io,
): Promise<ExitCode> {
  // Reads the duration, whatever now is.
  const limitMs = before(options.timeout, "--timeout", 0)
  const until = limitMs === undefined ? undefined : Date.now() - limitMs
  return withPlace(options, io, async (place) => {
    let code: ExitCode = 0
    for (const name of names) {
      const key = await findKey(place, name)
      const workflow = await ended(place, key, { ...options, until }, io)
      if (workflow === undefined) continue
      const { phase = "", finishedAt = "" } = workflow.status ?? {}
      if (options.output === "json") io.out(`${JSON.stringify({ name, phase, finishedAt })}\n`)
      else io.out(`${name} ${phase} at ${finishedAt}\n`)
      if (phase !== "Succeeded") code = 1
    }
    return code
  })
}

/** A run when it is over; `undefined` where there is none and that is no error. */
async function ended(
  place: RunPlace,
  key: string,
  { ignoreNotFound, until }: WaitOptions & { readonly until: number | undefined },
  io: Io,
): Promise<Workflow | undefined> {
  for (;;) {
    const isThere = ignoreNotFound !== true || (await place.look(key)) !== undefined
    if (!isThere) return undefined
    const workflow = await lookUp(place, key)
    if (workflow.status?.finishedAt !== undefined) return workflow
    const phase = workflow.status?.phase ?? "Pending"
    const name = shownKey(key)
    if (io.signal.aborted) {
      throw new CliError("Interrupted", `${name} is still ${phase}`, { exitCode: 1 })
    }
    if (until !== undefined && Date.now() >= until) {
      throw new CliError("Timeout", `--timeout: ${name} is still ${phase}`, { exitCode: 1 })
    }
    await wait(lookMs, undefined, { signal: io.signal }).catch(() => undefined)
  }
}
