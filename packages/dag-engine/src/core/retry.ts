import { type EpochMs, formatDuration, formatInstant, parseDuration } from "@argo-ts/kernel"
import type { NodePhase } from "../api/status.js"
import type { CompiledRetry, CompiledTemplate } from "./compile-types.js"
import type { Attempts } from "./frame.js"
import type { Scope, Text } from "./languages.js"
import { isBad, type NodeRecord } from "./node.js"

/** What a Retry node does next. */
export type NextAttempt =
  | { readonly do: "finish"; readonly phase: NodePhase; readonly message: string }
  | { readonly do: "wait"; readonly until: number; readonly message: string }
  | { readonly do: "start" }

/** What the run says about retries. */
export interface RetryWorld {
  readonly now: number
  readonly shutdown: string
  /** The workflow's deadline, where it has come for this node. */
  readonly passedDeadline: number | undefined
  /** True where the template around it starts nothing more: a failed attempt has ended it. */
  readonly isHalted: boolean
  /** True: without a limit there is no back-off, as upstream has it. */
  readonly needsLimit: boolean
  readonly scope: Scope
}

/** Decides about the attempt after the last one, which is over. */
export function nextAttempt(attempts: Attempts, world: RetryWorld): NextAttempt {
  const retry = attempts.template.retry as CompiledRetry
  const last = attempts.list[attempts.list.length - 1]
  if (last === undefined) return { do: "start" }
  const finish = (message: string): NextAttempt => ({ do: "finish", phase: last.phase, message })
  if (!isBad(last.phase)) return finish("")
  if (world.isHalted) return finish(last.message)
  if (world.shutdown !== "") return finish(`Stopped with strategy '${world.shutdown}'`)
  if (world.passedDeadline !== undefined) {
    return finish(`retry exceeded workflow deadline ${goInstant(world.passedDeadline)}`)
  }
  const limit = readLimit(retry.limit, world.scope)
  if (typeof limit === "string") return { do: "finish", phase: "Error", message: limit }
  if (retry.backoff !== undefined) {
    const delay = backoff(attempts, retry, world)
    if ("do" in delay) return delay
    const isLeft = limit === undefined ? !world.needsLimit : attempts.list.length <= limit
    if (world.now < delay.until && isLeft) {
      const message = `Backoff for ${humanise(delay.until - last.finishedAt)}`
      return { do: "wait", until: delay.until, message }
    }
  }
  if (!isCovered(retry, last)) return finish(last.message)
  if (limit !== undefined && attempts.list.length > limit) return finish("No more retries left")
  if (retry.expression !== undefined) {
    const value = retry.expression.evaluate(retryScope(attempts, world.scope))
    if (!value.ok) return { do: "finish", phase: "Error", message: value.message }
    if (value.value !== true) return finish("retryStrategy.expression evaluated to false")
  }
  return { do: "start" }
}

/** An instant as Go prints it: `2026-01-02 03:04:05 +0000 UTC`. */
function goInstant(at: number): string {
  return `${formatInstant(at as EpochMs)
    .slice(0, 19)
    .replace("T", " ")} +0000 UTC`
}

function readLimit(text: Text | undefined, scope: Scope): number | undefined | string {
  if (text === undefined) return undefined
  const rendered = text.render(scope, () => false)
  const limit = Number(rendered.ok ? rendered.value : Number.NaN)
  return Number.isInteger(limit) ? limit : `retryStrategy.limit is no whole number: ${text.source}`
}

/** Milliseconds of a Go duration; a plain number means seconds. */
export function readDuration(text: string): number | undefined {
  if (/^[-+]?\d+$/.test(text)) return Number(text) * 1000
  const parsed = parseDuration(text)
  return parsed.ok ? parsed.value : undefined
}

function readMs(text: Text | undefined, scope: Scope): number | undefined {
  if (text === undefined) return undefined
  const rendered = text.render(scope, () => false)
  return rendered.ok && rendered.value !== "" ? readDuration(rendered.value) : undefined
}

function backoff(
  attempts: Attempts,
  retry: CompiledRetry,
  world: RetryWorld,
): NextAttempt | { readonly until: number } {
  const first = attempts.list[0] as NodeRecord
  const last = attempts.list[attempts.list.length - 1] as NodeRecord
  const base = readMs(retry.backoff?.duration, world.scope)
  if (base === undefined) {
    return {
      do: "finish",
      phase: "Error",
      message: "retryStrategy.backoff.duration is no duration",
    }
  }
  const maxMs = readMs(retry.backoff?.maxDuration, world.scope)
  const limitAt = maxMs === undefined ? Number.POSITIVE_INFINITY : first.startedAt + maxMs
  if (world.now > limitAt) {
    return { do: "finish", phase: last.phase, message: "Max duration limit exceeded" }
  }
  const rendered = retry.backoff?.factor?.render(world.scope, () => false)
  const factor = rendered?.ok === true ? Number(rendered.value) : 0
  const grown = factor > 0 ? base * factor ** (attempts.list.length - 1) : base
  const cap = readMs(retry.backoff?.cap, world.scope) ?? Number.POSITIVE_INFINITY
  const until = last.finishedAt + Math.min(grown, cap, Number.MAX_SAFE_INTEGER / 2)
  if (until > limitAt) {
    return { do: "finish", phase: last.phase, message: "Backoff would exceed max duration limit" }
  }
  return { until }
}

/** When attempts must be over: the first one's start and `maxDuration`. */
export function attemptsDeadline(attempts: Attempts, scope: Scope): number | undefined {
  const maxMs = readMs(attempts.template.retry?.backoff?.maxDuration, scope)
  const first = attempts.list[0]
  return maxMs === undefined || first === undefined ? undefined : first.startedAt + maxMs
}

const transient =
  /connection reset|connection refused|i\/o timeout|TLS handshake timeout|too many requests|EOF|ECONNRESET|ECONNREFUSED|ETIMEDOUT|temporary failure|exceeded quota/i

/** True where the policy gives an attempt that ended in an Error another chance. */
export function retriesErrors({ retry }: CompiledTemplate): boolean {
  return retry !== undefined && retry.policy !== "OnFailure"
}

function isCovered(retry: CompiledRetry, last: NodeRecord): boolean {
  switch (retry.policy) {
    case "Always":
      return true
    case "OnFailure":
      return last.phase === "Failed"
    case "OnError":
      return last.phase === "Error"
    case "OnTransientError":
      return transient.test(last.message)
  }
}

/** A span as upstream words it: `1 minute 30 seconds`, `200ms`. */
export function humanise(milliseconds: number): string {
  if (milliseconds % 1000 !== 0 && milliseconds < 1000) return formatDuration(milliseconds)
  const seconds = Math.round(milliseconds / 1000)
  const parts: string[] = []
  const add = (count: number, unit: string): void => {
    if (count > 0) parts.push(`${count} ${unit}${count === 1 ? "" : "s"}`)
  }
  add(Math.floor(seconds / 86_400), "day")
  add(Math.floor(seconds / 3600) % 24, "hour")
  add(Math.floor(seconds / 60) % 60, "minute")
  add(seconds % 60, "second")
  return parts.length === 0 ? "0 seconds" : parts.slice(0, 2).join(" ")
}

/** `retries` and `lastRetry.…` as the body of an attempt sees them. */
export function retryValue(attempts: Attempts | undefined, name: string): string | undefined {
  if (attempts === undefined) return undefined
  const started = attempts.list.length
  const last = attempts.list[started - 1]
  const former = last !== undefined && !last.isSettled ? attempts.list[started - 2] : last
  return valueOf(former, Math.max(0, started - (last === former ? 0 : 1)), name, "0")
}

const retryNames = [
  "retries",
  "lastRetry.exitCode",
  "lastRetry.status",
  "lastRetry.duration",
  "lastRetry.message",
] as const

/** The names that a body or expression of a retried template may use besides all others. */
export function retryNamesBelow(path: string): readonly string[] {
  return retryNames.filter((name) => name === path || name.startsWith(`${path.split(".")[0]}.`))
}

function retryScope(attempts: Attempts, below: Scope): Scope {
  const last = attempts.list[attempts.list.length - 1]
  return {
    now: below.now,
    get: (name) => valueOf(last, attempts.list.length - 1, name, "-1") ?? below.get(name),
    below: (path) => [...retryNamesBelow(path), ...below.below(path)],
  }
}

function valueOf(
  last: NodeRecord | undefined,
  retries: number,
  name: string,
  noExitCode: string,
): string | undefined {
  switch (name) {
    case "retries":
      return String(retries)
    case "lastRetry.exitCode":
      return last?.outputs?.exitCode ?? noExitCode
    case "lastRetry.status":
      return last?.phase ?? ""
    case "lastRetry.duration":
      return last === undefined
        ? "0"
        : String(Math.round((last.finishedAt - last.startedAt) / 1000))
    case "lastRetry.message":
      return last?.message ?? ""
    default:
      return undefined
  }
}
