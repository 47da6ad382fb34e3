import { compareText, fnv32a } from "@argo-ts/kernel"

/** FNV alone gives neighbours like `a-1` and `a-2` similar numbers; two multiplications spread them. */
function spread(hash: number): number {
  let word = Math.imul(hash ^ (hash >>> 16), 0x7feb352d)
  word = Math.imul(word ^ (word >>> 15), 0x846ca68b)
  return (word ^ (word >>> 16)) >>> 0
}

/**
 * The member that owns a key, by rendezvous hashing: of all members, the one whose hash together with the key is
 * highest. A member that goes gives up only its own keys, one that comes takes an even share from all others.
 * Undefined where there are no members. Costs O(members).
 */
export function ownerOf(members: readonly string[], key: string): string | undefined {
  let owner: string | undefined
  let best = -1
  for (const member of members) {
    const score = spread(fnv32a(`${member}\u0000${key}`))
    const isBetter = score > best || (score === best && compareText(member, owner ?? "") < 0)
    if (isBetter) [owner, best] = [member, score]
  }
  return owner
}
