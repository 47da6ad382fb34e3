import { expect, test } from "vitest"
import type { Template } from "../../api/template.js"
import type { Task } from "../../executors/executor.js"
import type { ContainerStatus, PodObject } from "./kinds.js"
import { type PodReading, readPod } from "./reading.js"

const exited = (name: string, exitCode: number, message?: string): ContainerStatus => ({
  name,
  state: {
    terminated: {
      exitCode,
      reason: exitCode === 0 ? "Completed" : "Error",
      ...(message === undefined ? {} : { message }),
    },
  },
})
const waiting = (name: string, reason: string, message?: string): ContainerStatus => ({
  name,
  state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
})
const running = (name: string): ContainerStatus => ({ name, state: { running: {} } })

function read(
  status: NonNullable<PodObject["status"]>,
  template: Partial<Template> = {},
  more: { readonly isResultWanted?: boolean; readonly isPatient?: boolean } = {},
): PodReading {
  const { isResultWanted = false, isPatient = true } = more
  const task = { template: { name: "main", ...template }, isResultWanted } as unknown as Task
  const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: {}, status }
  return readPod(task, { pod, result: undefined, isPatient })
}

function endOf(status: NonNullable<PodObject["status"]>, template?: Partial<Template>) {
  const reading = read({ phase: "Failed", ...status }, template)
  if (reading.state !== "ended") throw new Error(`the pod is ${reading.state}`)
  const { phase, message, exitCode } = reading.outcome
  return { phase, message, exitCode }
}

test.each<[string, NonNullable<PodObject["status"]>, string]>([
  ["no status at all", {}, ""],
  [
    "a reason alone",
    { containerStatuses: [waiting("main", "ContainerCreating")] },
    "ContainerCreating",
  ],
  [
    "an init container before others",
    {
      initContainerStatuses: [waiting("init", "ImagePullBackOff", "no such image")],
      containerStatuses: [waiting("main", "PodInitializing")],
    },
    "ImagePullBackOff: no such image",
  ],
  [
    "no place",
    {
      conditions: [
        { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/3 nodes" },
      ],
    },
    "Unschedulable: 0/3 nodes",
  ],
])("a pending pod says what it waits for: %s", (_name, status, message) => {
  expect(read({ phase: "Pending", ...status })).toEqual({ state: "waiting", message })
})

test("a daemon is ready when all of its containers are", () => {
  const statuses = (isReady: boolean) => [
    { name: "main", ready: true },
    { name: "wait", ready: isReady },
  ]
  const of = (isReady: boolean, daemon: boolean) =>
    read({ phase: "Running", podIP: "10.0.0.1", containerStatuses: statuses(isReady) }, { daemon })
  expect(of(false, true)).toEqual({ state: "waiting", message: "" })
  expect(of(true, true)).toEqual({ state: "ready", podIP: "10.0.0.1" })
  expect(of(true, false)).toEqual({ state: "running" })
})

test.each<[string, NonNullable<PodObject["status"]>, object]>([
  [
    "its own message comes first",
    { message: "evicted", containerStatuses: [exited("main", 1)] },
    { phase: "Failed", message: "evicted" },
  ],
  ["nothing is known", {}, { phase: "Failed", message: "can't find failed message for pod p" }],
  [
    "an init container failed",
    {
      initContainerStatuses: [exited("init", 1, "no artifact")],
      containerStatuses: [exited("main", 2)],
    },
    { phase: "Error", message: "init: Error (exit code 1): no artifact", exitCode: "2" },
  ],
  [
    "main before the executor",
    { containerStatuses: [exited("side", 4), exited("wait", 3), exited("main", 2)] },
    { phase: "Failed", message: "main: Error (exit code 2)", exitCode: "2" },
  ],
  [
    "the executor before main where main could not begin",
    { containerStatuses: [exited("main", 2), exited("supervisor", 65)] },
    { phase: "Error", message: "supervisor: Error (exit code 65)" },
  ],
  [
    "the executor alone",
    { containerStatuses: [exited("main", 0), exited("wait", 3)] },
    { phase: "Error", message: "wait: Error (exit code 3)", exitCode: "0" },
  ],
  [
    "a sidecar alone",
    { containerStatuses: [exited("main", 0), exited("wait", 0), exited("side", 4)] },
    { phase: "Failed", message: "side: Error (exit code 4)" },
  ],
  [
    "a container never began",
    { containerStatuses: [waiting("main", "CreateContainerError", "no such key")] },
    {
      phase: "Error",
      message: "Pod failed before main container starts due to CreateContainerError: no such key",
    },
  ],
  [
    "only a sidecar that was ended",
    { containerStatuses: [exited("main", 0), exited("wait", 0), exited("side", 137)] },
    { phase: "Succeeded", message: undefined },
  ],
  [
    "main was not seen to end",
    { containerStatuses: [running("main"), exited("wait", 0), exited("side", 143)] },
    { phase: "Failed", message: "pod failed: main container did not complete successfully" },
  ],
  [
    "the executor was not seen to end",
    { containerStatuses: [exited("main", 0), exited("side", 143)] },
    { phase: "Failed", message: "pod failed: wait container did not complete successfully" },
  ],
  [
    "neither was",
    { containerStatuses: [running("main"), exited("side", 143)] },
    {
      phase: "Failed",
      message: "pod failed: neither main nor wait container completed successfully",
    },
  ],
])("how a failed pod ended: %s", (_name, status, end) => {
  expect(endOf(status)).toMatchObject(end)
})

test("the containers of a set: what exited in the wrapper is an error, other codes are failures", () => {
  const names = ["good", "bad", "wrapped", "late"]
  const containers = names.map((name) => ({ name, image: "x", command: ["y"] }))
  const reading = read(
    {
      phase: "Failed",
      containerStatuses: [
        exited("good", 0),
        exited("bad", 1),
        exited("wrapped", 64),
        running("late"),
      ],
    },
    { containerSet: { containers } },
  )
  expect(reading).toMatchObject({
    state: "ended",
    outcome: {
      containers: {
        good: { phase: "Succeeded", exitCode: "0" },
        bad: { phase: "Failed", exitCode: "1", message: "bad: Error (exit code 1)" },
        wrapped: { phase: "Error", exitCode: "64" },
      },
    },
  })
})

test("an end is awaited while the executor works or what is owed is not reported", () => {
  const done = { phase: "Succeeded", containerStatuses: [exited("main", 0), exited("wait", 0)] }
  const artifact = (optional: boolean): Partial<Template> => ({
    outputs: { artifacts: [{ name: "out", path: "/out", optional }] },
  })
  expect(read(done).state).toBe("ended")
  expect(read(done, artifact(true)).state).toBe("ended")
  expect(read(done, artifact(false)).state).toBe("reporting")
  expect(read(done, {}, { isResultWanted: true }).state).toBe("reporting")
  expect(read(done, artifact(false), { isPatient: false }).state).toBe("ended")
  const failing = { phase: "Failed", containerStatuses: [exited("main", 1), running("wait")] }
  expect(read(failing).state).toBe("reporting")
  expect(
    read({ ...failing, containerStatuses: [exited("main", 1), exited("wait", 0)] }).state,
  ).toBe("ended")
})
