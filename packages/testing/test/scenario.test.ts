import { controller } from "@argo-ts/k8s"
import { defineKind, type Kind, type KubernetesObject } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { runScenario, type Scenario, scenario } from "../src/index.js"

/** A lamp: `spec.on`; its controller lights it after a minute and counts how often. */
interface Lamp extends KubernetesObject {
  readonly spec: { readonly on: boolean }
  readonly status?: { readonly phase: string; readonly since: number }
}
const lamps: Kind<Lamp> = defineKind<Lamp>({
  group: "example.com",
  version: "v1",
  kind: "Lamp",
  plural: "lamps",
  scope: "Namespaced",
  hasStatus: true,
})
const lampController = controller("lamp", lamps).reconcile(async (key, { cluster, clock }) => {
  const lamp = await cluster.get(lamps, key)
  if (lamp === undefined) return {}
  const wanted = lamp.spec.on ? "Lit" : "Dark"
  if (lamp.status?.phase === wanted) return {}
  const since = lamp.status?.phase === "Warming" ? lamp.status.since : clock.now()
  const isDone = clock.now() >= since + 60_000
  const status = isDone ? { phase: wanted, since: clock.now() } : { phase: "Warming", since }
  await cluster.update(lamps, { ...lamp, status }, { subresource: "status" })
  return { wakeAt: (since + 60_000) as never }
})
const options = { controllers: [lampController], kinds: [lamps] }
const lamp = (on: boolean): Lamp => ({
  apiVersion: "example.com/v1",
  kind: "Lamp",
  metadata: { name: "desk", namespace: "home" },
  spec: { on },
})
const desk = "Lamp/home/desk"
const given = { objects: [lamp(true) as never] }
const document = (rest: Partial<Scenario>): Scenario => ({
  apiVersion: "testing.argo-ts.dev/v1alpha1",
  kind: "Scenario",
  metadata: { name: "a lamp" },
  given,
  story: [],
  ...rest,
})

test("tells a story in TypeScript", async () => {
  await scenario({ ...options, given }, async (world) => {
    world.expect({ [desk]: { "status.phase": "Warming" } })
    await world.advance("59s")
    world.expect({ [desk]: { "status.phase": "Warming" } })
    await world.until({ [desk]: { "status.phase": "Lit" } }, "1s")
    await world.when({ patch: { object: desk, merge: { spec: { on: false } } } })
    await world.until({ [desk]: { "status.phase": "Dark" } }, "2m")
  })
})

test("tells a story as a document", async () => {
  const result = await runScenario(
    document({
      story: [
        { at: "30s", expect: { [desk]: { "status.phase": "Warming" } } },
        { within: "1h", expect: { [desk]: { "status.phase": "Lit" } } },
        { after: "10s", when: [{ restart: true }, { delete: desk }], expect: { [desk]: "absent" } },
      ],
      never: [{ "Lamp/*/*": { $count: { $gt: 1 } } }],
    }),
    options,
  )
  expect(result).toMatchObject({ ok: true, failures: [], moments: 3, virtualMs: 70_000 })
})

test("says which expectation failed, when, and how", async () => {
  const result = await runScenario(
    document({ story: [{ at: "30s", expect: { [desk]: { "status.phase": "Lit" } } }] }),
    options,
  )
  expect(result.failures).toEqual([
    'story[0] at +30s: not as expected:\n  Lamp/home/desk status.phase: expected "Lit", found "Warming"',
  ])
})

test("a forbidden state is found at the very write that made it", async () => {
  const result = await runScenario(
    document({ story: [{ at: "2m" }], never: [{ [desk]: { "status.phase": "Warming" } }] }),
    options,
  )
  expect(result.failures).toEqual([
    "never[0] held at +0s (Lamp/home/desk) after the update of Lamp/home/desk by lamp",
  ])
})

test("the same seed meets the same faults, and the lamp is lit all the same", async () => {
  const faults = {
    conflicts: 0.3,
    errors: 0.2,
    lostAnswers: 0.2,
    brokenWatches: 0.2,
    duplicateEvents: 0.2,
  }
  const run = (seed: number): ReturnType<typeof runScenario> =>
    runScenario(
      document({
        seed,
        given: { ...given, faults },
        story: [{ within: "1h", expect: { [desk]: { "status.phase": "Lit" } } }],
      }),
      options,
    )
  for (let seed = 1; seed <= 20; seed++) {
    const result = await run(seed)
    expect(result).toMatchObject({ ok: true, failures: [] })
    expect(await run(seed)).toEqual(result)
  }
})
