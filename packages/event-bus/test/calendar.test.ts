import { epochMs } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { eventSources, sensors } from "../src/index.js"
import { openWorld, start, temporaryFile, type World, type WorldOptions } from "./world.js"

const argo = "argoproj.io/v1alpha1"
const minute = 60_000

/** A sensor that calls `seen` with the time of each tick. */
async function ticking(
  calendar: { readonly [field: string]: unknown },
  options: WorldOptions = {},
): Promise<{ readonly world: World; readonly seen: string[] }> {
  const seen: string[] = []
  const functions = { seen: (argument: unknown) => seen.push((argument as { t: string }).t) }
  const world = await openWorld({ ...options, functions })
  const source = {
    apiVersion: argo,
    kind: "EventSource",
    metadata: { name: "clock", namespace: "ci" },
    spec: { calendar: { tick: calendar } },
  }
  const payload = [{ src: { dependencyName: "tick", dataKey: "eventTime" }, dest: "t" }]
  const sensor = {
    apiVersion: argo,
    kind: "Sensor",
    metadata: { name: "clock", namespace: "ci" },
    spec: {
      dependencies: [{ name: "tick", eventSourceName: "clock", eventName: "tick" }],
      triggers: [{ template: { name: "t", function: { name: "seen", payload } } }],
    },
  }
  if (options.at === undefined) {
    await world.cluster.create(sensors, sensor)
    await world.cluster.create(eventSources, source)
  }
  await world.clock.advance(0)
  return { world, seen }
}

test("a month of cron passes in no time, in its zone, without the excluded days", async () => {
  const { world, seen } = await ticking({
    schedule: "30 9 * * 1-5",
    timezone: "Europe/Berlin",
    exclusionDates: ["EXDATE:20260106T000000Z,20260107T000000Z"],
  })
  await world.clock.advance(31 * 24 * 60 * minute)
  expect(seen.length).toBe(20)
  expect(seen.slice(0, 3)).toEqual([
    "2026-01-01 09:30:00 +0100 CET",
    "2026-01-02 09:30:00 +0100 CET",
    "2026-01-05 09:30:00 +0100 CET",
  ])
  expect(seen[3]).toBe("2026-01-08 09:30:00 +0100 CET")
})

test("an interval counts from when it was first seen, and goes on after a restart", async () => {
  const log = temporaryFile("log.jsonl")
  const first = await ticking({ interval: "10m" }, { log })
  await first.world.clock.advance(25 * minute)
  expect(first.seen).toEqual(["2026-01-01 00:10:00 +0000 UTC", "2026-01-01 00:20:00 +0000 UTC"])
  await first.world.stop()
  const second = await ticking({ interval: "10m" }, { log, at: epochMs(start + 26 * minute) })
  await second.world.clock.advance(10 * minute)
  expect(second.seen).toEqual(["2026-01-01 00:30:00 +0000 UTC"])
})

test("ticks missed while nobody ran are skipped, in phase", async () => {
  const log = temporaryFile("log.jsonl")
  const first = await ticking({ interval: "10m" }, { log })
  await first.world.clock.advance(5 * minute)
  await first.world.stop()
  const second = await ticking({ interval: "10m" }, { log, at: epochMs(start + 45 * minute) })
  await second.world.clock.advance(20 * minute)
  expect(second.seen).toEqual(["2026-01-01 00:50:00 +0000 UTC", "2026-01-01 01:00:00 +0000 UTC"])
})
