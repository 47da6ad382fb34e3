import { describe, expect, test } from "vitest"
import { epochMs } from "../instant.js"
import { createVirtualClock, systemClock } from "./index.js"

/** Resolves after `turns` turns of the event loop: a stand-in for a socket. */
async function travel(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe("serve", () => {
  test("answers tracked work of the same instant instead of waiting for it", async () => {
    const clock = createVirtualClock(epochMs(1000))
    const seen: string[] = []
    const request = clock.track(
      "post",
      async () => {
        await travel(5)
        const answer = await clock.serve("hook", () => `served at ${clock.now()}`)
        await travel(5)
        return answer
      },
      { takesMs: 50, realLimitMs: 5000 },
    )
    void request.then((answer) => seen.push(`${answer}, seen at ${clock.now()}`))
    await clock.advance(100)
    expect(seen).toEqual(["served at 1000, seen at 1050"])
  })

  test("changes run in the order of their keys, whichever request was faster", async () => {
    for (const turns of [
      [9, 2],
      [2, 9],
    ] as const) {
      const clock = createVirtualClock()
      const order: string[] = []
      const post = (key: string, delay: number): Promise<void> =>
        clock.track(
          key,
          async () => {
            await travel(delay)
            await clock.serve(key, () => order.push(key))
          },
          { takesMs: 1, realLimitMs: 5000 },
        )
      void post("a", turns[0])
      void post("b", turns[1])
      await clock.advance(10)
      expect(order).toEqual(["a", "b"])
    }
  })

  test("a change waits for tracked work that does not wait for one", async () => {
    const clock = createVirtualClock()
    const order: string[] = []
    const options = { takesMs: 1, realLimitMs: 5000 }
    void clock.track("post", () => clock.serve("hook", () => order.push("served")), options)
    void clock.track("slow", () => travel(20).then(() => order.push("slow ended")), options)
    await clock.advance(10)
    expect(order).toEqual(["slow ended", "served"])
  })

  test("a refusal reaches the server, and a request from outside is served when the clock runs", async () => {
    const clock = createVirtualClock()
    const refused = clock.serve("hook", () => Promise.reject(new Error("no")))
    const outcome = refused.catch((error: Error) => error.message)
    await clock.advance(0)
    expect(await outcome).toBe("no")
    expect(await systemClock().serve("hook", () => 1)).toBe(1)
  })
})
