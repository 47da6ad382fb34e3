import type { WatchEvent } from "@argo-ts/k8s"
import { epochMs, type Kind, type KubernetesObject } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { expect, test } from "vitest"
import { createClusterSim } from "./index.js"

const configMaps = builtInKind("v1", "ConfigMap") as Kind

test("create, get, list, watch, update, delete", async () => {
  const clock = createVirtualClock(epochMs(1_767_225_600_000))
  const { cluster } = createClusterSim({ clock, controllers: false })
  const events: WatchEvent<KubernetesObject>[] = []
  cluster.watch(
    configMaps,
    { namespace: "default" },
    { event: (e) => events.push(e), end: () => {} },
  )
  const made = await cluster.create(configMaps, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a", namespace: "default", labels: { x: "1" } },
    data: { k: "v" },
  } as KubernetesObject)
  const same = await cluster.update(configMaps, { ...made })
  expect(same).toBe(made)
  const p = await cluster.patch(
    configMaps,
    { namespace: "default", name: "a" },
    { type: "merge", patch: { data: { z: "1" } } },
  )
  const l = await cluster.list(configMaps, { labelSelector: { matchLabels: { x: "1" } } })
  expect(l.items).toEqual([p])
  expect(await cluster.delete(configMaps, { namespace: "default", name: "a" })).toBe(true)
  expect(events.map((e) => e.type)).toEqual(["ADDED", "MODIFIED", "DELETED"])
  await cluster.apply(
    configMaps,
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "b", namespace: "default" },
      data: { a: "1" },
    } as KubernetesObject,
    { fieldManager: "m" },
  )
})
