import fc from "fast-check"
import { expect, test } from "vitest"
import { bits, integer, octets, oid, time } from "./der.js"

test.each([
  ["2.5.4.3", "0603550403"],
  ["1.2.840.10045.4.3.2", "06082a8648ce3d040302"],
])("the identifier %s", (dotted, hex) => {
  expect(oid(dotted).toString("hex")).toBe(hex)
})

test.each([
  ["00", "020100"],
  ["7f", "02017f"],
  ["80", "02020080"],
  ["0000ff", "020200ff"],
])("the number %s is as short as it can be and not negative", (hex, encoded) => {
  expect(integer(Buffer.from(hex, "hex")).toString("hex")).toBe(encoded)
})

test("years of two and of four digits", () => {
  expect(time("20491231235959Z").subarray(2).toString()).toBe("491231235959Z")
  expect(time("20500101000000Z").subarray(2).toString()).toBe("20500101000000Z")
})

test("bits tell how many are unused", () => {
  expect(bits(Buffer.from([0x06]), 1).toString("hex")).toBe("03020106")
})

test("the length that is written is the length there is, short and long", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 70_000 }), (count) => {
      const bytes = octets(Buffer.alloc(count))
      const first = bytes[1] ?? 0
      const digits = first < 0x80 ? 0 : first & 0x7f
      const length = digits === 0 ? first : bytes.readUIntBE(2, digits)
      return length === count && bytes.length === 2 + digits + count
    }),
  )
})
