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

/** No addresses given yet. */
export function createPodAddresses(): PodAddresses {
  const byPod = new Map<string, string>()
  const used = new Set<string>()
  const take = (uid: string, address: string): void => {
    byPod.set(uid, address)
    used.add(address)
  }
  return {
    take,
    of(uid) {
      const known = byPod.get(uid)
      if (known !== undefined) return known
      const first = fnv32a(uid) % total
      for (let offset = 0; offset < total; offset++) {
        const index = (first + offset) % total
        const address = `10.244.${Math.floor(index / perThird)}.${1 + (index % perThird)}`
        if (used.has(address)) continue
        take(uid, address)
        return address
      }
      throw new Error(`all ${total} pod addresses are in use`)
    },
    release(uid) {
      const address = byPod.get(uid)
      byPod.delete(uid)
      if (address !== undefined) used.delete(address)
    },
  }
}
