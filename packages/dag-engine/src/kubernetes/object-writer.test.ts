import { createClusterSim } from "@argo-ts/cluster-sim"
import { ClusterError, type ReconcileContext } from "@argo-ts/k8s"
import { type Stored, silentLogger } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { expect, test } from "vitest"
import { workflowKinds, workflows } from "../api/kinds.js"
import type { Workflow } from "../api/workflow.js"
import { fenceAnnotation, takeObject } from "./object-writer.js"

const key = { namespace: "default", name: "demo" }
const demo: Workflow = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Workflow",
  metadata: key,
  spec: { entrypoint: "main", templates: [{ name: "main", container: { image: "alpine" } }] },
}

async function open() {
  const clock = createVirtualClock()
  const { cluster } = createClusterSim({ clock, kinds: workflowKinds })
  const object = (await cluster.create(workflows, demo)) as Stored<Workflow>
  const context = { cluster, clock, logger: silentLogger } as unknown as ReconcileContext
  const message = async () => (await cluster.get(workflows, key))?.status?.message
  const say = (text: string) => ({
    metadata: { uid: object.metadata.uid },
    status: { message: text },
  })
  return { cluster, object, context, message, say }
}

test("what a former owner still sends, however late, is refused", async () => {
  const { object, context, message, say, cluster } = await open()
  const former = await takeObject(object, context, 1)
  await former?.write(say("first"))
  const owner = await takeObject(object, context, 2)
  expect(owner?.object.status?.message).toBe("first")
  await owner?.write(say("second"))
  await expect(former?.write(say("late"))).rejects.toMatchObject({ code: "OwnershipLost" })
  expect(await message()).toBe("second")
  await owner?.write(say("third"))
  expect(await message()).toBe("third")
  await expect(takeObject(object, context, 1)).rejects.toMatchObject({ code: "OwnershipLost" })
  const { metadata } = (await cluster.get(workflows, key)) as Workflow
  expect(metadata.annotations?.[fenceAnnotation]).toBe("2")
})

test("what people change does not stop the owner, and is not undone", async () => {
  const { cluster, object, context, message, say } = await open()
  const owner = await takeObject(object, context, 7)
  await cluster.patch(workflows, key, { type: "merge", patch: { spec: { suspend: true } } })
  await owner?.write(say("mine"))
  expect(await message()).toBe("mine")
  expect((await cluster.get(workflows, key))?.spec.suspend).toBe(true)
  // The same owner takes it again, from where it is.
  const again = await takeObject(object, context, 7)
  await again?.write(say("again"))
  expect(await message()).toBe("again")
})

test.each([undefined, 3])(
  "an object that is gone, or a namesake of it, is not written (fence %s)",
  async (fence) => {
    const { cluster, object, context, message, say } = await open()
    const owner = await takeObject(object, context, fence)
    await cluster.delete(workflows, key)
    await expect(owner?.write(say("gone"))).rejects.toThrow()
    await cluster.create(workflows, demo)
    await expect(owner?.write(say("namesake"))).rejects.toThrow()
    expect(await message()).toBeUndefined()
    if (fence !== undefined) expect(await takeObject(object, context, fence)).toBeUndefined()
  },
)

test("what is too large for the server is not sent again and again", async () => {
  const { cluster, object, context, say } = await open()
  const patch = () => Promise.reject(new ClusterError("RequestEntityTooLarge", "limit is 3145728"))
  const owner = await takeObject(object, { ...context, cluster: { ...cluster, patch } }, undefined)
  await expect(owner?.write(say("much"))).rejects.toThrow("limit is 3145728")
})
