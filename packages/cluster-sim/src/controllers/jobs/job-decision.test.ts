import { epochMs, formatInstant, type Stored } from "@argo-ts/kernel"
import { fc, test } from "@fast-check/vitest"
import { describe, expect } from "vitest"
import type { Pod } from "../workloads.js"
import { isTracked, type Job, type JobSpec, type JobStatus, trackingFinalizer } from "./job.js"
import { decideJob } from "./job-decision.js"

const now = epochMs(1_767_225_600_000)
const at = formatInstant(now)

function job(spec: Partial<JobSpec>, status: JobStatus = {}): Stored<Job> {
  const template = { spec: { restartPolicy: "Never", containers: [] } } as const
  const metadata = { namespace: "shop", name: "web", uid: "j", resourceVersion: "1" }
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { ...metadata, creationTimestamp: at },
    spec: { template, ...spec },
    status,
  }
}

type Phase = "Pending" | "Running" | "Succeeded" | "Failed"

function pod(name: string, phase: Phase, metadata: object = {}): Stored<Pod> {
  const state = { terminated: { exitCode: phase === "Failed" ? 1 : 0, finishedAt: at } }
  const containerStatuses =
    phase === "Succeeded" || phase === "Failed" ? [{ name: "c", state }] : []
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      uid: `uid-${name}`,
      resourceVersion: "1",
      creationTimestamp: at,
      finalizers: [trackingFinalizer],
      ...metadata,
    },
    spec: { nodeName: "node-0", containers: [] },
    status: { phase, containerStatuses } as never,
  }
}

function released(its: Stored<Pod>): Stored<Pod> {
  const { finalizers: _none, ...metadata } = its.metadata
  return { ...its, metadata }
}

describe("a decision about a Job", () => {
  test("names an ended pod first, counts it when its finalizer has gone", () => {
    const ended = pod("a", "Failed")
    const first = decideJob(job({ backoffLimit: 3 }), [ended], now)
    expect(first.status.uncountedTerminatedPods).toEqual({ failed: ["uid-a"] })
    expect([first.status.failed, first.release]).toEqual([undefined, [ended]])
    const second = decideJob(job({ backoffLimit: 3 }, first.status), [released(ended)], now)
    expect(second.status).toMatchObject({ failed: 1, uncountedTerminatedPods: {} })
    expect(second.release).toEqual([])
  })

  test("waits ten seconds after a failure, and is asked again then", () => {
    const { create, wakeAt } = decideJob(job({ parallelism: 1 }), [pod("a", "Failed")], now)
    expect({ create, wakeAt }).toEqual({ create: [], wakeAt: now + 10_000 })
  })

  test("a success ends the back-off", () => {
    const pods = [pod("a", "Failed"), pod("b", "Succeeded")]
    const { create } = decideJob(job({ parallelism: 1, completions: 2 }), pods, now)
    expect(create).toEqual([{}])
  })

  test("an announced end stays, and is declared only when nothing is left", () => {
    const message = "Job has reached the specified backoff limit"
    const outcome = { reason: "BackoffLimitExceeded", message, status: "True" } as const
    const known = { conditions: [{ type: "FailureTarget", ...outcome }] }
    const last = pod("a", "Running", { deletionTimestamp: at, finalizers: [] })
    const waiting = decideJob(job({}, known), [last], now)
    expect(waiting.status.conditions).toEqual(known.conditions)
    const { status, events } = decideJob(job({}, known), [], now)
    expect(status.conditions?.map(({ type }) => type)).toEqual(["FailureTarget", "Failed"])
    expect(events).toEqual([{ type: "Warning", reason: "BackoffLimitExceeded", message }])
  })

  test("of two pods of one index one is surplus, and so is one beyond the end", () => {
    const mark = (index: number) => ({
      annotations: { "batch.kubernetes.io/job-completion-index": `${index}` },
    })
    const spec = { completions: 2, parallelism: 2, completionMode: "Indexed" } as const
    const pods = [
      pod("a", "Running", mark(0)),
      pod("b", "Pending", mark(0)),
      pod("c", "Running", mark(5)),
    ]
    const { surplus, create } = decideJob(job(spec), pods, now)
    expect(surplus.map(({ metadata }) => metadata.name).toSorted()).toEqual(["b", "c"])
    expect(create).toEqual([])
  })

  test("a Job that is over lets go of what it still holds", () => {
    const over = { conditions: [{ type: "Complete", status: "True" as const }] }
    const held = pod("a", "Succeeded")
    expect(decideJob(job({}, over), [held, released(pod("b", "Failed"))], now)).toMatchObject({
      release: [held],
      status: over,
      create: [],
      remove: [],
    })
  })
})

/** Which pods are let go of in which pass: an interruption lets go of some only. */
const interruptions = fc.array(fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), {
  maxLength: 6,
})
const phases = fc.array(fc.constantFrom<Phase>("Succeeded", "Failed"), { maxLength: 6 })

test.prop([phases, interruptions])(
  "every end is counted once, wherever the controller is interrupted",
  (ends, passes) => {
    let pods = ends.map((phase, index) => pod(`p${index}`, phase))
    let held = job({ completions: 50, parallelism: 0, backoffLimit: 50 })
    for (const goes of [...passes, Array(6).fill(true), Array(6).fill(true)] as boolean[][]) {
      const decision = decideJob(held, pods, now)
      held = { ...held, status: decision.status }
      const letGo = new Set(decision.release.filter((_pod, index) => goes[index]))
      pods = pods.map((each) => (letGo.has(each) ? released(each) : each))
    }
    const { status } = decideJob(held, pods, now)
    const count = (phase: Phase): number => ends.filter((each) => each === phase).length
    expect([status.succeeded ?? 0, status.failed ?? 0]).toEqual([
      count("Succeeded"),
      count("Failed"),
    ])
    expect([status.uncountedTerminatedPods, pods.some(isTracked)]).toEqual([{}, false])
  },
)

test.prop([phases, fc.nat(3), fc.nat(4)])(
  "never runs more than it may, and a decision carried out leaves nothing to do",
  (ends, parallelism, completions) => {
    const pods = ends.map((phase, index) => released(pod(`p${index}`, phase)))
    const succeeded = ends.filter((phase) => phase === "Succeeded").length
    const failed = ends.length - succeeded
    const held = job({ parallelism, completions, backoffLimit: 9 }, { succeeded, failed })
    const later = epochMs(now + 700_000)
    const first = decideJob(held, pods, later)
    expect(first.create.length).toBeLessThanOrEqual(
      Math.max(0, Math.min(parallelism, completions - succeeded)),
    )
    const made = first.create.map((_each, index) => pod(`new${index}`, "Running"))
    const second = decideJob({ ...held, status: first.status }, [...pods, ...made], later)
    expect([second.create, second.surplus, second.remove]).toEqual([[], [], []])
  },
)
