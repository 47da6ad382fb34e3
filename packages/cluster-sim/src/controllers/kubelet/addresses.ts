import { fnv32a } from "@argo-ts/kernel"

/** Addresses of pods in 10.244.0.0/16: from the pod's uid where that one is free, else the next free one. */
export interface PodAddresses {
  /** The address of a pod, the same as long as it is not released. */
  of(uid: string): string
  /** Notes an address that a pod has already. */
  take(uid: string, address: string): void
  release(uid: string): void
}

const perThird = 254
const total = 256 * perThird

function addressAt(index: number): string {
  return `10.244.${Math.floor(index / perThird)}.${1 + (index % perThird)}`
}

/** The place of an address in the range, or undefined for one that lies elsewhere, such as that of a node. */
function indexOf(address: string): number | undefined {
  const [first, second, third, fourth] = address.split(".").map(Number)
  if (first !== 10 || second !== 244 || third === undefined || fourth === undefined)
    return undefined
  return third * perThird + fourth - 1
}

/** No addresses given yet. */
export function createPodAddresses(): PodAddresses {
  const byPod = new Map<string, string>()
  const used = new Set<number>()
  return {
    take(uid, address) {
      byPod.set(uid, address)
      const index = indexOf(address)
      if (index !== undefined) used.add(index)
    },
    of(uid) {
      const known = byPod.get(uid)
      if (known !== undefined) return known
      const first = fnv32a(uid) % total
      for (let offset = 0; offset < total; offset++) {
        const index = (first + offset) % total
        if (used.has(index)) continue
        const address = addressAt(index)
        byPod.set(uid, address)
        used.add(index)
        return address
      }
      throw new Error(`all ${total} pod addresses are in use`)
    },
    release(uid) {
      const address = byPod.get(uid)
      byPod.delete(uid)
      const index = address === undefined ? undefined : indexOf(address)
      if (index !== undefined) used.delete(index)
    },
  }
}
