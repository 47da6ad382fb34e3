import { type Cluster, ClusterError } from "@argo-ts/k8s"
import { type EpochMs, epochMs, type Kind } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import { createFieldMemory } from "@argo-ts/kernel/merge"
import { createPodShapes } from "../admission/pod-template.js"
import { createQuotaLedger } from "../admission/quota-ledger.js"
import { createServiceAddresses } from "../admission/service-addresses.js"
import { createDraws } from "../api/draws.js"
import type { Server } from "../api/server.js"
import { createAdmissionChain } from "../hooks/admission-hook.js"
import { createKindRegistry } from "../kinds/registry.js"
import type { KindRules } from "../kinds/rules.js"
import { createComponentStatuses } from "../metrics/component-statuses.js"
import { createResourceMetrics } from "../metrics/resource-metrics.js"
import { createPort, type Gate } from "../port.js"
import { adoptObject } from "../store/adopt.js"
import type { Change } from "../store/history.js"
import { createStore } from "../store/store.js"
import type { StoredObject } from "../store/stored-object.js"
import { createWatchHub } from "../watch/hub.js"
import { type LogLine, readLogLines } from "./log-file.js"

/** A recording and how it is played. */
export interface PlaybackOptions {
  /** A `log` of a cluster. */
  readonly file: string
  /** Writes happen at their instants of this clock; those of its past happen at its next turn. */
  readonly clock: Clock
  /** The custom kinds of the cluster that was recorded. A write of another kind is the caller's mistake. Default none. */
  readonly kinds?: readonly Kind[]
}

/** A cluster in which what was recorded happens again. */
export interface Playback {
  /** Reads and watches as in the recorded cluster, version by version. Writes are refused as `MethodNotAllowed`. */
  readonly cluster: Cluster
  /** The instant of the first write: where a virtual clock starts. Absent for an empty recording. */
  readonly startsAt?: EpochMs
  /** The instant of the last write. */
  readonly endsAt?: EpochMs
  /** Writes that are still to come. */
  pending(): number
  /** Plays no further. */
  stop(): void
}

const reads: ReadonlySet<string> = new Set(["get", "list", "watch"])

const readOnly: Gate = ({ verb }) => {
  if (reads.has(verb)) return
  throw new ClusterError("MethodNotAllowed", `a recording is played: it takes no ${verb}`)
}

/** A server that only shows what it is told. */
function createShowcase({ clock, kinds = [] }: PlaybackOptions): Server {
  const registry = createKindRegistry(kinds)
  const store = createStore()
  const services = registry.byId("/services") as KindRules
  return {
    store,
    registry,
    draws: createDraws(0),
    admission: createAdmissionChain([], () => {}),
    addresses: createServiceAddresses(() => store.collection(services)),
    quotas: createQuotaLedger(store, registry),
    now: clock.now,
    managedFields: "off",
    fields: createFieldMemory(),
    podAccounts: "named",
    podShapes: createPodShapes(store, registry),
    metrics: createResourceMetrics({ store, registry, now: clock.now }, {}),
    components: createComponentStatuses(false),
    commit: () => {
      throw new Error("a recording is played: nobody else writes")
    },
  }
}

/** A deleted object is told as it last was, with the version of its end. */
function lastOf(before: StoredObject, version: number): StoredObject {
  const metadata = Object.freeze({ ...before.metadata, resourceVersion: `${version}` })
  return Object.freeze({ ...before, metadata })
}

function changeOf({ store, registry }: Server, line: LogLine, file: string): Change {
  const rules = registry.byId(line.kind)
  if (rules === undefined) {
    const message = `${file}: version ${line.rv} is of ${line.kind}, which is not among \`kinds\``
    throw new Error(message)
  }
  const before = store.collection(rules).get(line.ns ?? "", line.name)
  const after = line.object === null ? undefined : adoptObject(line.object, before)
  const event = after ?? lastOf(before as StoredObject, line.rv)
  return { version: line.rv, at: epochMs(line.t), rules, before, after, event }
}

/**
 * Plays what a cluster's log recorded: each write happens again, with its names, uids, versions and at its instant, and is
 * told to whoever watches. What a controller saw can so be looked at again, as often and as slowly as one likes.
 *
 * @example
 * ```ts
 * const playback = playRecording({ file: "cluster.jsonl", clock })
 * const informer = createInformer(pods, { cluster: playback.cluster, clock, logger })
 * await clock.advanceTo(playback.endsAt)
 * ```
 */
export function playRecording(options: PlaybackOptions): Playback {
  const { file, clock } = options
  const lines = readLogLines(file)
  const server = createShowcase(options)
  const hub = createWatchHub({ store: server.store, clock })
  let next = 0
  let cancel: () => void = () => {}

  const play = (): void => {
    const line = lines[next++]
    if (line === undefined) return
    const change = changeOf(server, line, file)
    server.store.apply(change)
    hub.publish(change)
    wait()
  }
  const wait = (): void => {
    const line = lines[next]
    if (line === undefined) return
    const at = epochMs(Math.max(line.t, clock.now()))
    cancel = clock.wakeAt(at, "cluster/recording", play)
  }
  // Each kind is known before anything is played.
  for (const line of lines)
    if (server.registry.byId(line.kind) === undefined) changeOf(server, line, file)
  wait()
  const [first, last] = [lines[0], lines.at(-1)]
  return {
    cluster: createPort(server, hub, { gate: readOnly }),
    ...(first !== undefined &&
      last !== undefined && { startsAt: epochMs(first.t), endsAt: epochMs(last.t) }),
    pending: () => lines.length - next,
    stop() {
      next = lines.length
      cancel()
    },
  }
}
