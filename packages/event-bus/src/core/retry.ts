import { fnv32a, parseDuration } from "@argo-ts/kernel"
import type { Backoff } from "../api/common.js"
import type { RateLimit } from "../api/triggers.js"

/** A backoff with its defaults filled in. */
export interface BackoffPlan {
  /** Attempts in all, at least 1. */
  readonly attempts: number
  readonly durationMs: number
  readonly factor: number
  readonly jitter: number
}

const stepsDefault = 5
const durationDefaultMs = 1000
const nanosecondsPerMs = 1e6

function amount(value: string | number | undefined, fallback: number): number {
  if (value === undefined || value === "") return fallback
  const number = Number(value)
  return Number.isFinite(number) ? number : fallback
}

/** Reads a backoff; a numeric duration counts nanoseconds, as upstream. Absent: one attempt. */
export function planBackoff(backoff: Backoff | undefined): BackoffPlan {
  if (backoff === undefined) return { attempts: 1, durationMs: 0, factor: 1, jitter: 0 }
  const { duration, steps } = backoff
  const parsed = typeof duration === "string" ? parseDuration(duration) : undefined
  const textMs = parsed?.ok === true ? parsed.value : durationDefaultMs
  return {
    attempts: steps === undefined || steps <= 0 ? stepsDefault : steps,
    durationMs: typeof duration === "number" ? duration / nanosecondsPerMs : textMs,
    factor: amount(backoff.factor, 1),
    jitter: amount(backoff.jitter, 1),
  }
}

const waitMaxMs = 365 * 24 * 3_600_000

/**
 * Milliseconds to wait after failed attempt `failure` (0 the first): duration · factor^failure · (1 + u · jitter).
 * The share `u` is drawn from `cause`, so the same firing waits as long in every run.
 */
export function backoffMs(plan: BackoffPlan, failure: number, cause: string): number {
  const share = plan.jitter === 0 ? 0 : fnv32a(`${cause}/${failure}`) / 0x1_0000_0000
  const waitMs = plan.durationMs * plan.factor ** failure * (1 + share * plan.jitter)
  return Math.max(0, Math.round(Math.min(waitMs, waitMaxMs)))
}

const unitMs = { Second: 1000, Minute: 60_000, Hour: 3_600_000 } as const
const slackPermits = 10

/** Whole milliseconds between two permits, at least one; `undefined` where nothing limits. */
export function permitIntervalMs(limit: RateLimit | undefined): number | undefined {
  const permits = limit?.requestsPerUnit ?? 0
  if (permits <= 0) return undefined
  return Math.max(1, Math.round(unitMs[limit?.unit ?? "Second"] / permits))
}

/**
 * The instant of the next permit at or after `from`, and the bucket after it was taken. `next` is where the bucket
 * stands; unused permits are saved up to ten (spec/events §2.5).
 */
export function takePermit(
  next: number | undefined,
  from: number,
  intervalMs: number,
): { readonly at: number; readonly next: number } {
  const saved = Math.max(next ?? from, from - slackPermits * intervalMs)
  return { at: Math.max(from, saved), next: saved + intervalMs }
}
