/**
 * Stable names of the outside world → where they are reached here. Keys are URL prefixes
 * (`https://git.example.com/shop.git`) or bare hosts and repositories (`registry.example.com/shop`); values replace
 * the matched prefix: a directory, or a URL on loopback. A manifest keeps its real names everywhere it runs.
 */
export type Addresses = { readonly [prefix: string]: string }

/** A prefix matches whole path segments only: `…/shop` is no prefix of `…/shopping`. */
function isPrefixOf(prefix: string, address: string): boolean {
  if (!address.startsWith(prefix)) return false
  const next = address[prefix.length]
  return next === undefined || prefix.endsWith("/") || /[/?#:@]/.test(next)
}

/** Where `address` is reached: the longest matching prefix replaced, or the address itself. */
export function resolveAddress(addresses: Addresses, address: string): string {
  let best: string | undefined
  for (const prefix of Object.keys(addresses)) {
    if (isPrefixOf(prefix, address) && prefix.length > (best?.length ?? -1)) best = prefix
  }
  return best === undefined ? address : `${addresses[best]}${address.slice(best.length)}`
}
