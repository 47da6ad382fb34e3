import { type EpochMs, epochMs, type Stored } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import { assigns, type MemberLease, type View } from "./group.js"
import { createLeaseWatcher, isReleased, type LeaseObject } from "./lease.js"

/** What this replica knows of the others, by its own clock. */
export interface Peers {
  /**
   * Takes what a complete read of the members' Leases answered. What has expired is judged by the instant it was
   * asked for: between the server's reading and its answer another may have renewed.
   */
  see(members: readonly MemberLease[], askedAt: EpochMs): void
  /** Those of `members` that give nothing to wait for: expired, given back, or without a Lease for long. */
  gone(members: readonly string[]): ReadonlySet<string>
  /** Views that other live replicas may still work under, besides the one of that generation. */
  blocking(generation: number): readonly Blocker[]
  /** The highest generation that any replica has told of. */
  generation(): number
  /** Leases that nobody renews any more and that may be removed. */
  discardable(): readonly MemberLease[]
}

/** Another replica and the view it works under: the keys this gives it may be at work there. */
export interface Blocker {
  readonly identity: string
  readonly view: View
}

/** True where another replica may still work on the key. */
export function isBlocked(blockers: readonly Blocker[], key: string): boolean {
  return blockers.some(({ identity, view }) => assigns(view, key, identity))
}

/** A Lease is removed after it has been of no use for so many of its durations: late readers still find it. */
const keptDurations = 4

/** Nobody known yet. */
export function createPeers(clock: Clock, identity: string, leaseDurationMs: number): Peers {
  const watcher = createLeaseWatcher(clock, leaseDurationMs)
  const known = new Map<string, MemberLease>()
  const uselessSince = new Map<string, EpochMs>()
  const absentSince = new Map<string, EpochMs>()
  let asOf = epochMs(0)

  const nameOf = (lease: Stored<LeaseObject>): string => lease.metadata.name
  // A Lease that vanished without being given back counts until it would have expired.
  const isLive = ({ lease }: MemberLease): boolean =>
    !isReleased(lease) && !watcher.isExpired(nameOf(lease), asOf)
  const isAbsentForLong = (member: string): boolean => {
    const since = absentSince.get(member) ?? asOf
    absentSince.set(member, since)
    return asOf >= since + leaseDurationMs
  }
  const noteUse = (member: MemberLease): void => {
    if (isLive(member)) uselessSince.delete(member.identity)
    else if (!uselessSince.has(member.identity)) uselessSince.set(member.identity, asOf)
  }
  return {
    see(members, askedAt) {
      asOf = askedAt
      const found = new Set<string>()
      for (const member of members) {
        found.add(member.identity)
        known.set(member.identity, member)
        absentSince.delete(member.identity)
        watcher.see(member.lease)
        noteUse(member)
      }
      for (const member of known.values()) {
        if (found.has(member.identity) || isLive(member)) continue
        known.delete(member.identity)
        uselessSince.delete(member.identity)
        watcher.forget(nameOf(member.lease))
      }
    },
    gone(members) {
      const isGone = (name: string): boolean => {
        const member = known.get(name)
        return member === undefined ? isAbsentForLong(name) : !isLive(member)
      }
      return new Set(members.filter((name) => name !== identity && isGone(name)))
    },
    blocking: (generation) =>
      [...known.values()].flatMap((member) => {
        const { identity: name, view } = member
        const isOther = name !== identity && isLive(member)
        if (!isOther || view === undefined || view.generation === generation) return []
        return [{ identity: name, view }]
      }),
    generation: () => Math.max(0, ...[...known.values()].map(({ view }) => view?.generation ?? 0)),
    discardable: () =>
      [...known.values()].filter(({ identity: name }) => {
        const since = uselessSince.get(name)
        const isOld = since !== undefined && asOf >= since + keptDurations * leaseDurationMs
        return name !== identity && isOld
      }),
  }
}
