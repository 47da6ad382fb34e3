import {
  createRandomStreams,
  epochMs,
  formatKey,
  type Logger,
  type ObjectKey,
  type Stored,
} from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import { isClusterError } from "../cluster-error.js"
import type { MetricsRegistry } from "../metrics/registry.js"
import type { ClusterReader, ClusterWriter } from "../ports.js"
import {
  createLeaseWatcher,
  isReleased,
  type LeaseObject,
  type LeaseSpec,
  leaseInstant,
  leases,
  leaseType,
  withinTime,
} from "./lease.js"
import { createListeners } from "./listeners.js"
import {
  type LeaseTimes,
  type Ownership,
  type ResolvedLeaseTimes,
  resolveLeaseTimes,
} from "./ownership.js"
import { createTenure, type Tenure } from "./tenure.js"

/** What an election needs. All replicas name the same lease and the same durations. */
export interface LeaderElectionOptions extends LeaseTimes {
  readonly cluster: ClusterReader & ClusterWriter
  readonly clock: Clock
  readonly logger: Logger
  /** The Lease; it is created where it does not exist. */
  readonly lease: Required<ObjectKey>
  /** Unique among all processes that ever run at once: a pod's name, or a host's name with a random part. */
  readonly identity: string
  /** Where `leader_election_master_status` is kept. Default nowhere. */
  readonly metrics?: MetricsRegistry
}

/** Tells the registry whether this candidate leads: 1 or 0. */
function measureStatus(options: LeaderElectionOptions): (isLeader: boolean) => void {
  const gauge = options.metrics?.gauge({
    name: "leader_election_master_status",
    help: "Whether this process leads: 1 or 0.",
    labels: ["name"],
  })
  return (isLeader) => gauge?.set({ name: options.lease.name }, isLeader ? 1 : 0)
}

/** A candidate. As an {@link Ownership} it owns every key while it leads; its fence is `leaseTransitions`. */
export interface LeaderElection extends Ownership {
  isLeader(): boolean
  /** Who was last seen to lead, expired or not; absent before the first look and after a release. */
  leader(): string | undefined
  /**
   * Stops campaigning, lets work that runs end, and gives the lease back so that another leads at once. Failing to
   * give it back is logged: it then expires.
   */
  stop(): Promise<void>
}

/** client-go's: candidates wait up to 2.2 periods, so that they do not all ask at once. */
const jitterFactor = 1.2

/** The lease as it stands after it was taken or renewed. */
function held(
  before: LeaseSpec | undefined,
  holder: { readonly identity: string; readonly now: string; readonly seconds: number },
): LeaseSpec & { readonly leaseTransitions: number } {
  const isMine = before?.holderIdentity === holder.identity
  const transitions = before?.leaseTransitions ?? 0
  return {
    holderIdentity: holder.identity,
    leaseDurationSeconds: holder.seconds,
    acquireTime: isMine ? (before.acquireTime ?? holder.now) : holder.now,
    renewTime: holder.now,
    leaseTransitions: before === undefined || isMine ? transitions : transitions + 1,
  }
}

/** Reads and writes the Lease of one election. */
interface LeaseFile {
  read(): Promise<Stored<LeaseObject> | undefined>
  /** Rejects with `Conflict` or `AlreadyExists` where somebody else wrote since `before` was read. */
  write(before: Stored<LeaseObject> | undefined, spec: LeaseSpec): Promise<Stored<LeaseObject>>
}

function createLeaseFile(options: LeaderElectionOptions, timeoutMs: number): LeaseFile {
  const { cluster, clock, lease: key, identity } = options
  const bounded = <T>(verb: string, answer: Promise<T>): Promise<T> =>
    withinTime(clock, timeoutMs, { name: `lease/${identity}/${verb}`, answer })
  return {
    read: () => bounded("get", cluster.get(leases, key)),
    write(before, spec) {
      if (before !== undefined) return bounded("put", cluster.update(leases, { ...before, spec }))
      return bounded("post", cluster.create(leases, { ...leaseType, metadata: key, spec }))
    },
  }
}

/** One replica's standing towards the Lease. */
interface Candidacy {
  readonly tenure: Tenure
  leader(): string | undefined
  fence(): number
  /** Looks, and takes or renews the lease where that is allowed; `canTake` false only renews. */
  campaign(canTake: boolean): Promise<void>
  release(): Promise<void>
}

function createCandidacy(
  options: LeaderElectionOptions,
  times: ResolvedLeaseTimes,
  onChange: () => void,
): Candidacy {
  const { clock, identity, logger, lease: key } = options
  const watcher = createLeaseWatcher(clock, times.leaseDurationMs)
  const file = createLeaseFile(options, times.renewDeadlineMs)
  let last: Stored<LeaseObject> | undefined
  let fence = 0

  const tenure = createTenure({
    clock,
    name: `election/${formatKey(key)}/${identity}/deadline`,
    onLapse() {
      logger.warn("leadership lost", { lease: key, identity })
      onChange()
    },
  })
  const see = (lease: Stored<LeaseObject> | undefined): void => {
    const holder = lease?.spec.holderIdentity
    if (holder !== last?.spec.holderIdentity) logger.info("leader seen", { lease: key, holder })
    last = lease
    if (lease !== undefined) watcher.see(lease)
    if (holder !== identity) tenure.lapse()
  }
  const isMine = (): boolean => last?.spec.holderIdentity === identity
  const isFree = (): boolean =>
    last === undefined || isReleased(last) || watcher.isExpired(last.metadata.name, clock.now())
  return {
    tenure,
    fence: () => fence,
    leader: () => (last === undefined || isReleased(last) ? undefined : last.spec.holderIdentity),
    async campaign(canTake) {
      see(await file.read())
      if (canTake ? !isMine() && !isFree() : !tenure.isHeld()) return
      const sentAt = clock.now()
      const seconds = times.leaseDurationMs / 1000
      const spec = held(last?.spec, { identity, now: leaseInstant(clock), seconds })
      see(await file.write(last, spec))
      const wasHeld = tenure.isHeld()
      fence = spec.leaseTransitions
      tenure.extend(epochMs(sentAt + times.renewDeadlineMs))
      if (!wasHeld) onChange()
    },
    async release() {
      if (!tenure.isHeld() || last === undefined) return
      const now = leaseInstant(clock)
      const freed = { ...last.spec, holderIdentity: "", leaseDurationSeconds: 1 }
      await file.write(last, { ...freed, renewTime: now, acquireTime: now }).catch((error) => {
        logger.warn("lease not given back; it expires", { lease: key, error })
      })
      // Nothing was lost: it was given back, and nobody works any more.
      last = undefined
    },
  }
}

/**
 * Campaigns for a Lease from now on, and again whenever it was lost. A candidate takes the lease only after it saw
 * it unchanged for its whole duration by its own clock, and a leader gives up `renewDeadlineMs` after it sent its
 * last successful renewal: two never lead at once while their clocks run at speeds whose ratio stays below
 * `leaseDurationMs / renewDeadlineMs`. What clocks show is never compared.
 *
 * Differs from client-go: losing the lease aborts the work through its signal instead of ending the process.
 *
 * @example
 * ```ts
 * const lease = { namespace: "argo", name: "workflow-controller" }
 * const election = electLeader({ cluster, clock, logger, lease, identity: process.env["POD_NAME"] })
 * const running = createManager({ cluster, clock, logger, ownership: election }).add(workflows()).start()
 * ```
 */
export function electLeader(options: LeaderElectionOptions): LeaderElection {
  const { clock, identity, logger } = options
  const times = resolveLeaseTimes(options)
  const name = `election/${formatKey(options.lease)}/${identity}`
  const jitter = createRandomStreams(identity).stream("leader-election")
  const changes = createListeners()
  const setStatus = measureStatus(options)
  const candidacy = createCandidacy(options, times, () => {
    setStatus(isLeader())
    changes.tell()
  })
  const { tenure } = candidacy
  let isStopping = false
  let isStopped = false
  let cancel: () => void = () => {}

  const isLeader = (): boolean => !isStopping && tenure.isHeld()
  const attempt = async (): Promise<void> => {
    try {
      await candidacy.campaign(!isStopping)
    } catch (error) {
      const isRace = isClusterError(error, "Conflict") || isClusterError(error, "AlreadyExists")
      if (!isRace) logger.warn("lease not renewed", { lease: options.lease, identity, error })
    }
    if (isStopped) return
    const factor = isLeader() ? 1 : 1 + jitter.next() * jitterFactor
    const next = epochMs(clock.now() + Math.round(times.retryPeriodMs * factor))
    cancel = clock.wakeAt(next, name, () => {
      round = attempt()
    })
  }
  setStatus(false)
  let round = attempt()
  return {
    isLeader,
    leader: candidacy.leader,
    owns: isLeader,
    fence: () => (isLeader() ? candidacy.fence() : undefined),
    run: async (key, work) => (isLeader() ? tenure.run(key, candidacy.fence(), work) : undefined),
    on: (_event, listener) => changes.add(listener),
    async stop() {
      if (isStopping) return
      isStopping = true
      setStatus(false)
      changes.tell()
      // Renewed on until the last work has ended.
      await tenure.idle()
      isStopped = true
      cancel()
      await round
      await candidacy.release()
      tenure.end()
    },
  }
}
