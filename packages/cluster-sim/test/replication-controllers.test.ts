import type { Stored } from "@argo-ts/kernel"
import { expect, test } from "vitest"
import { kind, type Loose, pods, world } from "./world.js"

const controllers = kind("v1", "ReplicationController")
const key = { namespace: "default", name: "web" }

function controller(replicas: number): Loose {
  return {
    apiVersion: "v1",
    kind: "ReplicationController",
    metadata: key,
    spec: {
      replicas,
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "main", image: "app:1" }] },
      },
    },
  }
}

test("a ReplicationController keeps its pods, is scaled, and leaves them behind when it goes", async () => {
  const { sim, clock, problems } = world()
  const { cluster } = sim
  const names = async () => {
    const { items } = await cluster.list(pods, { namespace: "default" })
    return items as readonly Stored<Loose>[]
  }
  const made = await cluster.create(controllers, controller(2))
  expect(made).toMatchObject({
    metadata: { labels: { app: "web" }, generation: 1 },
    spec: { selector: { app: "web" } },
  })
  await clock.advance(5_000)
  expect(await names()).toHaveLength(2)
  expect((await names())[0]?.metadata.ownerReferences).toMatchObject([
    { apiVersion: "v1", kind: "ReplicationController", name: "web", controller: true },
  ])
  const scale = { spec: { replicas: 3 } }
  const scaled = await cluster.patch(
    controllers,
    key,
    { type: "merge", patch: scale },
    { subresource: "scale" },
  )
  expect((scaled as Loose)["status"]).toEqual({ replicas: 2, selector: "app=web" })
  await clock.advance(5_000)
  expect((await cluster.get(controllers, key))?.["status"]).toMatchObject({
    replicas: 3,
    readyReplicas: 3,
    observedGeneration: 2,
  })
  await cluster.delete(controllers, key)
  await clock.advance(5_000)
  expect(await cluster.get(controllers, key)).toBeUndefined()
  expect((await names()).map(({ metadata }) => metadata.ownerReferences)).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  expect(problems).toEqual([])
})
