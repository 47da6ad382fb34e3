import { fc, test as prop } from "@fast-check/vitest"
import { expect, test } from "vitest"
import { createLockTable, type LockAnswer, type LockNews, type LockRequest } from "./locks.js"

const mutex = "default/Mutex/m"
const semaphore = "default/ConfigMap/limits/workers"

function ask(
  workflow: string,
  locks: readonly string[],
  more: Partial<LockRequest> = {},
): LockRequest {
  return {
    holder: `default/${workflow}`,
    workflow: `default/${workflow}`,
    locks,
    priority: 0,
    createdAt: 0,
    ...more,
  }
}

function names(requests: readonly { readonly holder: string }[]): readonly string[] {
  return requests.map(({ holder }) => holder)
}

test("a mutex has one holder; the next in line follows", () => {
  const table = createLockTable()
  expect(table.acquire(ask("a", [mutex]))).toEqual({ type: "Acquired" })
  expect(table.acquire(ask("b", [mutex], { createdAt: 2 }))).toEqual({
    type: "Queued",
    lock: mutex,
    message: "Waiting for default/Mutex/m lock. Lock status: 0/1",
    position: 1,
    holders: { [mutex]: ["default/a"] },
  })
  expect(table.acquire(ask("c", [mutex], { createdAt: 1 }))).toMatchObject({ position: 1 })
  expect(table.acquire(ask("d", [mutex], { createdAt: 9, priority: 5 }))).toMatchObject({
    position: 1,
  })
  expect(names(table.queueOf(mutex))).toEqual(["default/d", "default/c", "default/b"])
  expect(names(table.release("default/a"))).toEqual(["default/d"])
  expect(names(table.release("default/d"))).toEqual(["default/c"])
  // Giving up a place changes nothing for who holds it.
  expect(names(table.release("default/b"))).toEqual([])
  expect(table.holdersOf(mutex)).toEqual(["default/c"])
})

test("a semaphore has as many as somebody says; raising it lets more in", () => {
  const table = createLockTable()
  expect(table.acquire(ask("a", [semaphore]))).toEqual({
    type: "Refused",
    lock: semaphore,
    message: `Failed to get semaphore limit for ${semaphore}`,
  })
  table.resize(semaphore, 2)
  for (const name of ["a", "b", "c", "d"]) table.acquire(ask(name, [semaphore]))
  expect(table.holdersOf(semaphore)).toEqual(["default/a", "default/b"])
  expect(names(table.resize(semaphore, 4))).toEqual(["default/c", "default/d"])
})

test("the front of a queue is a workflow's: its nodes go in any order, others wait though there is room", () => {
  const table = createLockTable()
  table.resize(semaphore, 2)
  const node = (workflow: string, id: string, locks: readonly string[], createdAt: number) =>
    ask(workflow, locks, { holder: `default/${workflow}/${id}`, createdAt })
  table.acquire(node("x", "0", [mutex], 0))
  // In front, and waiting for another of its locks: whoever is behind it waits with it.
  expect(table.acquire(node("a", "1", [semaphore, mutex], 1)).type).toBe("Queued")
  expect(table.acquire(node("b", "1", [semaphore], 2))).toMatchObject({
    type: "Queued",
    message: `Waiting for ${semaphore} lock. Lock status: 2/2`,
  })
  expect(table.acquire(node("a", "2", [semaphore], 1)).type).toBe("Acquired")
  expect(names(table.release("default/x/0"))).toEqual(["default/a/1"])
  expect(names(table.release("default/a/2"))).toEqual(["default/b/1"])
})

test("after a restart holders say what they have, even beyond the limit", () => {
  const table = createLockTable()
  expect(table.acquire(ask("a", [mutex], { isHeld: true })).type).toBe("Acquired")
  expect(table.acquire(ask("b", [mutex], { isHeld: true })).type).toBe("Acquired")
  expect(table.acquire(ask("c", [mutex])).type).toBe("Queued")
  expect(table.release("default/a")).toEqual([])
  expect(names(table.release("default/b"))).toEqual(["default/c"])
})

test("whoever waits for several locks hears of the next one that is missing, once the first is free", () => {
  const table = createLockTable()
  const locks = ["default/Mutex/one", "default/Mutex/two", "default/Mutex/three"]
  for (const [index, lock] of locks.entries()) table.acquire(ask(`w${index}`, [lock]))
  expect(table.acquire(ask("all", locks))).toMatchObject({ lock: locks[0] })
  expect(table.release("default/w0")).toMatchObject([
    {
      holder: "default/all",
      answer: {
        type: "Queued",
        lock: locks[1],
        message: "Waiting for default/Mutex/two lock. Lock status: 0/1",
        holders: { "default/Mutex/one": [], "default/Mutex/two": ["default/w1"] },
      },
    },
  ])
  // What is behind one that is missing still is no news, until its turn comes.
  expect(table.release("default/w2")).toEqual([])
  expect(table.release("default/w1")).toEqual([
    { holder: "default/all", answer: { type: "Acquired" } },
  ])
})

test("a semaphore whose limit is gone lets nobody in, and refuses nobody while it is used", () => {
  const table = createLockTable()
  table.resize(semaphore, 1)
  table.acquire(ask("a", [semaphore]))
  table.resize(semaphore, 0)
  expect(table.acquire(ask("b", [semaphore], { createdAt: 1 }))).toMatchObject({
    type: "Queued",
    message: `Failed to get semaphore limit for ${semaphore}`,
  })
  expect(table.release("default/a")).toEqual([])
  expect(names(table.resize(semaphore, 1))).toEqual(["default/b"])
  table.release("default/b")
  table.resize(semaphore, 0)
  expect(table.acquire(ask("c", [semaphore])).type).toBe("Refused")
})

const steps = fc.array(
  fc.record({
    who: fc.nat(7),
    locks: fc.uniqueArray(fc.constantFrom("default/Mutex/a", "default/Mutex/b", semaphore), {
      minLength: 1,
    }),
    priority: fc.nat(2),
    isRelease: fc.boolean(),
  }),
  { maxLength: 60 },
)

prop.prop([steps])(
  "no lock has too many holders, nobody holds and waits, and nobody is forgotten",
  (list) => {
    const table = createLockTable()
    table.resize(semaphore, 2)
    const held = new Set<string>()
    /** Who waits, and for which lock it was told to. */
    const waiting = new Map<string, string>()
    const note = (holder: string, answer: LockAnswer): void => {
      if (answer.type === "Queued") waiting.set(holder, answer.lock)
      else held.add(holder)
    }
    const serve = (news: readonly LockNews[]): void => {
      for (const { holder, answer } of news) {
        expect(waiting.delete(holder)).toBe(true)
        note(holder, answer)
      }
    }
    for (const { who, locks, priority, isRelease } of list) {
      const request = ask(`w${who}`, locks, { priority, createdAt: who })
      if (isRelease) {
        held.delete(request.holder)
        waiting.delete(request.holder)
        serve(table.release(request.holder))
      } else if (!held.has(request.holder) && !waiting.has(request.holder)) {
        note(request.holder, table.acquire(request))
      }
      for (const [holder, lock] of waiting) {
        const isFull = table.holdersOf(lock).length >= (table.limitOf(lock) ?? 0)
        expect(isFull || table.queueOf(lock)[0]?.holder !== holder).toBe(true)
      }
      for (const lock of ["default/Mutex/a", "default/Mutex/b", semaphore]) {
        expect(table.holdersOf(lock).length).toBeLessThanOrEqual(table.limitOf(lock) ?? 0)
        for (const { holder } of table.queueOf(lock))
          expect(table.holdersOf(lock)).not.toContain(holder)
      }
    }
    // Once everybody lets go, everybody has had a turn.
    for (let round = 0; round < 100 && held.size > 0; round++) {
      const [first = ""] = held
      held.delete(first)
      serve(table.release(first))
    }
    expect([...waiting.keys()]).toEqual([])
  },
)

const step = fc.record({
  kind: fc.constantFrom("acquire", "acquire", "release"),
  who: fc.integer({ min: 0, max: 5 }),
  locks: fc.subarray([mutex, semaphore, "default/Mutex/n"], { minLength: 1 }),
  priority: fc.integer({ min: 0, max: 2 }),
})

prop.prop([fc.array(step, { maxLength: 30 }), fc.array(step, { maxLength: 10 })])(
  "a table that was written down and filled again goes on as the first would",
  (before, after) => {
    const play = (table: ReturnType<typeof createLockTable>, steps: typeof before): unknown =>
      steps.map(({ kind, who, locks, priority }) =>
        kind === "release"
          ? table.release(`default/w${who}`).filter(({ answer }) => answer.type === "Acquired")
          : table.acquire(ask(`w${who}`, locks, { priority })),
      )
    const first = createLockTable()
    first.resize(semaphore, 2)
    play(first, before)
    const second = createLockTable()
    second.resize(semaphore, 2)
    const state = JSON.parse(JSON.stringify(first.state())) as ReturnType<typeof first.state>
    second.load(state)
    expect(second.state()).toEqual(state)
    expect(play(second, after)).toEqual(play(first, after))
  },
)

test("what a workflow has or waits for goes back, but for the holders that are named", () => {
  const table = createLockTable()
  const other = "default/Mutex/other"
  const own = (node: string, locks: readonly string[]): LockRequest =>
    ask("a", locks, { holder: `default/a/${node}` })
  table.acquire(own("kept", [mutex]))
  table.acquire(own("gone", [other]))
  table.acquire(own("waits", [other]))
  table.acquire(own("leaves", [mutex]))
  table.acquire(ask("b", [mutex], { createdAt: 1 }))
  expect(names(table.retain("default/a", new Set(["default/a/kept", "default/a/waits"])))).toEqual([
    "default/a/waits",
  ])
  expect(table.holdersOf(mutex)).toEqual(["default/a/kept"])
  expect(names(table.queueOf(mutex))).toEqual(["default/b"])
  expect(names(table.retain("default/a", new Set()))).toEqual(["default/b"])
  expect(names(table.state().held)).toEqual(["default/b"])
})
