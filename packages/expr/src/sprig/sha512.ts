const mask = 0xffff_ffff_ffff_ffffn

/** The first primes, from which SHA-512 takes its constants. */
function primes(count: number): readonly bigint[] {
  const found: bigint[] = []
  for (let candidate = 2n; found.length < count; candidate++) {
    if (found.every((prime) => candidate % prime !== 0n)) found.push(candidate)
  }
  return found
}

/** The first 64 bits of the fraction of the `root`th root of a number. */
function fractionOfRoot(value: bigint, root: 2 | 3): bigint {
  const scaled = value << BigInt(64 * root)
  let [low, high] = [0n, 1n << 80n]
  while (low < high) {
    const middle = (low + high + 1n) >> 1n
    if (middle ** BigInt(root) <= scaled) low = middle
    else high = middle - 1n
  }
  return low & mask
}

interface Constants {
  readonly start: readonly bigint[]
  readonly rounds: readonly bigint[]
}

function makeConstants(): Constants {
  const list = primes(80)
  return {
    start: list.slice(0, 8).map((prime) => fractionOfRoot(prime, 2)),
    rounds: list.map((prime) => fractionOfRoot(prime, 3)),
  }
}

let constants: Constants | undefined

function rotate(value: bigint, by: bigint): bigint {
  return ((value >> by) | (value << (64n - by))) & mask
}

function padded(bytes: Uint8Array): Uint8Array {
  const length = Math.ceil((bytes.length + 17) / 128) * 128
  const block = new Uint8Array(length)
  block.set(bytes)
  block[bytes.length] = 0x80
  new DataView(block.buffer).setBigUint64(length - 8, BigInt(bytes.length) * 8n)
  return block
}

function schedule(view: DataView, at: number): readonly bigint[] {
  const words = Array.from({ length: 16 }, (_, index) => view.getBigUint64(at + index * 8))
  for (let index = 16; index < 80; index++) {
    const [early, late] = [words[index - 15] ?? 0n, words[index - 2] ?? 0n]
    const first = rotate(early, 1n) ^ rotate(early, 8n) ^ (early >> 7n)
    const second = rotate(late, 19n) ^ rotate(late, 61n) ^ (late >> 6n)
    words.push(((words[index - 16] ?? 0n) + first + (words[index - 7] ?? 0n) + second) & mask)
  }
  return words
}

/** SHA-512 of bytes, in hexadecimal digits. */
export function sha512(bytes: Uint8Array): string {
  constants ??= makeConstants()
  const { start, rounds } = constants
  const block = padded(bytes)
  const view = new DataView(block.buffer)
  let state = [...start]
  for (let at = 0; at < block.length; at += 128) {
    const words = schedule(view, at)
    let [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n, g = 0n, h = 0n] = state
    for (const [index, word] of words.entries()) {
      const choice = (e & f) ^ (~e & mask & g)
      const mixed = rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n)
      const first = (h + mixed + choice + (rounds[index] ?? 0n) + word) & mask
      const majority = (a & b) ^ (a & c) ^ (b & c)
      const second = (rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n)) + majority
      ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + first) & mask, c, b, a, (first + second) & mask]
    }
    const next = [a, b, c, d, e, f, g, h]
    state = state.map((value, index) => (value + (next[index] ?? 0n)) & mask)
  }
  return state.map((value) => value.toString(16).padStart(16, "0")).join("")
}
