import { ClusterError } from "@argo-ts/k8s"
import {
  createRandomStreams,
  epochMs,
  equalJson,
  type JsonObject,
  type JsonValue,
} from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { createClusterSim, deleteCollection } from "../../src/index.js"
import { type Drawn, drawCall } from "./calls.js"
import { type Breach, createHistoryLaws, managedBreaches, orphanBreaches } from "./laws.js"
import { type Follower, followSelection, pageBreaches } from "./watching.js"
import { chance, type Found, type FuzzWorld, fuzzed, namespaces, pick } from "./world.js"

/** What came of a run. */
export interface FuzzRun {
  /** Requests that were sent: writes, whether they were done or refused. Those of the checks are not counted. */
  readonly calls: number
  readonly refused: ReadonlyMap<string, number>
  readonly breaches: readonly Breach[]
}

async function send({ sim: { cluster } }: FuzzWorld, call: Drawn): Promise<Found | undefined> {
  const { kind, key } = call
  switch (call.verb) {
    case "create":
      return cluster.create(kind, call.object, call.options)
    case "update":
      return cluster.update(kind, call.object, call.options)
    case "patch":
      return cluster.patch(kind, key, call.patch, call.options)
    case "apply":
      return cluster.apply(kind, call.object, call.options)
    case "delete":
      await cluster.delete(kind, key, call.options)
      return undefined
    case "deletecollection": {
      const { namespace = "" } = key
      await deleteCollection(cluster, kind, { selection: { namespace } })
      return undefined
    }
    default:
      return call satisfies never
  }
}

function isDry(call: Drawn): boolean {
  return "options" in call && call.options.dryRun === true
}

/** True where the request names a version that is not the stored one. */
function isStale(call: Drawn, known: Found | undefined): boolean {
  if (call.verb !== "update" || known === undefined) return false
  const { resourceVersion } = call.object.metadata
  return resourceVersion !== undefined && resourceVersion !== known.metadata.resourceVersion
}

/** Whoever applied something finds it there. */
function appliedBreaches(call: Drawn, answer: Found | undefined): Breach[] {
  if (call.verb !== "apply" || answer === undefined) return []
  const data = (call.object["data"] ?? {}) as JsonObject
  return Object.entries(data).flatMap(([key, value]) =>
    equalJson((answer["data"] as JsonObject)[key] ?? null, value)
      ? []
      : [`data.${key} was not applied`],
  )
}

function isFrozen(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true
  return Object.isFrozen(value) && Object.values(value).every(isFrozen)
}

/** Sends one request; answers which laws it broke, and with what it was refused. */
async function attempt(
  world: FuzzWorld,
  writes: () => number,
): Promise<{ readonly call: Drawn; readonly breaches: Breach[]; readonly code?: string }> {
  const { call, known } = await drawCall(world)
  const before = writes()
  const sent = JSON.stringify(call)
  const breaches: Breach[] = []
  try {
    const answer = await send(world, call)
    if (isDry(call) && writes() !== before) breaches.push("a dry run writes nothing")
    if (isStale(call, known)) breaches.push("a stale update is refused")
    if (!isDry(call) && !isFrozen(answer)) breaches.push("answers are frozen")
    if (JSON.stringify(call) !== sent) breaches.push("what was sent stays as it was")
    breaches.push(...appliedBreaches(call, answer))
    return { call, breaches }
  } catch (error) {
    if (!(error instanceof ClusterError))
      return { call, breaches: [`threw ${(error as Error).stack}`] }
    if (writes() !== before && call.verb !== "deletecollection")
      breaches.push("who is refused writes nothing")
    if (isStale(call, known) && error.code !== "Conflict" && error.code !== "Invalid")
      breaches.push(`a stale update is ${error.code}`)
    return { call, breaches, code: error.code }
  }
}

async function everything({ sim }: FuzzWorld): Promise<Found[]> {
  const lists = await Promise.all(fuzzed.map((kind) => sim.cluster.list(kind)))
  return lists.flatMap(({ items }) => items)
}

/** What is looked at from time to time. */
async function inspect(world: FuzzWorld, followers: readonly Follower[]): Promise<Breach[]> {
  const { sim, clock, stream } = world
  const breaches = (await Promise.all(followers.map((each) => each.breaches()))).flat()
  breaches.push(...(await everything(world)).flatMap(managedBreaches))
  const kind = pick(stream, fuzzed)
  const disturb = async (): Promise<unknown> => {
    const { call } = await drawCall(world)
    return send(world, call).catch(() => undefined)
  }
  breaches.push(...(await pageBreaches(sim.cluster, kind, disturb)))
  await clock.advance(5_000)
  breaches.push(...orphanBreaches(await everything(world)))
  return breaches
}

function drawFollower({ sim, stream }: FuzzWorld): Promise<Follower> {
  const selection = {
    ...(chance(stream, 0.5) && { namespace: pick(stream, namespaces) }),
    ...(chance(stream, 0.5) && { labelSelector: { matchLabels: { l: pick(stream, ["1", "2"]) } } }),
  }
  return followSelection(sim.cluster, pick(stream, fuzzed), selection)
}

/** So many random requests to one cluster, and every law that they broke, each with the request before it. */
export async function runFuzz(seed: string, calls: number): Promise<FuzzRun> {
  const clock = createVirtualClock(epochMs(1_767_225_600_000))
  const kinds = fuzzed.filter(({ group }) => group === "fuzz.example.com")
  const managedFields = "on"
  const sim = createClusterSim({
    clock,
    seed,
    kinds,
    namespaces,
    controllers: false,
    managedFields,
  })
  const world: FuzzWorld = { sim, clock, stream: createRandomStreams(seed).stream("fuzz") }
  const breaches: Breach[] = []
  const refused = new Map<string, number>()
  const obey = createHistoryLaws()
  let writes = 0
  let broken: Breach[] = []
  sim.onWrite((write) => {
    writes++
    broken.push(...obey(write).map((law) => `${write.verb} of ${write.kind.kind}: ${law}`))
  })
  const followers: Follower[] = []
  for (let index = 0; index < calls && breaches.length === 0; index++) {
    if (chance(world.stream, 0.02)) followers.push(await drawFollower(world))
    if (followers.length > 6) followers.shift()?.stop()
    const { call, breaches: own, code } = await attempt(world, () => writes)
    if (code !== undefined) refused.set(code, (refused.get(code) ?? 0) + 1)
    if (chance(world.stream, 0.002)) sim.expireHistory()
    const isInspected = chance(world.stream, 0.03) || index === calls - 1
    const seen = isInspected ? await inspect(world, followers) : []
    const where = `seed ${seed}, call ${index}: ${JSON.stringify(call as unknown as JsonValue)}`
    breaches.push(...[...own, ...broken, ...seen].map((law) => `${law} (${where})`))
    broken = []
  }
  await sim.close()
  return { calls, refused, breaches }
}
