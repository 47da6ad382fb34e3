import { ClusterError } from "@argo-ts/k8s"
import type { Kind, RandomStreams } from "@argo-ts/kernel"
import type { Gate } from "./port.js"

/** How often what goes wrong, each a probability from 0 to 1. Default 0. */
export interface FaultOptions {
  /** Updates, patches and applies answered with Conflict and not done. */
  readonly conflicts?: number
  /** Requests answered with InternalError and not done. */
  readonly internalErrors?: number
  /** Requests answered with ServiceUnavailable and not done. */
  readonly unavailable?: number
  /** Writes after which each open watch is ended, with that probability. */
  readonly droppedWatches?: number
  /** Which requests may fail. Default all. */
  readonly isAffected?: (verb: string, kind: Kind) => boolean
}

/** Decides from seeded draws what goes wrong. */
export interface Faults {
  readonly gate: Gate
  /** True where a watch is to be ended now. */
  dropsWatch(): boolean
}

const conditional = new Set(["update", "patch", "apply"])

/** Faults drawn from the stream `faults`: the same seed and requests give the same faults. */
export function createFaults(options: FaultOptions, streams: RandomStreams): Faults {
  const stream = streams.stream("faults")
  const happens = (probability: number | undefined): boolean =>
    probability !== undefined && probability > 0 && stream.next() < probability
  const isAffected = options.isAffected ?? (() => true)
  return {
    gate({ verb, kind }) {
      // A watch that is opened is dropped or not, never refused.
      if (verb === "watch" || !isAffected(verb, kind)) return
      const what = `${verb} of ${kind.plural}`
      if (happens(options.internalErrors)) {
        throw new ClusterError("InternalError", `Internal error occurred: injected fault, ${what}`)
      }
      if (happens(options.unavailable)) {
        throw new ClusterError(
          "ServiceUnavailable",
          `the server is unavailable: injected fault, ${what}`,
        )
      }
      if (conditional.has(verb) && happens(options.conflicts)) {
        throw new ClusterError(
          "Conflict",
          `Operation cannot be fulfilled on ${kind.plural}: injected fault; please apply your changes to the latest version and try again`,
        )
      }
    },
    dropsWatch: () => happens(options.droppedWatches),
  }
}
