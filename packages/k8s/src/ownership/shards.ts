import { epochMs, type Stored } from "@argo-ts/kernel"
import { isClusterError } from "../cluster-error.js"
import {
  createGroupFile,
  type GroupFile,
  type ShardOptions,
  sortedMembers,
  type View,
} from "./group.js"
import { createHolding, type Holding } from "./holding.js"
import type { LeaseObject } from "./lease.js"
import { createListeners } from "./listeners.js"
import { type Ownership, type ResolvedLeaseTimes, resolveLeaseTimes } from "./ownership.js"
import { createPeers, type Peers } from "./peers.js"
import { createTenure, type Tenure } from "./tenure.js"

/** One replica's share of the keys. Its fence is the generation of the membership it works under. */
export interface Shard extends Ownership {
  /** The members that share the keys, sorted; empty while this replica is none of them. */
  members(): readonly string[]
  /**
   * Takes no more work, lets what runs end, and gives the Lease back: the others then share its keys within one or
   * two retry periods. Failing to tell them is logged: the Lease then expires.
   */
  leave(): Promise<void>
}

/** The parts of one replica. */
interface Replica {
  readonly options: ShardOptions
  readonly times: ResolvedLeaseTimes
  readonly file: GroupFile
  readonly peers: Peers
  readonly holding: Holding
  readonly tenure: Tenure
}

function isRace(error: unknown): boolean {
  return isClusterError(error, "Conflict") || isClusterError(error, "AlreadyExists")
}

/** Reads every member's Lease; answers this replica's own. */
async function readPeers({
  options,
  file,
  peers,
}: Replica): Promise<Stored<LeaseObject> | undefined> {
  const askedAt = options.clock.now()
  const members = await file.readMembers()
  peers.see(members, askedAt)
  return members.find(({ identity }) => identity === options.identity)?.lease
}

/**
 * Reads the agreed view and corrects it: this replica belongs to it (unless it leaves), the gone do not. Each
 * replica adds only itself, so that none brings back one that others know to be gone. Losing a race answers what
 * was read; the next round reads what won.
 */
async function agree(replica: Replica, isLeaving: boolean): Promise<View> {
  const { file, peers, options } = replica
  const found = await file.readView()
  const view = found?.view ?? { generation: 0, members: [] }
  const gone = peers.gone(view.members)
  const others = view.members.filter((each) => each !== options.identity && !gone.has(each))
  const members = sortedMembers(isLeaving ? others : [...others, options.identity])
  const isCurrent = view.generation >= peers.generation()
  if (isCurrent && members.join() === view.members.join()) return view
  const generation = 1 + Math.max(view.generation, peers.generation())
  const next = { generation, members }
  try {
    await file.writeView(found?.lease, next)
    options.logger.info("membership changes", { group: options.group, ...next })
    return next
  } catch (error) {
    if (isRace(error)) return view
    throw error
  }
}

/** One round: look at the others, agree, say what is worked under, and confirm what was said. */
async function takeRound(replica: Replica, isLeaving: boolean): Promise<void> {
  const { options, times, file, peers, holding, tenure } = replica
  const own = await readPeers(replica)
  holding.aim(await agree(replica, isLeaving))
  const view = holding.state(tenure.isDrained(holding.keeps))
  const sentAt = options.clock.now()
  await file.renew(own, { view, holder: options.identity })
  tenure.extend(epochMs(sentAt + times.renewDeadlineMs))
  // A renewal whose answer came too late holds nothing: what is read now is old news by the next one.
  if (!tenure.isHeld()) return
  if (holding.isUnconfirmed()) {
    const epoch = holding.epoch()
    const again = await file.readView()
    if (again?.view.generation !== view?.generation) return
    await readPeers(replica)
    holding.confirm(epoch)
  }
  const generation = holding.confirmed()?.generation
  if (generation !== undefined) holding.block(peers.blocking(generation))
  await tidy(replica)
}

/** The first member removes Leases that nobody has renewed for long. */
async function tidy({ options, file, peers, holding }: Replica): Promise<void> {
  if (holding.confirmed()?.members[0] !== options.identity) return
  for (const member of peers.discardable()) {
    await file.discard(member).catch((error: unknown) => {
      if (!isRace(error)) throw error
    })
  }
}

/** Gives the Lease back and takes this replica out of the view. */
async function sayGoodbye(replica: Replica): Promise<void> {
  const { options, file } = replica
  try {
    const own = await readPeers(replica)
    if (own !== undefined) await file.renew(own, { view: undefined, holder: "" })
    await agree(replica, true)
  } catch (error) {
    const fields = { group: options.group, identity: options.identity, error }
    options.logger.warn("lease not given back; it expires", fields)
  }
}

/** Rounds one after the other: soon while something is under way, else every retry period. */
function createRounds(
  replica: Replica,
  onRound: () => void,
): {
  /** The next round follows at once. */
  hurry(): void
  leave(): void
  end(): Promise<void>
} {
  const { options, times, holding } = replica
  const { clock, logger, group, identity } = options
  let isLeaving = false
  let isEnded = false
  let isHurried = false
  let cancel: (() => void) | undefined

  const once = async (): Promise<void> => {
    try {
      await takeRound(replica, isLeaving)
    } catch (error) {
      if (!isRace(error)) logger.warn("shard lease not renewed", { group, identity, error })
    }
    onRound()
    if (isEnded) return
    const waitMs = holding.isSettled() ? times.retryPeriodMs : Math.ceil(times.retryPeriodMs / 4)
    schedule(isHurried ? 0 : waitMs)
  }
  const schedule = (milliseconds: number): void => {
    isHurried = false
    cancel = clock.wakeAt(epochMs(clock.now() + milliseconds), `shard/${group}/${identity}`, () => {
      cancel = undefined
      round = once()
    })
  }
  const hurry = (): void => {
    isHurried = true
    if (cancel === undefined) return
    cancel()
    schedule(0)
  }
  let round = once()
  return {
    hurry,
    leave() {
      isLeaving = true
      hurry()
    },
    async end() {
      isEnded = true
      cancel?.()
      await round
    },
  }
}

/**
 * Joins a group of replicas that share the keys of their controllers. Each renews a Lease of its own; the group's
 * Lease carries the membership they agree on, with a generation that grows with each change; rendezvous hashing of
 * `namespace/name` gives each key to one member. A key is handed over when its former owner has said, on its Lease,
 * that it works under the newer generation, or when its Lease has expired.
 *
 * No two replicas work on one key while their clocks run at speeds whose ratio stays below `leaseDurationMs /
 * renewDeadlineMs` and requests end within the difference of the two; work passes {@link OwnedRun.check} before
 * each effect, which the cluster of a reconcile context does by itself. A Lease of a live member must not be deleted
 * by hand.
 *
 * @example
 * ```ts
 * const shard = joinShards({ cluster, clock, logger, namespace: "argo", group: "workflows", identity })
 * const running = createManager({ cluster, clock, logger, ownership: shard }).add(workflows()).start()
 * // … and to end: first the work, then the membership.
 * await running.stop()
 * await shard.leave()
 * ```
 */
export function joinShards(options: ShardOptions): Shard {
  const { clock, identity, group, logger } = options
  const times = resolveLeaseTimes(options)
  const holding = createHolding(identity)
  const changes = createListeners()
  let isLeaving = false
  let told = ""

  const tellChanges = (): void => {
    const now = `${isLeaving} ${tenure.isHeld()} ${holding.signature()}`
    if (now === told) return
    told = now
    changes.tell()
  }
  const tenure = createTenure({
    clock,
    name: `shard/${group}/${identity}/deadline`,
    onLapse() {
      holding.drop()
      logger.warn("shard lost", { group, identity })
      tellChanges()
    },
    onRunEnd() {
      if (holding.isDraining() && tenure.isDrained(holding.keeps)) rounds.hurry()
    },
  })
  const file = createGroupFile(options, times)
  const peers = createPeers(clock, identity, times.leaseDurationMs)
  const replica: Replica = { options, times, file, peers, holding, tenure }
  const rounds = createRounds(replica, tellChanges)
  const owns = (key: string): boolean => !isLeaving && tenure.isHeld() && holding.owns(key)
  const fence = (): number | undefined =>
    tenure.isHeld() ? holding.confirmed()?.generation : undefined
  return {
    owns,
    fence,
    members: () => (tenure.isHeld() ? (holding.confirmed()?.members ?? []) : []),
    run: async (key, work) => (owns(key) ? tenure.run(key, fence() ?? 0, work) : undefined),
    on: (_event, listener) => changes.add(listener),
    async leave() {
      if (isLeaving) return
      isLeaving = true
      tellChanges()
      rounds.leave()
      await tenure.idle()
      await rounds.end()
      await sayGoodbye(replica)
      tenure.end()
    },
  }
}
