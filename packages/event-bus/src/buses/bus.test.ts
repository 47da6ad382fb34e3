import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { describe, expect, onTestFinished, test } from "vitest"
import { anEvent } from "../testing/builders.js"
import type { Bus, BusSubscriber } from "./bus.js"
import { openFileBus } from "./file.js"
import { createMemoryBus } from "./memory.js"

const clock = createVirtualClock()

function journal(): string {
  const directory = mkdtempSync(join(tmpdir(), "event-bus-"))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return join(directory, "bus.jsonl")
}

/** A subscriber that notes the ids it was handed. */
function taker(name: string): BusSubscriber & { readonly ids: string[] } {
  const ids: string[] = []
  return {
    name,
    ids,
    accepts: ({ subject }) => subject === "example",
    deliver: ({ id }) => ids.push(id),
  }
}

const buses: readonly [string, () => Promise<Bus>][] = [
  ["memory", async () => createMemoryBus({ clock })],
  ["file", () => openFileBus({ clock, file: journal() })],
]

describe.each(buses)("a bus in %s", (_name, make) => {
  test("hands each event to everyone who accepts it, in order, once while it waits", async () => {
    const bus = await make()
    const [a, b] = [taker("a"), taker("b")]
    bus.subscribe(a)
    const leave = bus.subscribe(b)
    await bus.publish(anEvent({ id: "1" }))
    await bus.publish(anEvent({ id: "1" }))
    await bus.publish(anEvent({ id: "2", subject: "other" }))
    leave()
    await bus.publish(anEvent({ id: "3" }))
    await bus.acknowledge("a", "1")
    await bus.publish(anEvent({ id: "1" }))
    expect([a.ids, b.ids]).toEqual([["1", "3", "1"], ["1"]])
  })
})

test("a bus in memory refuses more than it may hold", async () => {
  const bus = createMemoryBus({ clock, eventsMax: 1 })
  bus.subscribe(taker("a"))
  await bus.publish(anEvent({ id: "1" }))
  await expect(bus.publish(anEvent({ id: "2" }))).rejects.toMatchObject({ code: "BusFull" })
})

test("a bus in a file delivers again what nobody acknowledged, and drops a torn line", async () => {
  const file = journal()
  const first = await openFileBus({ clock, file })
  first.subscribe(taker("a"))
  await Promise.all(["1", "2", "3"].map((id) => first.publish(anEvent({ id }))))
  await first.acknowledge("a", "2")
  appendFileSync(file, '{"published":{"id":"4"')
  const second = await openFileBus({ clock, file })
  const again = taker("a")
  second.subscribe(again)
  expect(again.ids).toEqual(["1", "3"])
  await second.acknowledge("a", "1")
  await second.acknowledge("a", "3")
  await second.close()
  await (await openFileBus({ clock, file })).close()
  expect(readFileSync(file, "utf8")).toBe("")
})
