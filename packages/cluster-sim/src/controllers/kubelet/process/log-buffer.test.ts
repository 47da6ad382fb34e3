import { epochMs } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { createLogBuffer } from "./log-buffer.js"

const at = epochMs(0)
const bytes = (text: string): Uint8Array => Buffer.from(text)

test("lines are told when they are whole, each stream for itself, and what is left at the end", () => {
  const log = createLogBuffer()
  log.write("stdout", bytes("a\nb"), at)
  log.write("stderr", bytes("x\n"), at)
  expect(log.lines.map(({ stream, text }) => `${stream} ${text}`)).toEqual(["stdout a", "stderr x"])
  log.write("stdout", bytes("c\n\nd"), at)
  log.end(at)
  log.end(at)
  expect(log.lines.map(({ text }) => text)).toEqual(["a", "x", "bc", "", "d"])
})

test("a character may come in two pieces", () => {
  const log = createLogBuffer()
  const [first, ...rest] = bytes("é\n")
  log.write("stdout", Uint8Array.of(first as number), at)
  log.write("stdout", Uint8Array.from(rest), at)
  expect(log.lines[0]?.text).toBe("é")
})

test("the oldest lines go where there are too many, and are counted", () => {
  const log = createLogBuffer(100)
  for (let index = 0; index < 1_000; index++) log.write("stdout", bytes(`${index}\n`), at)
  expect(log.dropped + log.lines.length).toBe(1_000)
  expect(log.lines[0]?.text).toBe(`${log.dropped}`)
  expect(log.lines.at(-1)?.text).toBe("999")
  expect(log.lines.length).toBeGreaterThan(10)
})

test("a line without an end is cut, and one that is too long for the log is kept alone", () => {
  const log = createLogBuffer(1_000)
  log.write("stdout", bytes("x".repeat(300_000)), at)
  expect(log.lines).toHaveLength(1)
  log.write("stdout", bytes("y\n"), at)
  expect(log.lines.at(-1)?.text).toBe("y")
})
