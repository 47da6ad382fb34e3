import { type EpochMs, epochMs, fnv32a, type KubernetesObject } from "@argo-ts/kernel"
import { createRecentMap } from "./recent-map.js"

/** An entry for `kubectl describe`: written as a Kubernetes Event, repeated ones counted. */
export interface EventRecord {
  readonly type: "Normal" | "Warning"
  readonly reason: string
  readonly message: string
}

/** How many events are too many. The defaults are client-go's. */
export interface EventLimits {
  /** From so many different messages of one reason on they are combined into one event. Default 10. */
  readonly similarMax?: number
  /** Messages further apart than this are not similar. Default 600,000 ms. */
  readonly similarWithinMs?: number
  /** Events about one object that may come at once; more are dropped. Default 25. */
  readonly burst?: number
  /** After a burst one more event about the object may come each so often. Default 300,000 ms. */
  readonly refillEveryMs?: number
  /** How many objects and reasons are remembered, the most recent ones. Default 4,096. */
  readonly rememberedMax?: number
}

/** An event that is to be written. */
export interface CorrelatedEvent extends EventRecord {
  /** Sixteen hexadecimal digits: events that share them about one object are one Event with a count. */
  readonly suffix: string
}

/** Decides what becomes of an event about an object. */
export interface EventCorrelator {
  /** What to write at `now`, or undefined where too many events came already. */
  correlate(object: KubernetesObject, event: EventRecord, now: EpochMs): CorrelatedEvent | undefined
}

interface Similar {
  /** The only message there was, as of most reasons of most objects; then all of them. */
  messages: string | Set<string> | undefined
  lastAt: EpochMs
}

const noMessages = (): Similar => ({ messages: undefined, lastAt: epochMs(0) })

/** How many events about one object may still come. */
interface Allowance {
  left: number
  filledAt: EpochMs | undefined
}

/** How an allowance grows again. */
interface Refill {
  readonly burst: number
  readonly everyMs: number
}

function take(allowance: Allowance, { burst, everyMs }: Refill, now: EpochMs): boolean {
  const gained = (now - (allowance.filledAt ?? now)) / everyMs
  allowance.filledAt = now
  allowance.left = Math.min(burst, allowance.left + gained)
  if (allowance.left < 1) return false
  allowance.left--
  return true
}

function oldestOf(messages: ReadonlySet<string>): string {
  const [oldest = ""] = messages
  return oldest
}

/** Adds a message, and answers how many different ones there are. */
function addMessage(known: Similar, message: string): number {
  const { messages } = known
  if (messages === undefined) known.messages = message
  else if (typeof messages !== "string") return messages.add(message).size
  else if (messages !== message) {
    known.messages = new Set([messages, message])
    return 2
  }
  return 1
}

function hex(words: string): string {
  return fnv32a(words).toString(16).padStart(8, "0")
}

/** Sixteen digits, as in the names of a cluster's own events: who said it of what, and what was said. */
function digest(words: string, message: string): string {
  return hex(words) + hex(message)
}

const combinedPrefix = "(combined from similar events): "

/**
 * client-go's rules: the same words about the same object are one Event; from ten different messages of one reason
 * within ten minutes on, one "combined" Event stands for them; and one object gets 25 events, then one more each
 * five minutes.
 */
export function createEventCorrelator(
  component: string,
  limits: EventLimits = {},
): EventCorrelator {
  const { similarMax = 10, similarWithinMs = 600_000, burst = 25 } = limits
  const { refillEveryMs = 300_000, rememberedMax = 4096 } = limits
  const similar = createRecentMap<Similar>(rememberedMax)
  const allowances = createRecentMap<Allowance>(rememberedMax)
  const refill: Refill = { burst, everyMs: refillEveryMs }

  const whole = (): Allowance => ({ left: burst, filledAt: undefined })

  const isSimilar = (group: string, message: string, now: EpochMs): boolean => {
    const known = similar.use(group, noMessages)
    if (now - known.lastAt > similarWithinMs) known.messages = undefined
    known.lastAt = now
    if (addMessage(known, message) < similarMax) return false
    // One leaves, so that the set stays as large as the limit and the next message is combined too.
    const { messages } = known
    if (typeof messages !== "object") known.messages = undefined
    else messages.delete(oldestOf(messages))
    return true
  }
  return {
    correlate(object, event, now) {
      const { apiVersion, kind, metadata } = object
      const { namespace, name, uid } = metadata
      // Whoever has a uid is told apart by it.
      const subject = uid ?? `${apiVersion}\u0000${kind}\u0000${namespace ?? ""}\u0000${name ?? ""}`
      const { type, reason, message } = event
      const isCombined = isSimilar(`${subject}\u0000${type}\u0000${reason}`, message, now)
      if (!take(allowances.use(subject, whole), refill, now)) return undefined
      const words = `${component}\u0000${uid ?? ""}\u0000${type}\u0000${reason}`
      if (!isCombined) return { ...event, suffix: digest(words, message) }
      const combined = `${combinedPrefix}${message}`
      return { ...event, message: combined, suffix: digest(words, combinedPrefix) }
    },
  }
}
