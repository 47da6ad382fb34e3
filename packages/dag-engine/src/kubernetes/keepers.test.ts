import { getEventListeners } from "node:events"
import type { Ownership } from "@argo-ts/k8s"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { expect, test } from "vitest"
import type { Keeper } from "./keeper.js"
import { createKeepers } from "./keepers.js"

const ids = Array.from({ length: 20 }, (_, index) => `default/wf-${index}`)

async function open() {
  const controller = new AbortController()
  const { signal } = controller
  const held = new Set<string>()
  let isOwned = true
  let changed = (): void => undefined
  const own = (now: boolean): void => {
    isOwned = now
    changed()
  }
  const ownership: Ownership = {
    owns: () => isOwned,
    fence: () => 1,
    async run(key, work) {
      held.add(key)
      const result = await work({ signal, check: () => undefined, fence: 1 })
      held.delete(key)
      return result
    },
    on(_event, listener) {
      changed = listener
      return () => undefined
    },
  }
  const clock = createVirtualClock()
  const again: string[] = []
  const world = { clock: () => clock, again: (id: string) => void again.push(id) }
  const keepers = createKeepers({ ownership, handOverMs: 1000 }, world)
  const halted: string[] = []
  let drained = (): void => undefined
  const drain = new Promise<void>((resolve) => {
    drained = resolve
  })
  const keeper = (id: string) =>
    ({
      driver: { halt: () => halted.push(id), drain: () => drain },
      idle: async () => undefined,
    }) as unknown as Keeper
  for (const id of ids) await keepers.keep(id, async () => keeper(id))
  return { controller, keepers, halted, held, keeper, own, drained, again }
}

test("an ownership that goes on keeps no workflow that is over, and is listened to once", async () => {
  const { controller, keepers, halted, held } = await open()
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(1)
  for (const id of ids) keepers.release(id)
  await new Promise(setImmediate)
  expect([keepers.find("default/wf-0"), held.size]).toEqual([undefined, 0])
  controller.abort()
  expect(halted).toEqual([])
})

test("an ownership that lapses stops all that is owned under it, and what is opened afterwards", async () => {
  const { controller, keepers, halted, keeper } = await open()
  keepers.release("default/wf-0")
  controller.abort()
  expect(halted).toEqual(ids.slice(1))
  await keepers.keep("default/late", async () => keeper("default/late"))
  expect(halted.at(-1)).toBe("default/late")
  expect(keepers.find("default/late")).toBeUndefined()
})

test.each([
  ["come back meanwhile are looked at again", true, ids],
  ["went elsewhere are left to others", false, []],
])("workflows whose steps have ended for a hand-over and that %s", async (_, isBack, looked) => {
  const { keepers, held, own, drained, again } = await open()
  own(false)
  if (isBack) own(true)
  drained()
  await new Promise(setImmediate)
  expect([keepers.find("default/wf-0"), held.size]).toEqual([undefined, 0])
  expect(again).toEqual(looked)
})
