import { fc, test as prop } from "@fast-check/vitest"
import { expect, test } from "vitest"
import type { Value } from "../values/value.js"
import { goSprintf } from "./printf.js"
import { goUnquote } from "./unquote.js"

const rows: readonly (readonly [format: string, values: readonly Value[], text: string])[] = [
  ["%s is %d", ["a", 5n], "a is 5"],
  ["%5.2f|%-8s|%08d", [3.14159, "ab", -42n], " 3.14|ab      |-0000042"],
  ["%e %g %G", [123456.789, 1e21, 1e-7], "1.234568e+05 1e+21 1E-07"],
  ["%.3g %.0f %.0f %.0f", [1234.5, 0.5, 1.5, 2.5], "1.23e+03 0 2 2"],
  ["%x %X %#x % x", ["hi", "hi", 255n, "abc"], "6869 6869 0xff 61 62 63"],
  ["%q %+q %#q", ['a"b', "é", "raw"], '"a\\"b" "\\u00e9" `raw`'],
  ["%c %U %q", [0x4e16n, 0x4e16n, 0x78n], "世 U+4E16 'x'"],
  ["%b %o %O %+d", [5n, 8n, 8n, 3n], "101 10 0o10 +3"],
  ["%t %v %T", [true, false, 1.5], "true false float64"],
  [
    "%v %d",
    [
      [1n, "a", null],
      [1n, 2n],
    ],
    "[1 a <nil>] [1 2]",
  ],
  ["%#v", [{ b: [1.5], a: "x" }], 'map[string]interface {}{"a":"x", "b":[]interface {}{1.5}}'],
  ["%[2]s %[1]s", ["a", "b"], "b a"],
  ["%*d|%-*d|", [4n, 7n, 3n, 1n], "   7|1  |"],
  ["100%%", [], "100%"],
  ["%d %s", [1n], "1 %!s(MISSING)"],
  ["%d", ["x"], "%!d(string=x)"],
  ["%z", [1.5], "%!z(float64=1.5)"],
  ["%d", [1n, "b"], "1%!(EXTRA string=b)"],
  ["%[5]d", [1n], "%!d(BADINDEX)"],
]

test.each(rows)("%s", (format, values, text) => {
  expect(goSprintf(format, values)).toBe(text)
})

test("a percent at the end has no verb", () => {
  expect(goSprintf("a%", [])).toBe("a%!(NOVERB)")
})

test("a width beyond reason is written down, not obeyed", () => {
  expect(goSprintf("%9999999d", [1n])).toBe("%!(BADWIDTH)1")
  expect(() =>
    goSprintf(
      "%999999d".repeat(20),
      Array.from({ length: 20 }, () => 1n),
    ),
  ).toThrow()
})

prop.prop([fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: 0, max: 20 })])(
  "fixed digits read back as close as their number allows",
  (value, places) => {
    const text = goSprintf(`%.${places}f`, [value])
    expect(text.split(".")[1]?.length ?? 0).toBe(places)
    if (Math.abs(value) < 1e15) {
      expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(
        0.5000001 * 10 ** -places + 1e-15 * Math.abs(value),
      )
    }
  },
)

prop.prop([fc.double({ noNaN: true, noDefaultInfinity: true })])(
  "shortest digits read back as the same number",
  (value) => {
    for (const format of ["%v", "%g", "%.17e"]) {
      expect(Number(goSprintf(format, [value]))).toBe(value)
    }
  },
)

prop.prop([
  fc.string(),
  fc.array(fc.oneof(fc.string(), fc.bigInt({ min: -5n, max: 5n }), fc.double())),
])("any format has an answer", (format, values) => {
  expect(typeof goSprintf(format, values)).toBe("string")
})

prop.prop([fc.string()])("what is quoted is unquoted", (text) => {
  const isWhole = !/\p{Cs}/u.test(text)
  if (isWhole) expect(goUnquote(goSprintf("%q", [text]))).toBe(text)
})
