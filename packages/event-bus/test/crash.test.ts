import { readFileSync, writeFileSync } from "node:fs"
import { lastInstant } from "@argo-ts/cluster-sim"
import { expect, test } from "vitest"
import { busEvents, eventSources, sensors } from "../src/index.js"
import {
  githubSource,
  openWorld,
  push,
  pushSensor,
  secret,
  secrets,
  start,
  temporaryFile,
  type World,
  workflows,
} from "./world.js"

const deliveries = [
  ["d-1", "aaa"],
  ["d-2", "bbb"],
] as const

async function setUp(world: World): Promise<void> {
  await world.cluster.create(secrets, secret)
  await world.cluster.create(eventSources, githubSource)
  await world.cluster.create(sensors, pushSensor)
  await world.clock.advance(100)
}

/** The host announces what was pushed; told nothing, it announces again. */
async function announce(world: World): Promise<void> {
  for (const [delivery, after] of deliveries) {
    expect((await world.post(push(delivery, after))).status).toBe(200)
  }
  await world.clock.advance(5000)
}

/** What a run amounts to: Workflows without the server's versions, and where the sensor stands. */
async function outcome({ cluster }: World): Promise<unknown> {
  const { items } = await cluster.list(workflows)
  const sensor = await cluster.get(sensors, { namespace: "ci", name: "shop-push" })
  const made = items.map(({ metadata: { name, annotations, labels }, spec }) => {
    const { "events.argoproj.io/action-timestamp": _at, ...rest } = labels ?? {}
    return { name, annotations, labels: rest, spec }
  })
  return {
    made,
    left: (await cluster.list(busEvents)).items.length,
    last: sensor?.status?.triggers?.map(({ name, last }) => [name, last?.cause, last?.outcome]),
    handled: sensor?.status?.handled?.map(({ id }) => id),
  }
}

test("killed after any write and started again, each push has its one Workflow", async () => {
  const log = temporaryFile("log.jsonl")
  const unkilled = await openWorld({ log })
  await setUp(unkilled)
  const setUpWrites = unkilled.writes.length
  await announce(unkilled)
  const expected = await outcome(unkilled)
  await unkilled.stop()
  expect(expected).toMatchObject({ made: [{}, {}], left: 0, handled: ["d-1", "d-2"] })

  const lines = readFileSync(log, "utf8").trimEnd().split("\n")
  const header = lines.length - unkilled.writes.length
  for (let kept = header + setUpWrites; kept <= lines.length; kept++) {
    const cut = temporaryFile(`cut-${kept}.jsonl`)
    writeFileSync(cut, `${lines.slice(0, kept).join("\n")}\n`)
    const world = await openWorld({ log: cut, at: lastInstant(cut) ?? start })
    await announce(world)
    expect(await outcome(world), `killed after write ${kept}`).toEqual(expected)
    await world.stop()
  }
})

test("two runs write the same lines", async () => {
  const run = async (): Promise<string> => {
    const log = temporaryFile("log.jsonl")
    const world = await openWorld({ log })
    await setUp(world)
    await announce(world)
    await world.stop()
    return readFileSync(log, "utf8")
  }
  expect(await run()).toBe(await run())
})
