import { ClusterError } from "@argo-ts/k8s"
import type { Kind, RandomStream, RandomStreams } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import type { Gate, GateRequest } from "./port.js"

/** How often what goes wrong, each a probability from 0 to 1, drawn from the seed. Default 0. */
export interface FaultOptions {
  /** Updates, patches and applies answered with Conflict and not done. */
  readonly conflicts?: number
  /** Requests answered with TooManyRequests and not done, to be repeated after a second. */
  readonly tooManyRequests?: number
  /** Requests answered with InternalError and not done. */
  readonly internalErrors?: number
  /** Requests answered with ServiceUnavailable and not done. */
  readonly unavailable?: number
  /**
   * Requests whose connection breaks: ServiceUnavailable, and whether the request was done before is open. One in two
   * writes was.
   */
  readonly connectionResets?: number
  /** Lists that are answered late, with what there was when they were asked. */
  readonly slowLists?: number
  /** How late at most, on the cluster's clock. Default 5,000 ms. */
  readonly slowListMsMax?: number
  /** Writes after which each open watch is ended in order, with that probability. */
  readonly droppedWatches?: number
  /**
   * Writes after which each open watch breaks: what was on its way is lost with it. Whoever resumes from the last version
   * seen misses nothing.
   */
  readonly brokenWatches?: number
  /**
   * Events whose delivery is put off together with all that follow on the same watch: in order on each watch, but not
   * between two of them.
   */
  readonly lateEvents?: number
  /** How late at most, on the cluster's clock. Default 1,000 ms. */
  readonly lateEventMsMax?: number
  /**
   * Lists and watches from version `0` that begin in the past, as those served by a lagging replica do: a watch repeats
   * events that its owner may have seen, in older states.
   */
  readonly staleReads?: number
  /** Writes after which all history is forgotten: who is behind has to list anew. */
  readonly compactions?: number
  /**
   * How far the server's clock is from the others', at most and either way, in milliseconds; drawn once. Timestamps of
   * objects come from it. Default 0.
   */
  readonly clockSkewMsMax?: number
  /** Nodes that lose their connection in a minute of the cluster's clock, each with that probability. */
  readonly nodeLosses?: number
  /** For how long. Default 300,000 ms. */
  readonly nodeLossMs?: number
  /**
   * For how long there are faults, from the start of the cluster and on its clock, in milliseconds; the clock stays skewed.
   * What a controller makes of the peace that follows is what it would have made without faults. Default for ever.
   */
  readonly durationMs?: number
  /** Which requests may fail, which lists be slow or stale. Default all. */
  readonly isAffected?: (verb: string, kind: Kind) => boolean
}

/** Decides from seeded draws what goes wrong. */
export interface Faults {
  readonly gate: Gate
  /** What becomes of a request whose connection breaks: done and nobody told, or not even done. */
  breaks(request: GateRequest): "before" | "after" | undefined
  /** True where a watch is to be ended now. */
  dropsWatch(): boolean
  /** True where a watch is to break now. */
  breaksWatch(): boolean
  /** How long an event is put off; 0 for not at all. */
  eventDelayMs(): number
  /** How long a list takes; 0 for no time. */
  listDelayMs(kind: Kind): number
  /** How many versions a read lags behind; 0 for none. */
  lag(verb: "list" | "watch", kind: Kind): number
  /** True where history is to be forgotten now. */
  compacts(): boolean
  /** How far the server's clock is ahead, in milliseconds. */
  readonly skewMs: number
  /** True where a node is to lose its connection now. */
  losesNode(): boolean
}

const conditional = new Set(["update", "patch", "apply"])
const lagMax = 100

/** A connection that broke. */
export function connectionReset(): ClusterError {
  return new ClusterError("ServiceUnavailable", "injected fault: connection reset by peer")
}

function skewOf(options: FaultOptions, stream: RandomStream): number {
  const { clockSkewMsMax: most = 0 } = options
  return most > 0 ? stream.integer(2 * most + 1) - most : 0
}

function createGate(options: FaultOptions, happens: (probability?: number) => boolean): Gate {
  const { isAffected = () => true } = options
  return ({ verb, kind }) => {
    // A watch that is opened is dropped or not, never refused.
    if (verb === "watch" || !isAffected(verb, kind)) return
    const what = `${verb} of ${kind.plural}`
    if (happens(options.internalErrors)) {
      throw new ClusterError("InternalError", `Internal error occurred: injected fault, ${what}`)
    }
    if (happens(options.unavailable)) {
      const message = `the server is unavailable: injected fault, ${what}`
      throw new ClusterError("ServiceUnavailable", message)
    }
    if (happens(options.tooManyRequests)) {
      const message = `too many requests: injected fault, ${what}; please try again later`
      throw new ClusterError("TooManyRequests", message, { retryAfterSeconds: 1 })
    }
    if (conditional.has(verb) && happens(options.conflicts)) {
      throw new ClusterError(
        "Conflict",
        `Operation cannot be fulfilled on ${kind.plural}: injected fault; please apply your changes to the latest version and try again`,
      )
    }
  }
}

/** Faults drawn from the stream `faults`: the same seed and requests give the same faults. */
export function createFaults(
  options: FaultOptions,
  streams: RandomStreams,
  clock: Pick<Clock, "now">,
): Faults {
  const stream = streams.stream("faults")
  const { durationMs = Number.POSITIVE_INFINITY } = options
  const end = clock.now() + durationMs
  // What does not happen draws nothing: a fault more never moves another.
  const happens = (probability?: number): boolean =>
    probability !== undefined && probability > 0 && clock.now() < end && stream.next() < probability
  const upTo = (probability: number | undefined, most: number): number =>
    happens(probability) ? 1 + stream.integer(Math.max(1, most)) : 0
  const { isAffected = () => true } = options
  return {
    gate: createGate(options, happens),
    skewMs: skewOf(options, streams.stream("faults/skew")),
    breaks({ verb, kind }) {
      if (verb === "watch" || !isAffected(verb, kind)) return undefined
      if (!happens(options.connectionResets)) return undefined
      return stream.next() < 0.5 ? "before" : "after"
    },
    dropsWatch: () => happens(options.droppedWatches),
    breaksWatch: () => happens(options.brokenWatches),
    eventDelayMs: () => upTo(options.lateEvents, options.lateEventMsMax ?? 1_000),
    listDelayMs: (kind) =>
      isAffected("list", kind) ? upTo(options.slowLists, options.slowListMsMax ?? 5_000) : 0,
    lag: (verb, kind) => (isAffected(verb, kind) ? upTo(options.staleReads, lagMax) : 0),
    compacts: () => happens(options.compactions),
    losesNode: () => happens(options.nodeLosses),
  }
}
