import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInformer, type WatchEvent } from "@argo-ts/k8s"
import { defineKind, type KubernetesObject, silentLogger } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { afterAll, beforeAll, expect, test } from "vitest"
import { createClusterSim, playRecording } from "../src/index.js"
import { kind, type Loose, pods, start } from "./world.js"

const deployments = kind("apps/v1", "Deployment")
const notes = defineKind({
  group: "example.com",
  version: "v1",
  kind: "Note",
  plural: "notes",
  scope: "Namespaced",
  hasStatus: false,
})
const web = { namespace: "default", name: "web" }
const directory = mkdtempSync(join(tmpdir(), "argo-ts-recording-"))
const file = join(directory, "cluster.jsonl")
const told: { readonly at: number; readonly event: WatchEvent<Loose> }[] = []

/** A rollout, a deletion and a note of a custom kind; what a watch of the pods was told, and when. */
beforeAll(async () => {
  const clock = createVirtualClock(start)
  const sim = createClusterSim({ clock, log: file, kinds: [notes] })
  const observer = {
    event: (event: WatchEvent<Loose>) => void told.push({ at: clock.now(), event }),
    end() {},
  }
  sim.cluster.watch(pods, {}, observer)
  const labels = { app: "web" }
  const template = { metadata: { labels }, spec: { containers: [{ name: "m", image: "app:1" }] } }
  const spec = { replicas: 2, selector: { matchLabels: labels }, template }
  const type = { apiVersion: "apps/v1", kind: "Deployment" }
  await sim.cluster.create(deployments, { ...type, metadata: web, spec } as Loose)
  await clock.advance(60_000)
  const note = { apiVersion: "example.com/v1", kind: "Note", metadata: web }
  await sim.cluster.create(notes, note as KubernetesObject)
  await sim.cluster.delete(deployments, web)
  await clock.advance(120_000)
  await sim.close()
})
afterAll(() => rmSync(directory, { recursive: true }))

test("what was recorded happens again, at its instants and to whoever watches", async () => {
  const clock = createVirtualClock(start)
  const playback = playRecording({ file, clock, kinds: [notes] })
  const again: typeof told = []
  playback.cluster.watch(
    pods,
    {},
    {
      event: (event) => void again.push({ at: clock.now(), event: event as WatchEvent<Loose> }),
      end() {},
    },
  )
  expect([playback.startsAt, playback.pending() > 20]).toEqual([start, true])
  await clock.advance(30_000)
  expect((await playback.cluster.get(deployments, web))?.["status"].readyReplicas).toBe(2)
  await clock.advanceTo(playback.endsAt ?? start)
  expect(again).toEqual(told)
  expect(again.at(-1)).toMatchObject({ event: { type: "DELETED" } })
  expect(playback.pending()).toBe(0)
})

test("informers follow a recording; nobody writes to it; it can be stopped", async () => {
  const clock = createVirtualClock(start)
  const { cluster, stop, pending } = playRecording({ file, clock, kinds: [notes] })
  const informer = createInformer(pods, { cluster, clock, logger: silentLogger })
  await clock.advance(30_000)
  expect(informer.store.list({})).toHaveLength(2)
  const refused = cluster.delete(deployments, web)
  await expect(refused).rejects.toMatchObject({ code: "MethodNotAllowed" })
  stop()
  await clock.advance(600_000)
  expect([informer.store.list({}).length, pending()]).toEqual([2, 0])
})

test("a kind that is not known is named before anything is played", () => {
  const clock = createVirtualClock(start)
  expect(() => playRecording({ file, clock })).toThrow(
    /is of example\.com\/notes, which is not among `kinds`/,
  )
})
