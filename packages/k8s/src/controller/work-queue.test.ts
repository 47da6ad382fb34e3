import { epochMs, OperationError } from "@argo-ts/kernel"
import { createVirtualClock, sleep } from "@argo-ts/kernel/clock"
import { expect, test } from "vitest"
import { createWorkQueue } from "./work-queue.js"

test("runs keys in the order of their names, each once however often it was added", async () => {
  const clock = createVirtualClock()
  const ran: string[] = []
  const queue = createWorkQueue({
    name: "q",
    clock,
    concurrency: 4,
    process: async (key) => {
      ran.push(key)
      return undefined
    },
    onFailure: () => {},
  })
  for (const key of ["c", "a", "b", "a"]) queue.add(key)
  expect(ran).toEqual([])
  queue.open()
  await clock.advance(0)
  expect(ran).toEqual(["a", "b", "c"])
  expect(queue.size()).toBe(0)
})

test("a key added while it runs runs again afterwards, never twice at once", async () => {
  const clock = createVirtualClock()
  let running = 0
  let runs = 0
  let runningMax = 0
  const queue = createWorkQueue({
    name: "q",
    clock,
    concurrency: 4,
    process: async () => {
      runs++
      runningMax = Math.max(runningMax, ++running)
      await sleep(clock, 100, "work")
      running--
      return undefined
    },
    onFailure: () => {},
  })
  queue.open()
  queue.add("a")
  await clock.advance(50)
  queue.add("a")
  await clock.advance(1000)
  expect({ runs, runningMax }).toEqual({ runs: 2, runningMax: 1 })
})

test("failures come back after 5, 10, 20 ms; a terminal one does not; a result names the next look", async () => {
  const clock = createVirtualClock()
  const log: string[] = []
  let left = 3
  const queue = createWorkQueue({
    name: "q",
    clock,
    concurrency: 1,
    process: async (key) => {
      log.push(`${key}@${clock.now()}`)
      if (key === "fatal") throw new OperationError("gone", { code: "Gone", retryable: false })
      if (left-- > 0) throw new Error("again")
      return clock.now() < 1000 ? epochMs(1000) : undefined
    },
    onFailure: (key, _error, retryAt) => log.push(`${key} fails, next ${retryAt}`),
  })
  queue.open()
  queue.add("a")
  queue.add("fatal")
  await clock.advance(5000)
  expect(log).toEqual([
    "a@0",
    "a fails, next 5",
    "fatal@0",
    "fatal fails, next undefined",
    "a@5",
    "a fails, next 15",
    "a@15",
    "a fails, next 35",
    "a@35",
    "a@1000",
  ])
})

test("closing waits for what runs and starts nothing more", async () => {
  const clock = createVirtualClock()
  const ended: string[] = []
  const queue = createWorkQueue({
    name: "q",
    clock,
    concurrency: 1,
    process: async (key) => {
      await sleep(clock, 10, "work")
      ended.push(key)
      return undefined
    },
    onFailure: () => {},
  })
  queue.open()
  queue.add("a")
  queue.add("b")
  await clock.advance(5)
  const closed = queue.close()
  await clock.advance(100)
  await closed
  expect(ended).toEqual(["a"])
})
