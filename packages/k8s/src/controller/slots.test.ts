import { expect, test } from "vitest"
import { createSlots } from "./slots.js"

test("no more run than there are slots, in their order, and idle waits for all of them", async () => {
  const slots = createSlots(2)
  const log: string[] = []
  const ends = new Map<string, () => void>()
  for (const name of ["a", "b", "c", "d"]) {
    slots.run(() => {
      log.push(name)
      return new Promise((resolve) => ends.set(name, resolve))
    })
  }
  const idle = slots.idle().then(() => log.push("idle"))
  expect(log).toEqual(["a", "b"])
  ends.get("b")?.()
  await Promise.resolve().then(() => {})
  expect(log).toEqual(["a", "b", "c"])
  for (const name of ["a", "c"]) ends.get(name)?.()
  await Promise.resolve().then(() => {})
  expect(log).toEqual(["a", "b", "c", "d"])
  ends.get("d")?.()
  await idle
  expect(log).toEqual(["a", "b", "c", "d", "idle"])
  await slots.idle()
})
