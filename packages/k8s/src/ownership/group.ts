import {
  compareText,
  isJsonObject,
  type JsonValue,
  type Logger,
  type Stored,
} from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import type { ClusterReader, ClusterWriter } from "../ports.js"
import { type LeaseObject, leaseInstant, leases, leaseType, withinTime } from "./lease.js"
import type { LeaseTimes, ResolvedLeaseTimes } from "./ownership.js"
import { ownerOf } from "./rendezvous.js"

/** What a shard needs. All replicas name the same namespace, group and durations. */
export interface ShardOptions extends LeaseTimes {
  readonly cluster: ClusterReader & ClusterWriter
  readonly clock: Clock
  readonly logger: Logger
  /** Where the Leases of the group live. */
  readonly namespace: string
  /** Name of the Lease that carries the membership, label of its members' Leases, and the prefix of their names. */
  readonly group: string
  /**
   * Unique among all processes that ever run at once, and part of a Lease's name: a pod's name, or a host's name
   * with a random part.
   */
  readonly identity: string
}

/** A membership that replicas agree on: who shares the keys, and the number under which they do. */
export interface View {
  /** Grows with each change of the members. The fencing number. */
  readonly generation: number
  /** Sorted. */
  readonly members: readonly string[]
}

/** On a member's Lease: which group it belongs to. */
export const groupLabel = "sharding.argo-ts.dev/group"
/** On every Lease of a group: a {@link View}, as JSON. */
const viewAnnotation = "sharding.argo-ts.dev/view"

/** A member's Lease as others read it. */
export interface MemberLease {
  readonly identity: string
  readonly lease: Stored<LeaseObject>
  /** The view it says it works under; absent before its first. */
  readonly view: View | undefined
}

function parseView(text: string | undefined): View | undefined {
  if (text === undefined) return undefined
  let value: JsonValue
  try {
    value = JSON.parse(text) as JsonValue
  } catch {
    return undefined
  }
  if (!isJsonObject(value)) return undefined
  const { generation, members } = value
  if (typeof generation !== "number" || !Array.isArray(members)) return undefined
  return { generation, members: members.filter((each) => typeof each === "string") }
}

/** True where `view` gives the key to `identity`. */
export function assigns(view: View | undefined, key: string, identity: string): boolean {
  return view !== undefined && ownerOf(view.members, key) === identity
}

/** Sorted, each once. */
export function sortedMembers(members: Iterable<string>): readonly string[] {
  return [...new Set(members)].toSorted(compareText)
}

/** Reads and writes the Leases of one group. Every request is given up after `renewDeadlineMs`. */
export interface GroupFile {
  /** The agreed view and the Lease that carries it; absent before the first member. */
  readView(): Promise<{ readonly view: View; readonly lease: Stored<LeaseObject> } | undefined>
  /** Rejects with `Conflict` or `AlreadyExists` where another wrote since `before`. */
  writeView(before: Stored<LeaseObject> | undefined, view: View): Promise<Stored<LeaseObject>>
  readMembers(): Promise<readonly MemberLease[]>
  /** Renews the Lease of this replica, which says what view it works under; `holder` empty gives it back. */
  renew(
    before: Stored<LeaseObject> | undefined,
    says: { readonly view: View | undefined; readonly holder: string },
  ): Promise<Stored<LeaseObject>>
  /** Removes a Lease that nobody has renewed since it was read. */
  discard(member: MemberLease): Promise<void>
}

function toMember(lease: Stored<LeaseObject>): MemberLease {
  const { annotations, labels, name } = lease.metadata
  const group = labels?.[groupLabel] ?? ""
  const view = parseView(annotations?.[viewAnnotation])
  return { identity: name.slice(group.length + 1), lease, view }
}

function annotationsOf(view: View | undefined): { readonly [name: string]: string } {
  return view === undefined ? {} : { [viewAnnotation]: JSON.stringify(view) }
}

/** The Leases of the group of these options. */
export function createGroupFile(options: ShardOptions, times: ResolvedLeaseTimes): GroupFile {
  const { cluster, clock, namespace, group, identity } = options
  const key = { namespace, name: group }
  const labels = { [groupLabel]: group }
  const bounded = <T>(verb: string, answer: Promise<T>): Promise<T> =>
    withinTime(clock, times.renewDeadlineMs, { name: `shard/${identity}/${verb}`, answer })
  const store = (
    before: Stored<LeaseObject> | undefined,
    lease: LeaseObject,
  ): Promise<Stored<LeaseObject>> => {
    if (before === undefined) return bounded("post", cluster.create(leases, lease))
    const { resourceVersion } = before.metadata
    const metadata = { ...lease.metadata, resourceVersion }
    return bounded("put", cluster.update(leases, { ...lease, metadata }))
  }
  return {
    async readView() {
      const lease = await bounded("get", cluster.get(leases, key))
      if (lease === undefined) return undefined
      const view = parseView(lease.metadata.annotations?.[viewAnnotation])
      return { lease, view: view ?? { generation: 0, members: [] } }
    },
    writeView: (before, view) =>
      store(before, {
        ...leaseType,
        metadata: { ...key, annotations: annotationsOf(view) },
        spec: { leaseTransitions: view.generation, renewTime: leaseInstant(clock) },
      }),
    async readMembers() {
      const labelSelector = { matchLabels: labels }
      const { items } = await bounded("list", cluster.list(leases, { namespace, labelSelector }))
      return items.map(toMember)
    },
    renew(before, { view, holder }) {
      const now = leaseInstant(clock)
      const metadata = { namespace, name: `${group}-${identity}`, labels }
      return store(before, {
        ...leaseType,
        metadata: { ...metadata, annotations: annotationsOf(view) },
        spec: {
          holderIdentity: holder,
          leaseDurationSeconds: times.leaseDurationMs / 1000,
          acquireTime: before?.spec.acquireTime ?? now,
          renewTime: now,
          leaseTransitions: 0,
        },
      })
    },
    async discard({ lease }) {
      const { name, resourceVersion } = lease.metadata
      const preconditions = { resourceVersion }
      await bounded("delete", cluster.delete(leases, { namespace, name }, { preconditions }))
    },
  }
}
