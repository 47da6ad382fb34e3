const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

/** Standard base32 with padding. */
export function base32(bytes: Uint8Array): string {
  let text = ""
  for (let at = 0; at < bytes.length; at += 5) {
    const group = Array.from({ length: 5 }, (_, index) => bytes[at + index] ?? 0)
    const bits = group.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
    const used = Math.ceil((Math.min(5, bytes.length - at) * 8) / 5)
    for (let index = 0; index < 8; index++) {
      const digit = Number((bits >> BigInt(35 - 5 * index)) & 31n)
      text += index < used ? alphabet.charAt(digit) : "="
    }
  }
  return text
}

/** Reads standard base32; the place of the first character that is wrong where it is none. */
export function parseBase32(text: string): Uint8Array | number {
  const body = text.replace(/=+$/, "")
  if (text.length % 8 !== 0) return text.length
  const bytes: number[] = []
  let bits = 0
  let count = 0
  for (let at = 0; at < body.length; at++) {
    const digit = alphabet.indexOf(body.charAt(at))
    if (digit < 0) return at
    bits = (bits << 5) | digit
    count += 5
    if (count < 8) continue
    count -= 8
    bytes.push((bits >> count) & 255)
    bits &= (1 << count) - 1
  }
  return Uint8Array.from(bytes)
}
