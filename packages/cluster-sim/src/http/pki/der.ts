/** Writes ASN.1 in its distinguished encoding: just the parts that certificates are made of. */

const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

function lengthOf(count: number): Buffer {
  if (count < 0x80) return Buffer.from([count])
  const bytes: number[] = []
  for (let rest = count; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return Buffer.from([0x80 | bytes.length, ...bytes])
}

function element(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content])
}

/** `SEQUENCE` of encoded parts. */
export function sequence(...parts: readonly Buffer[]): Buffer {
  return element(tags.sequence, Buffer.concat(parts))
}

/** `SET` of one encoded part: more would have to be ordered. */
export function setOf(part: Buffer): Buffer {
  return element(tags.set, part)
}

/** A non-negative `INTEGER`, big endian. */
export function integer(bytes: Buffer): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const shortest = bytes.subarray(start)
  // A leading one would make it negative.
  const isPositive = ((shortest[0] ?? 0) & 0x80) === 0
  return element(tags.integer, isPositive ? shortest : Buffer.concat([Buffer.from([0]), shortest]))
}

/** `TRUE`, the only truth that is written: false is what an absent one means. */
export const yes: Buffer = element(tags.boolean, Buffer.from([0xff]))

/** `OCTET STRING`. */
export function octets(bytes: Buffer): Buffer {
  return element(tags.octetString, bytes)
}

/** `BIT STRING` with so many bits of its last byte unused. */
export function bits(bytes: Buffer, unused: number = 0): Buffer {
  return element(tags.bitString, Buffer.concat([Buffer.from([unused]), bytes]))
}

/** `UTF8String`. */
export function text(value: string): Buffer {
  return element(tags.utf8String, Buffer.from(value, "utf8"))
}

/** `OBJECT IDENTIFIER`, written `2.5.4.3`. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number)
  const bytes: number[] = []
  for (const arc of [first * 40 + second, ...rest]) {
    const digits = [arc % 128]
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      digits.unshift(0x80 | (left % 128))
    }
    bytes.push(...digits)
  }
  return element(tags.oid, Buffer.from(bytes))
}

/** A time `YYYYMMDDHHMMSSZ`: two digits of the year up to 2049, as RFC 5280 wants it, else four. */
export function time(value: string): Buffer {
  const year = Number(value.slice(0, 4))
  return year >= 1950 && year < 2050
    ? element(tags.utcTime, Buffer.from(value.slice(2), "ascii"))
    : element(tags.generalizedTime, Buffer.from(value, "ascii"))
}

/** `[n] EXPLICIT`: around an encoded part. */
export function tagged(number: number, part: Buffer): Buffer {
  return element(0xa0 | number, part)
}

/** `[n] IMPLICIT` of a primitive: instead of its own tag. */
export function implicit(number: number, content: Buffer): Buffer {
  return element(0x80 | number, content)
}
