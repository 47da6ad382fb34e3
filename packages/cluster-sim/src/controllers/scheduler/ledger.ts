import type { StoredObject } from "../../store/stored-object.js"
import type { Node } from "../nodes/node.js"
import { claimsOf } from "../pod-claims.js"
import type { Pod } from "../workloads.js"
import type { Labels, Neighbour, NodeView, Surroundings } from "./node-view.js"
import { amountsOf, hostPorts, podRequests } from "./requests.js"

interface Booking {
  readonly node: string
  readonly requests: ReadonlyMap<string, number>
  readonly ports: readonly string[]
  readonly neighbour: Neighbour
  /** Keys of the claims that the pod mounts. */
  readonly claims: readonly string[]
}

interface Account extends NodeView {
  readonly used: Map<string, number>
  readonly ports: Set<string>
  readonly bookings: Set<string>
  podCount: number
}

/** Which pods take what of which node. Knows nodes before and after they exist. */
export interface Ledger {
  /** Takes the node as it is now; absent: it is gone. */
  setNode(name: string, node: Node | undefined): void
  /** Books a pod on its node, or takes it off where it has none. True where something became free. */
  setPod(key: string, pod: Pod | undefined): boolean
  /** Takes the labels of a namespace; absent: it is gone. */
  setNamespace(name: string, labels: Labels | undefined): void
  /** The nodes that exist, in the order of their names, with what is told of all. */
  surroundings(): Surroundings
  /** True for a claim, `namespace/name`, that a pod on some node mounts. */
  isClaimed(key: string): boolean
}

function neighbourOf(pod: Pod): Neighbour {
  const { podAntiAffinity } = pod.spec.affinity ?? {}
  return {
    namespace: pod.metadata.namespace ?? "",
    labels: pod.metadata.labels,
    antiAffinity: podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [],
    isGoing: pod.metadata.deletionTimestamp !== undefined,
  }
}

/** True for a pod that takes something of its node. */
function isBooked(pod: Pod | undefined): pod is Pod & { spec: { nodeName: string } } {
  const phase = pod?.status?.phase
  return pod?.spec.nodeName !== undefined && phase !== "Succeeded" && phase !== "Failed"
}

function openAccount(name: string, bookings: ReadonlyMap<string, Booking>): Account {
  const own = new Set<string>()
  return {
    name,
    labels: {},
    isCordoned: false,
    taints: [],
    allocatable: new Map(),
    used: new Map(),
    ports: new Set(),
    podCount: 0,
    bookings: own,
    neighbours: {
      *[Symbol.iterator]() {
        for (const key of own) yield (bookings.get(key) as Booking).neighbour
      },
    },
  }
}

function enter(account: Account, key: string, booking: Booking): void {
  account.podCount++
  for (const [name, amount] of booking.requests) {
    account.used.set(name, (account.used.get(name) ?? 0) + amount)
  }
  for (const port of booking.ports) account.ports.add(port)
  account.bookings.add(key)
}

function strike(account: Account, key: string, booking: Booking): void {
  account.podCount--
  for (const [name, amount] of booking.requests) {
    account.used.set(name, (account.used.get(name) ?? 0) - amount)
  }
  for (const port of booking.ports) account.ports.delete(port)
  account.bookings.delete(key)
}

/** How many pods mount which claim. */
function createClaims() {
  const users = new Map<string, number>()
  return {
    add(keys: readonly string[], by: 1 | -1): void {
      for (const key of keys) {
        const count = (users.get(key) ?? 0) + by
        if (count === 0) users.delete(key)
        else users.set(key, count)
      }
    },
    has: (key: string): boolean => users.has(key),
  }
}

/** An empty ledger. */
export function createLedger(): Ledger {
  const bookings = new Map<string, Booking>()
  const accounts = new Map<string, Account>()
  const existing = new Set<string>()
  let sorted: readonly Account[] | undefined
  const namespaces = new Map<string, Labels>()
  const claims = createClaims()
  let keepers = 0

  const open = (name: string): Account => {
    const account = accounts.get(name) ?? openAccount(name, bookings)
    accounts.set(name, account)
    return account
  }
  const leave = (key: string): boolean => {
    const booking = bookings.get(key)
    if (booking === undefined) return false
    strike(open(booking.node), key, booking)
    if (booking.neighbour.antiAffinity.length > 0) keepers--
    claims.add(booking.claims, -1)
    bookings.delete(key)
    return true
  }
  return {
    setNode(name, node) {
      sorted = undefined
      if (node === undefined) {
        existing.delete(name)
        return
      }
      existing.add(name)
      Object.assign(open(name), {
        labels: node.metadata.labels ?? {},
        isCordoned: node.spec?.unschedulable === true,
        taints: node.spec?.taints ?? [],
        allocatable: amountsOf(node.status?.allocatable),
      })
    },
    setPod(key, pod) {
      if (!isBooked(pod)) return leave(key)
      const node = pod.spec.nodeName
      const neighbour = neighbourOf(pod)
      const known = bookings.get(key)
      if (known?.node === node) {
        bookings.set(key, { ...known, neighbour })
        return false
      }
      leave(key)
      const requests = podRequests(pod.spec)
      const mounted = claimsOf(pod).map((name) => `${neighbour.namespace}/${name}`)
      const ports = hostPorts(pod.spec)
      const booking: Booking = { node, requests, ports, neighbour, claims: mounted }
      claims.add(mounted, 1)
      bookings.set(key, booking)
      enter(open(node), key, booking)
      if (neighbour.antiAffinity.length > 0) keepers++
      return false
    },
    setNamespace(name, labels) {
      if (labels === undefined) namespaces.delete(name)
      else namespaces.set(name, labels)
    },
    surroundings() {
      sorted ??= [...existing].toSorted().map(open)
      const labelsOf = (namespace: string): Labels | undefined => namespaces.get(namespace)
      return { nodes: sorted, hasAntiAffinity: keepers > 0, labelsOf }
    },
    isClaimed: claims.has,
  }
}

/** The pod of a stored object. */
export function asPod(object: StoredObject): StoredObject & Pod {
  return object as unknown as StoredObject & Pod
}
