import { describe, expect, test } from "vitest"
import { epochMs } from "../instant.js"
import { createVirtualClock, sleep, systemClock } from "./index.js"

describe("virtual clock", () => {
  test("a day passes in the order of (instant, key, registration)", async () => {
    const clock = createVirtualClock(epochMs(0))
    const log: string[] = []
    const note = (text: string) => () => log.push(`${text}@${clock.now()}`)
    clock.wakeAt(epochMs(86_400_000), "z", note("day"))
    clock.wakeAt(epochMs(10), "b", note("b"))
    clock.wakeAt(epochMs(10), "a", note("a"))
    clock.wakeAt(epochMs(10), "a", note("a again"))
    clock.wakeAt(epochMs(5), "c", note("cancelled"))()
    await clock.advance(86_400_000)
    expect(log).toEqual(["a@10", "a again@10", "b@10", "day@86400000"])
  })

  test("tracked work delivers at now + takesMs, ordered by key, however long it really took", async () => {
    const clock = createVirtualClock(epochMs(0))
    const log: string[] = []
    const work = (key: string, turns: number, takesMs: number): void => {
      const start = async (): Promise<string> => {
        for (let turn = 0; turn < turns; turn++)
          await new Promise((resolve) => setImmediate(resolve))
        return key
      }
      void clock.track(key, start, { takesMs, realLimitMs: 5000 }).then((done) => {
        log.push(`${done}@${clock.now()}`)
      })
    }
    work("slow", 30, 100)
    work("fast", 1, 100)
    work("short", 10, 20)
    await clock.advance(1000)
    expect(log).toEqual(["short@20", "fast@100", "slow@100"])
  })

  test("work that ignores its signal cannot hang the run", async () => {
    const clock = createVirtualClock(epochMs(0))
    const endless = clock.track("daemon", () => new Promise(() => {}), {
      takesMs: 7,
      realLimitMs: 20,
    })
    const code = endless.catch((error) => `${error.code}@${clock.now()}`)
    await clock.advance(100)
    expect(await code).toBe("TrackedTimeout@7")
  })

  test("work without a real limit takes as long as it does", async () => {
    const options = { takesMs: 0, realLimitMs: Number.POSITIVE_INFINITY }
    const start = async (): Promise<string> => {
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
      return "done"
    }
    expect(await systemClock().track("work", start, options)).toBe("done")
    const clock = createVirtualClock()
    const work = clock.track("work", start, options).then((result) => `${result}@${clock.now()}`)
    await clock.advance(1000)
    expect(await work).toBe("done@0")
  })

  test("runUntil stops where the condition holds and stands there", async () => {
    const clock = createVirtualClock(epochMs(0))
    let count = 0
    const tick = (): void => {
      count++
      clock.wakeAt(epochMs(clock.now() + 10), "tick", tick)
    }
    tick()
    expect(await clock.runUntil(() => count === 5, epochMs(1000))).toBe(true)
    expect(clock.now()).toBe(40)
    expect(await clock.runUntil(() => false, epochMs(60))).toBe(false)
    expect(clock.nextAt()).toBe(70)
  })

  test("an aborted sleep ends at once", async () => {
    const clock = createVirtualClock(epochMs(0))
    const stopping = new AbortController()
    const slept = sleep(clock, 1000, "nap", stopping.signal)
    stopping.abort()
    await slept
    expect(clock.now()).toBe(0)
  })
})

test("the system clock wakes after real time and hands tracked work through", async () => {
  const clock = systemClock()
  await sleep(clock, 1, "nap")
  expect(await clock.track("work", async () => 3, { takesMs: 1e9, realLimitMs: 1000 })).toBe(3)
})
