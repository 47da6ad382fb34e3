import {
  defineKind,
  type EpochMs,
  epochMs,
  formatMicroInstant,
  type Kind,
  type KubernetesObject,
  OperationError,
  type Stored,
} from "@argo-ts/kernel"
import { type Clock, sleep } from "@argo-ts/kernel/clock"

/** `coordination.k8s.io/v1 Lease`. */
export interface LeaseObject extends KubernetesObject {
  readonly spec: LeaseSpec
}

/** `spec` of a Lease. */
export interface LeaseSpec {
  /** Who holds it; empty or absent where nobody does. */
  readonly holderIdentity?: string
  /** How long others wait after the last renewal they saw. */
  readonly leaseDurationSeconds?: number
  /** RFC 3339 with microseconds: for people. Decisions compare versions by the reader's own clock. */
  readonly acquireTime?: string
  readonly renewTime?: string
  /** How often it went from one holder to another. */
  readonly leaseTransitions?: number
}

/** The `Lease` kind. */
export const leases: Kind<LeaseObject> = defineKind<LeaseObject>({
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  scope: "Namespaced",
  hasStatus: false,
})

/** `apiVersion` and `kind` of a Lease. */
export const leaseType = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" } as const

/** `renewTime` as the API server wants it: six fraction digits. */
export function leaseInstant(clock: Clock): string {
  return formatMicroInstant(clock.now())
}

/** True where nobody holds the lease: it was given back. */
export function isReleased(lease: LeaseObject): boolean {
  return (lease.spec.holderIdentity ?? "") === ""
}

/** When each lease was last seen to change, by the reader's own clock: clocks of replicas are never compared. */
export interface LeaseWatcher {
  /** Takes note of a lease that was just read. */
  see(lease: Stored<LeaseObject>): void
  /** True where the lease of that name had stayed as it is for its own duration at `at`. False for one never seen. */
  isExpired(name: string, at: EpochMs): boolean
  forget(name: string): void
}

/** Remembers leases by name, all of one namespace. */
export function createLeaseWatcher(clock: Clock, leaseDurationMs: number): LeaseWatcher {
  const seen = new Map<string, { readonly version: string; readonly expiresAt: EpochMs }>()
  return {
    see(lease) {
      const { name, resourceVersion: version } = lease.metadata
      if (seen.get(name)?.version === version) return
      const { leaseDurationSeconds } = lease.spec
      const durationMs =
        leaseDurationSeconds === undefined ? leaseDurationMs : leaseDurationSeconds * 1000
      seen.set(name, { version, expiresAt: epochMs(clock.now() + durationMs) })
    },
    isExpired(name, at) {
      const known = seen.get(name)
      return known !== undefined && at >= known.expiresAt
    },
    forget: (name) => seen.delete(name),
  }
}

/** Gives a request up after `milliseconds` on the clock: a connection that hangs must not stop the next attempt. */
export async function withinTime<T>(
  clock: Clock,
  milliseconds: number,
  request: { readonly name: string; readonly answer: Promise<T> },
): Promise<T> {
  const ended = new AbortController()
  const giveUp = sleep(clock, milliseconds, request.name, ended.signal).then(() => {
    const message = `${request.name} had no answer within ${milliseconds} ms`
    throw new OperationError(message, { code: "Timeout", retryable: true })
  })
  // The loser of the race ends without a listener.
  giveUp.catch(() => {})
  try {
    return await Promise.race([request.answer, giveUp])
  } finally {
    ended.abort()
  }
}
