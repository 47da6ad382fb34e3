import { utf8Bytes } from "./utf8.js"

const fnvStart = 0x811c9dc5
const fnvPrime = 0x01000193

function fnvOfBytes(bytes: Uint8Array): number {
  let hash = fnvStart
  for (let index = 0; index < bytes.length; index++) {
    hash = Math.imul(hash ^ (bytes[index] as number), fnvPrime)
  }
  return hash >>> 0
}

/** 32-bit FNV-1a over UTF-8 bytes, as Go's `hash/fnv` computes it: unsigned. */
export function fnv32a(data: string | Uint8Array): number {
  if (typeof data !== "string") return fnvOfBytes(data)
  let hash = fnvStart
  for (let index = 0; index < data.length; index++) {
    const code = data.charCodeAt(index)
    if (code >= 0x80) return fnvOfBytes(utf8Bytes(data))
    hash = Math.imul(hash ^ code, fnvPrime)
  }
  return hash >>> 0
}

const safeAlphabet = "bcdfghjklmnpqrstvwxz2456789"

/** Kubernetes' `SafeEncodeString`: each character mapped to one that spells no word. */
export function safeEncode(text: string): string {
  let encoded = ""
  for (const byte of utf8Bytes(text)) encoded += safeAlphabet[byte % safeAlphabet.length]
  return encoded
}

const hexBytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))

/** Joined in one piece: texts put together bit by bit are kept as all of their bits. */
function hex(words: ArrayLike<number>): string {
  const texts: string[] = []
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as number
    const high = `${hexBytes[word >>> 24]}${hexBytes[(word >>> 16) & 0xff]}`
    texts.push(`${high}${hexBytes[(word >>> 8) & 0xff]}${hexBytes[word & 0xff]}`)
  }
  return texts.join("")
}

/** Pads to whole 64-byte blocks as SHA-1 and SHA-256 both require; big-endian words. */
function paddedWords(bytes: Uint8Array): Uint32Array {
  const words = new Uint32Array((((bytes.length + 8) >> 6) + 1) * 16)
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] as number
    words[index >> 2] = (words[index >> 2] as number) | (byte << (24 - (index & 3) * 8))
  }
  const end = bytes.length
  words[end >> 2] = (words[end >> 2] as number) | (0x80 << (24 - (end & 3) * 8))
  words[words.length - 2] = Math.floor(end / 0x20000000)
  words[words.length - 1] = (end << 3) >>> 0
  return words
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

/** Names are hashed by the thousand: they are padded in place, where nothing of them outlives a call. */
const nameMax = 247
const nameWords = new Uint32Array((nameMax + 9) / 4)

/** Pads a short ASCII text into `nameWords`, and answers how many words that are; 0 where it is another text. */
function padName(text: string): number {
  const end = text.length
  if (end > nameMax) return 0
  const count = (((end + 8) >> 6) + 1) * 16
  nameWords.fill(0, 0, count)
  for (let index = 0; index < end; index++) {
    const code = text.charCodeAt(index)
    if (code >= 0x80) return 0
    nameWords[index >> 2] = (nameWords[index >> 2] as number) | (code << (24 - (index & 3) * 8))
  }
  nameWords[end >> 2] = (nameWords[end >> 2] as number) | (0x80 << (24 - (end & 3) * 8))
  nameWords[count - 1] = end << 3
  return count
}

const start1 = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0)
const digest1 = new Int32Array(5)
const schedule = new Int32Array(80)

/** What the 80 rounds take in, in `schedule`. */
function fillSchedule(words: Uint32Array, block: number): void {
  for (let t = 0; t < 16; t++) schedule[t] = words[block + t] as number
  for (let t = 16; t < 80; t++) {
    const mixed =
      (schedule[t - 3] as number) ^
      (schedule[t - 8] as number) ^
      (schedule[t - 14] as number) ^
      (schedule[t - 16] as number)
    schedule[t] = (mixed << 1) | (mixed >>> 31)
  }
}

/** One block of SHA-1 into `state`. */
function sha1Block(state: Int32Array, words: Uint32Array, block: number): void {
  fillSchedule(words, block)
  let a = state[0] as number
  let b = state[1] as number
  let c = state[2] as number
  let d = state[3] as number
  let e = state[4] as number
  for (let t = 0; t < 80; t++) {
    let mixed: number
    if (t < 20) mixed = ((b & c) | (~b & d)) + 0x5a827999
    else if (t < 40) mixed = (b ^ c ^ d) + 0x6ed9eba1
    else if (t < 60) mixed = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
    else mixed = (b ^ c ^ d) + 0xca62c1d6
    const next = (((a << 5) | (a >>> 27)) + mixed + e + (schedule[t] as number)) | 0
    e = d
    d = c
    c = (b << 30) | (b >>> 2)
    b = a
    a = next
  }
  state[0] = ((state[0] as number) + a) | 0
  state[1] = ((state[1] as number) + b) | 0
  state[2] = ((state[2] as number) + c) | 0
  state[3] = ((state[3] as number) + d) | 0
  state[4] = ((state[4] as number) + e) | 0
}

/** SHA-1 as 40 hexadecimal digits. For names that upstream derives from it, not for secrets. */
export function sha1(data: string | Uint8Array): string {
  const padded = typeof data === "string" ? padName(data) : 0
  const words =
    padded > 0 ? nameWords : paddedWords(typeof data === "string" ? utf8Bytes(data) : data)
  const end = padded > 0 ? padded : words.length
  digest1.set(start1)
  for (let block = 0; block < end; block += 16) sha1Block(digest1, words, block)
  return hex(digest1)
}

/** The first 32 fraction bits of the `power`-th roots of the first `count` primes: SHA-256's constants. */
function rootFractions(count: number, power: number): number[] {
  const found: number[] = []
  for (let candidate = 2; found.length < count; candidate++) {
    let isPrime = true
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) {
      if (candidate % divisor === 0) isPrime = false
    }
    if (isPrime) found.push(rootFraction(BigInt(candidate), power))
  }
  return found
}

/** Integer root of `prime · 2^(32·power)`, by bisection; its low 32 bits are the fraction. */
function rootFraction(prime: bigint, power: number): number {
  const target = prime << BigInt(32 * power)
  let low = 0n
  let high = 1n << 40n
  while (high - low > 1n) {
    const middle = (low + high) >> 1n
    if (middle ** BigInt(power) <= target) low = middle
    else high = middle
  }
  return Number(low & 0xffffffffn)
}

/** Computed when somebody asks for a hash: most programs that load this never do. */
let sha256Numbers: { readonly start: number[]; readonly constants: number[] } | undefined

function expand256(words: Uint32Array, block: number): Int32Array {
  const w = new Int32Array(64)
  for (let t = 0; t < 16; t++) w[t] = words[block + t] as number
  for (let t = 16; t < 64; t++) {
    const x = w[t - 15] as number
    const y = w[t - 2] as number
    const s0 = rotateLeft(x, 25) ^ rotateLeft(x, 14) ^ (x >>> 3)
    const s1 = rotateLeft(y, 15) ^ rotateLeft(y, 13) ^ (y >>> 10)
    w[t] = ((w[t - 16] as number) + s0 + (w[t - 7] as number) + s1) | 0
  }
  return w
}

/** SHA-256 as 64 hexadecimal digits. */
export function sha256(data: string | Uint8Array): string {
  const words = paddedWords(typeof data === "string" ? utf8Bytes(data) : data)
  sha256Numbers ??= { start: rootFractions(8, 2), constants: rootFractions(64, 3) }
  const { start, constants } = sha256Numbers
  const state = start.map((word) => word | 0)
  for (let block = 0; block < words.length; block += 16) {
    const w = expand256(words, block)
    let [a, b, c, d, e, f, g, h] = state as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    for (let t = 0; t < 64; t++) {
      const s1 = rotateLeft(e, 26) ^ rotateLeft(e, 21) ^ rotateLeft(e, 7)
      const choice = (e & f) ^ (~e & g)
      const first = (h + s1 + choice + (constants[t] as number) + (w[t] as number)) | 0
      const s0 = rotateLeft(a, 30) ^ rotateLeft(a, 19) ^ rotateLeft(a, 10)
      const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g
      g = f
      f = e
      e = (d + first) | 0
      d = c
      c = b
      b = a
      a = (first + second) | 0
    }
    for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) {
      state[index] = ((state[index] as number) + word) | 0
    }
  }
  return hex(state)
}
