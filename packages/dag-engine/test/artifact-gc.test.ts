import { createClusterSim } from "@argo-ts/cluster-sim"
import { createManager } from "@argo-ts/k8s"
import { epochMs, silentLogger } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { expect, test } from "vitest"
import { workflows } from "../src/api/kinds.js"
import {
  type ArtifactDriver,
  type ArtifactStore,
  openWorkflow,
  simulateExecutor,
  type Workflow,
} from "../src/index.js"
import { artifactFinalizer, workflowControllers, workflowKinds } from "../src/kubernetes/index.js"

/** Remembers what was deleted, and fails where it is told to. */
function memory(faults: ReadonlySet<string> = new Set()) {
  const deleted: string[] = []
  const remove = (key: string): void => {
    if (faults.has(key)) throw new Error(`${key} is locked`)
    deleted.push(key)
  }
  const store: ArtifactStore = {
    put: () => Promise.resolve(),
    get: () => Promise.resolve(false),
    list: () => Promise.resolve([]),
    delete: async (key) => {
      remove(key)
      return true
    },
  }
  const driver: ArtifactDriver = {
    location: "s3",
    fetch: () => Promise.resolve(false),
    delete: async ({ artifact }) => remove(`s3:${artifact.s3?.key}`),
  }
  return { deleted, store, driver }
}

function workflow(more: Partial<Workflow["spec"]>): Workflow {
  const artifact = (name: string, strategy?: "OnWorkflowCompletion" | "OnWorkflowDeletion") => ({
    name,
    path: `/${name}`,
    ...(strategy === undefined ? {} : { artifactGC: { strategy } }),
  })
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "demo", namespace: "team" },
    spec: {
      entrypoint: "main",
      templates: [
        {
          name: "main",
          outputs: {
            artifacts: [
              artifact("early", "OnWorkflowCompletion"),
              { ...artifact("late", "OnWorkflowDeletion"), s3: { bucket: "b", key: "late" } },
              artifact("kept"),
            ],
          },
          container: { image: "alpine", command: ["true"] },
        },
      ],
      ...more,
    },
  }
}

async function cluster(manifest: Workflow, faults?: ReadonlySet<string>) {
  const clock = createVirtualClock()
  const sim = createClusterSim({ clock, namespaces: ["team"], kinds: workflowKinds })
  const { deleted, store, driver } = memory(faults)
  const controllers = workflowControllers({
    executors: [simulateExecutor()],
    artifactStore: store,
    artifactDrivers: [driver],
  })
  const manager = createManager({ cluster: sim.cluster, clock, logger: silentLogger })
    .add(...controllers)
    .start()
  await sim.cluster.create(workflows, manifest)
  await clock.advance(10_000)
  const key = { namespace: "team", name: "demo" }
  return {
    deleted,
    clock,
    get: () => sim.cluster.get(workflows, key),
    delete: () => sim.cluster.delete(workflows, key),
    async close() {
      controllers.close()
      await manager.stop()
      await sim.close()
    },
  }
}

test("what goes with the end goes then; what goes with the object holds it until it is gone", async () => {
  const world = await cluster(workflow({}))
  expect(world.deleted).toEqual(["demo/demo/early.tgz"])
  const ended = await world.get()
  expect(ended?.status).toMatchObject({
    phase: "Succeeded",
    artifactGCStatus: { strategiesProcessed: { OnWorkflowCompletion: true } },
  })
  expect(ended?.metadata.finalizers).toEqual([artifactFinalizer])
  await world.delete()
  await world.clock.advance(1000)
  expect(world.deleted).toEqual(["demo/demo/early.tgz", "s3:late"])
  expect(await world.get()).toBeUndefined()
  await world.close()
})

test("an artifact that cannot be deleted holds the workflow, and is tried again", async () => {
  const faults = new Set(["s3:late"])
  const world = await cluster(workflow({}), faults)
  await world.delete()
  await world.clock.advance(1000)
  const held = await world.get()
  expect(held?.status?.conditions).toContainEqual(
    expect.objectContaining({ type: "ArtifactGCError", status: "True" }),
  )
  faults.clear()
  await world.clock.advance(60_000)
  expect(await world.get()).toBeUndefined()
  await world.close()
})

test("forceFinalizerRemoval lets it go all the same", async () => {
  const faults = new Set(["s3:late"])
  const world = await cluster(workflow({ artifactGC: { forceFinalizerRemoval: true } }), faults)
  await world.delete()
  await world.clock.advance(1000)
  expect(await world.get()).toBeUndefined()
  await world.close()
})

test("without a strategy nothing is held and nothing deleted", async () => {
  const spec = workflow({}).spec
  const [main] = spec.templates ?? []
  const plain = { ...main, outputs: { artifacts: [{ name: "kept", path: "/kept" }] } }
  const world = await cluster(workflow({ templates: [plain as never] }))
  expect((await world.get())?.metadata.finalizers ?? []).toEqual([])
  await world.delete()
  await world.clock.advance(1000)
  expect(await world.get()).toBeUndefined()
  expect(world.deleted).toEqual([])
  await world.close()
})

test("the end waits for the deletion; what fails is a condition, and is not asked again", () => {
  const open = openWorkflow(workflow({}), { now: epochMs(0) })
  const [start] = open.pending()
  const artifacts = [
    { name: "early", s3: { key: "k" }, artifactGC: { strategy: "OnWorkflowCompletion" as const } },
    { name: "late", s3: { key: "l" } },
    { name: "kept", s3: { key: "m" } },
  ]
  const outcome = { phase: "Succeeded" as const, artifacts }
  const step = open.handle({ type: "Finished", node: start?.node ?? "", outcome }, epochMs(1))
  expect(step.actions).toMatchObject([
    { type: "Collect", artifacts: [{ node: "demo", artifact: { name: "early" } }] },
  ])
  expect(open.status().phase).toBe("Succeeded")
  expect(open.isDone()).toBe(false)
  expect(open.explain(epochMs(1))).toEqual([
    "demo succeeded",
    "demo is waiting for the deletion of 1 of its artifacts",
  ])
  // A program that starts again asks again.
  const again = openWorkflow({ ...workflow({}), status: open.status() }, { now: epochMs(2) })
  expect(again.pending()).toEqual(step.actions)
  const end = again.handle({ type: "Collected", deleted: [], faults: ["locked"] }, epochMs(3))
  expect(again.isDone()).toBe(true)
  expect(again.pending()).toEqual([])
  expect(end.changes).not.toEqual([])
  expect(again.status().conditions).toContainEqual({
    type: "ArtifactGCError",
    status: "True",
    message: "locked",
  })
  const third = openWorkflow({ ...workflow({}), status: again.status() }, { now: epochMs(4) })
  expect(third.pending()).toEqual([])
})
