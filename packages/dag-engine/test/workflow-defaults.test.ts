import { describe, expect, test } from "vitest"
import {
  functionExecutor,
  memoryStore,
  openRun,
  runWorkflow,
  type WorkflowDefaults,
  withWorkflowDefaults,
} from "../src/index.js"
import { simulateWorkflow, workflowFixture } from "../src/testing/index.js"

const leaf = { name: "main", container: { image: "x" } }
const executors = [functionExecutor({ main: () => undefined })]
const workflowDefaults: WorkflowDefaults = {
  metadata: { labels: { team: "none", site: "a" }, annotations: { by: "defaults" } },
  spec: {
    entrypoint: "main",
    templates: [leaf],
    activeDeadlineSeconds: 600,
    ttlStrategy: { secondsAfterCompletion: 60, secondsAfterFailure: 90 },
    arguments: {
      parameters: [
        { name: "p", value: "default" },
        { name: "q", valueFrom: { configMapKeyRef: { name: "none", key: "none" } } },
      ],
    },
  },
}
const manifest = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Workflow",
  metadata: { name: "w", labels: { team: "b" } },
  spec: { ttlStrategy: { secondsAfterCompletion: 600 } },
} as const

describe("workflowDefaults of a run in this process", () => {
  test("are below what the manifest says, and arguments above both", async () => {
    const options = { executors, workflowDefaults, arguments: { q: "given" } }
    const { metadata, spec, status } = await runWorkflow(manifest, options)
    expect(metadata.labels).toEqual({ team: "b", site: "a" })
    expect(metadata.annotations).toEqual({ by: "defaults" })
    expect(spec).toEqual({
      ...workflowDefaults.spec,
      ttlStrategy: { secondsAfterCompletion: 600, secondsAfterFailure: 90 },
      arguments: {
        parameters: [
          { name: "p", value: "default" },
          { name: "q", value: "given" },
        ],
      },
    })
    expect(status?.phase).toBe("Succeeded")
  })

  test("are below a stored template, too", async () => {
    const { status, spec } = await runWorkflow(
      { ...manifest, spec: { workflowTemplateRef: { name: "stored" } } },
      {
        executors,
        workflowDefaults,
        arguments: { q: "given" },
        findTemplate: () => ({ activeDeadlineSeconds: 30, templates: [leaf] }),
      },
    )
    expect(spec).not.toHaveProperty("ttlStrategy")
    expect(status?.storedWorkflowTemplateSpec).toMatchObject({
      entrypoint: "main",
      activeDeadlineSeconds: 30,
      ttlStrategy: { secondsAfterCompletion: 60 },
    })
  })

  test("are those of its beginning, for a run that a store knows", async () => {
    const store = memoryStore()
    const options = { executors: [functionExecutor({})], store, arguments: { q: "given" } }
    const first = await openRun(manifest, { ...options, workflowDefaults })
    first.close()
    const later = { ...workflowDefaults, spec: { ...workflowDefaults.spec, priority: 7 } }
    const second = await openRun(manifest, { ...options, workflowDefaults: later })
    expect(second.workflow().spec).toEqual(first.workflow().spec)
    second.close()
  })

  test("are what a controller writes into the object, in a simulation as well", async () => {
    const build = workflowFixture({ build: [] }, { onExit: "build" })
    const { spec, metadata } = workflowDefaults
    const given = { metadata: metadata ?? {}, spec: { ...spec, arguments: {} } }
    const simulated = await simulateWorkflow(build, { workflowDefaults: given })
    expect(simulated.spec).toEqual(withWorkflowDefaults(build, given).spec)
    expect(simulated.metadata.labels).toEqual(metadata?.labels)
  })

  test.each([undefined, null, 7, [], {}, { spec: 3 }, { metadata: [], spec: {} }])(
    "do not hide that %j is no manifest",
    async (none) => {
      await expect(runWorkflow(none, { executors, workflowDefaults })).rejects.toThrow(
        "the manifest is no valid Workflow",
      )
    },
  )
})
