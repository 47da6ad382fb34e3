import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { epochMs, OperationError } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { afterEach, beforeEach, expect, test } from "vitest"
import {
  type Executor,
  openRun,
  openWorkflow,
  processExecutor,
  runWorkflow,
  simulateExecutor,
  type Workflow,
} from "../src/index.js"
import { simulateWorkflow } from "../src/testing/index.js"

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "argo-ts-test-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const sh = (script: string) => ({
  image: "alpine",
  command: ["sh", "-c"],
  args: [script],
  volumeMounts: [{ name: "work", mountPath: "/mnt/vol" }],
})

function workflow(more: Partial<Workflow["spec"]> = {}, last = "cat /mnt/vol/message"): Workflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: "demo", namespace: "team", uid: "u1" },
    spec: {
      entrypoint: "main",
      volumeClaimTemplates: [
        { metadata: { name: "work" }, spec: { resources: { requests: { storage: "1Gi" } } } },
      ],
      templates: [
        {
          name: "main",
          steps: [[{ name: "write", template: "write" }], [{ name: "read", template: "read" }]],
        },
        {
          name: "write",
          outputs: { parameters: [{ name: "same", valueFrom: { path: "/mnt/vol/message" } }] },
          container: sh("echo hello > /mnt/vol/message"),
        },
        { name: "read", container: sh(last) },
      ],
      ...more,
    },
  }
}

const nodeOf = (ran: Workflow, displayName: string) =>
  Object.values(ran.status?.nodes ?? {}).find((node) => node.displayName === displayName)

test("the processes of a workflow share its volumes, which go with it", async () => {
  const executor = processExecutor({ directory: folder })
  const ran = await runWorkflow(workflow(), { executors: [executor] })
  expect(ran.status?.message ?? "").toBe("")
  expect(nodeOf(ran, "write")?.outputs?.parameters?.[0]?.value).toBe("hello")
  expect(nodeOf(ran, "read")?.outputs?.result).toBe("hello")
  expect(ran.status).not.toHaveProperty("persistentVolumeClaims")
  expect(existsSync(join(folder, "claims", "team", "demo-work"))).toBe(false)
})

test("what failed keeps its volumes, unless they go with every end", async () => {
  const failing = await runWorkflow(workflow({}, "exit 1"), {
    executors: [processExecutor({ directory: folder })],
  })
  expect(failing.status).toMatchObject({
    phase: "Failed",
    persistentVolumeClaims: [{ name: "work", persistentVolumeClaim: { claimName: "demo-work" } }],
  })
  expect(existsSync(join(folder, "claims", "team", "demo-work", "message"))).toBe(true)
  const always = { volumeClaimGC: { strategy: "OnWorkflowCompletion" } }
  await runWorkflow(workflow(always, "exit 1"), {
    executors: [processExecutor({ directory: folder })],
  })
  expect(existsSync(join(folder, "claims", "team", "demo-work"))).toBe(false)
})

test("nothing runs before the volumes are there, and without them nothing does", () => {
  const open = openWorkflow(workflow(), { now: epochMs(0) })
  expect(open.pending()).toMatchObject([
    { type: "Claim", claims: [{ volume: "work", claim: "demo-work" }] },
  ])
  expect(open.status()).toMatchObject({ phase: "Running", nodes: {} })
  expect(open.explain(epochMs(0))).toEqual(["demo is waiting for its volume claims: demo-work"])
  // A program that starts again asks again.
  const again = openWorkflow({ ...workflow(), status: open.status() }, { now: epochMs(1) })
  expect(again.pending()).toMatchObject([{ type: "Claim" }])
  const refused = again.handle({ type: "Claimed", fault: "no room" }, epochMs(2))
  expect(refused.actions).toEqual([])
  expect(again.status()).toMatchObject({ phase: "Error", message: "pvc create error: no room" })
  const begun = open.handle({ type: "Claimed" }, epochMs(2))
  expect(begun.actions).toMatchObject([{ type: "Start", nodeName: "demo[0].write" }])
  const third = openWorkflow({ ...workflow(), status: open.status() }, { now: epochMs(3) })
  expect(third.pending()).toMatchObject([{ type: "Start" }])
  // Pods and processes find the claims among the volumes.
  expect(third.spec().volumes?.[0]).toEqual({
    name: "work",
    persistentVolumeClaim: { claimName: "demo-work" },
  })
})

test("a claim template without a name ends the workflow at once", async () => {
  const ran = await simulateWorkflow(workflow({ volumeClaimTemplates: [{ spec: {} }] }))
  expect(ran.status).toMatchObject({
    phase: "Error",
    message: expect.stringContaining("needs metadata.name"),
  })
})

test("a step that mounts what nobody declares is an error; its own, the workflow's volumes and claims are there", async () => {
  const mounting = (name: string) => ({
    ...sh("true"),
    volumeMounts: [{ name, mountPath: "/mnt" }],
  })
  const own = { volumes: [{ name: "own", emptyDir: {} }] }
  const set = { containers: [{ ...mounting("nowhere"), name: "one" }] }
  const ran = await simulateWorkflow(
    workflow({
      volumes: [{ name: "shared", emptyDir: {} }],
      templates: [
        {
          name: "main",
          steps: [
            ["own", "shared", "work", "nowhere", "set"].map((name) => ({ name, template: name })),
          ],
        },
        { name: "own", ...own, container: mounting("own") },
        { name: "shared", ...own, script: mounting("shared") },
        { name: "work", container: sh("true"), sidecars: [{ ...mounting("work"), name: "side" }] },
        {
          name: "nowhere",
          container: sh("true"),
          sidecars: [{ ...mounting("nowhere"), name: "side" }],
        },
        { name: "set", containerSet: set },
      ],
    }),
  )
  const ends = ["own", "shared", "work", "nowhere", "set", "one"].map((name) => nodeOf(ran, name))
  expect(ends.map((node) => node?.phase)).toEqual([
    "Succeeded",
    "Succeeded",
    "Succeeded",
    "Error",
    "Error",
    "Failed",
  ])
  const message = "volume 'nowhere' not found in workflow spec"
  expect(ends.slice(3).map((node) => node?.message)).toEqual([message, message, message])
})

test("volumes that cannot be made for now are asked for again, and the workflow waits as Pending", async () => {
  const clock = createVirtualClock()
  const away = new OperationError("exceeded quota: storage", {
    code: "Forbidden",
    retryable: false,
  })
  let failures = 3
  const executor: Executor = {
    ...simulateExecutor(),
    async claim() {
      if (failures-- > 0) throw away
    },
  }
  const phases: string[] = []
  const run = await openRun(workflow(), { executors: [executor], clock })
  for (let second = 0; second < 60; second++) {
    const { phase = "", message = "" } = run.workflow().status ?? {}
    phases.push(message === "" ? phase : `${phase}: ${message}`)
    await clock.advance(1000)
  }
  const waiting = "Pending: Waiting for a PVC to be created. exceeded quota: storage"
  const changes = phases.filter((phase, index) => phase !== phases[index - 1])
  expect(changes).toEqual(["Running", waiting, "Running", "Succeeded"])
})

test("volumes that are refused end the workflow; after its end nothing is asked for again", async () => {
  const clock = createVirtualClock()
  let asked = 0
  const executorOf = (error: OperationError): Executor => ({
    ...simulateExecutor(),
    async claim() {
      asked++
      throw error
    },
  })
  const refused = new OperationError("no such class", { code: "Invalid", retryable: false })
  const run = await openRun(workflow(), { executors: [executorOf(refused)], clock })
  await clock.advance(60_000)
  expect(run.workflow().status).toMatchObject({
    phase: "Error",
    message: "pvc create error: no such class",
  })
  expect(asked).toBe(1)
  const away = new OperationError("away", { code: "ServiceUnavailable", retryable: true })
  const closed = await openRun(workflow(), { executors: [executorOf(away)], clock })
  await clock.advance(0)
  closed.close()
  await clock.advance(600_000)
  expect(asked).toBeLessThan(4)
})

test("volumes that are there stay, whatever is told of them later", () => {
  const open = openWorkflow(workflow(), { now: epochMs(0) })
  open.handle({ type: "Claimed" }, epochMs(0))
  const before = JSON.stringify(open.status())
  expect(open.status()).toMatchObject({ nodes: { demo: { phase: "Running" } } })
  open.handle({ type: "Claimed", fault: "no room" }, epochMs(0))
  open.handle({ type: "Claimed", fault: "busy", isPassing: true }, epochMs(0))
  expect(JSON.stringify(open.status())).toBe(before)
})
