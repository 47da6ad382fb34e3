import type { Stored } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import { kind, type Loose, pods, type World, world } from "./world.js"

const jobs = kind("batch/v1", "Job")
const key = { namespace: "default", name: "web" }
const tracking = "batch.kubernetes.io/job-tracking"
const indexMark = "batch.kubernetes.io/job-completion-index"

/** A Job named `web`, whose containers behave as `script` says. */
function job(spec: object = {}, script: object = {}, podSpec: object = {}): Loose {
  const annotations = { "sim.argo-ts.dev/script": JSON.stringify(script) }
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: key,
    spec: {
      template: {
        metadata: { annotations },
        spec: {
          restartPolicy: "Never",
          containers: [{ name: "main", image: "app:1" }],
          ...podSpec,
        },
      },
      ...spec,
    },
  }
}

interface JobWorld extends World {
  status(): Promise<Loose>
  pods(): Promise<readonly Stored<Loose>[]>
  /** What an event of a reason says, in order. */
  said(reason: string): Promise<readonly string[]>
}

async function running(
  object: Loose,
  options: Parameters<typeof world>[0] = {},
): Promise<JobWorld> {
  const here = world(options)
  await here.sim.cluster.create(jobs, object)
  return {
    ...here,
    status: async () => (await here.sim.cluster.get(jobs, key))?.["status"],
    pods: async () => (await here.sim.cluster.list(pods, { namespace: "default" })).items,
    said: async (reason) => (await here.events(reason)).map((event) => event["message"] as string),
  }
}

function conditionsOf(status: Loose): readonly string[] {
  return (status["conditions"] ?? []).map(
    ({ type, status: is, reason }: Loose) => `${type} ${is} ${reason}`,
  )
}

/** A pod's behaviour by its completion index: what a rule sees is the label. */
function byIndex(behaviors: { readonly [index: string]: object }) {
  return {
    rules: Object.entries(behaviors).map(([index, behavior]) => ({
      labelSelector: { matchLabels: { [indexMark]: index } },
      behavior,
    })),
  }
}

describe("a Job that succeeds", () => {
  test("names its pods, tracks them by a finalizer, and lets go of each once it is counted", async () => {
    const { clock, pods: list, status, said } = await running(job())
    await clock.advance(500)
    expect(await status()).toMatchObject({
      active: 1,
      ready: 0,
      terminating: 0,
      startTime: "2026-01-01T00:00:00Z",
    })
    const [pod] = await list()
    expect(pod?.metadata).toMatchObject({
      generateName: "web-",
      finalizers: [tracking],
      labels: { "batch.kubernetes.io/job-name": "web" },
    })
    await clock.advance(10_000)
    expect((await list())[0]?.metadata.finalizers).toBeUndefined()
    const ended = await status()
    expect(ended).toMatchObject({ succeeded: 1, ready: 0, terminating: 0 })
    expect(ended).toHaveProperty("uncountedTerminatedPods", {})
    expect(ended["active"]).toBeUndefined()
    expect(conditionsOf(ended)).toEqual([
      "SuccessCriteriaMet True CompletionsReached",
      "Complete True CompletionsReached",
    ])
    expect(ended["conditions"][1]).toMatchObject({
      message: "Reached expected number of succeeded pods",
      lastProbeTime: ended["completionTime"],
      lastTransitionTime: ended["completionTime"],
    })
    expect(await said("Completed")).toEqual(["Job completed"])
    expect(await said("SuccessfulCreate")).toEqual([`Created pod: ${pod?.metadata.name}`])
  })

  test("names ended pods in its status before it takes their finalizers", async () => {
    const here = world()
    const seen: string[] = []
    here.sim.onWrite(({ kind: { kind: name }, after }) => {
      const named = (after as Loose | undefined)?.["status"]?.uncountedTerminatedPods?.succeeded
      if (name === "Job" && named !== undefined) seen.push("named")
      const isPod =
        name === "Pod" && (after as Loose | undefined)?.["status"]?.phase === "Succeeded"
      if (isPod && after?.metadata.finalizers === undefined) seen.push("released")
    })
    await here.sim.cluster.create(jobs, job())
    await here.clock.advance(10_000)
    expect(seen).toEqual(["named", "released"])
  })

  test("without a number of completions it ends once one pod has succeeded and the others have ended", async () => {
    const behavior = { exits: [{ afterMs: 1_000 }] }
    const { clock, status, pods: list } = await running(job({ parallelism: 3 }, behavior))
    await clock.advance(500)
    expect(await list()).toHaveLength(3)
    await clock.advance(20_000)
    expect(await list()).toHaveLength(3)
    expect(await status()).toMatchObject({ succeeded: 3 })
    expect(conditionsOf(await status())).toContain("Complete True CompletionsReached")
  })

  test("never runs more pods than completions are left", async () => {
    const { clock, pods: list } = await running(job({ completions: 3, parallelism: 2 }))
    await clock.advance(1_500)
    expect(await list()).toHaveLength(2)
    await clock.advance(20_000)
    expect(await list()).toHaveLength(3)
  })

  test("fewer pods at once: the surplus is deleted and not counted as failed", async () => {
    const {
      clock,
      sim,
      pods: list,
      status,
      said,
    } = await running(job({ completions: 4, parallelism: 3 }, { exitMs: null }))
    await clock.advance(5_000)
    await sim.cluster.patch(jobs, key, { type: "merge", patch: { spec: { parallelism: 1 } } })
    await clock.advance(5_000)
    expect(await list()).toHaveLength(1)
    expect(await status()).toMatchObject({ active: 1, ready: 1, terminating: 0 })
    expect((await status())["failed"]).toBeUndefined()
    expect(await said("SuccessfulDelete")).toHaveLength(2)
  })
})

describe("a Job with indexes", () => {
  test("gives each pod its index in name, label, annotation, host name and environment", async () => {
    const {
      clock,
      pods: list,
      status,
    } = await running(job({ completions: 2, parallelism: 2, completionMode: "Indexed" }))
    await clock.advance(500)
    const second = (await list())[1]
    expect(second).toMatchObject({
      metadata: {
        generateName: "web-1-",
        labels: { [indexMark]: "1" },
        annotations: { [indexMark]: "1" },
      },
      spec: { hostname: "web-1" },
    })
    expect(second?.["spec"].containers[0].env).toEqual([
      {
        name: "JOB_COMPLETION_INDEX",
        valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: `metadata.labels['${indexMark}']` } },
      },
    ])
    await clock.advance(20_000)
    expect(await status()).toMatchObject({ succeeded: 2, completedIndexes: "0,1" })
  })

  test("tries an index again until its own limit, and fails with those that are lost", async () => {
    const {
      clock,
      status,
      pods: list,
    } = await running(
      job({
        completions: 3,
        parallelism: 3,
        completionMode: "Indexed",
        backoffLimitPerIndex: 1,
      }),
      { pods: byIndex({ 1: { exitCode: 1 } }) },
    )
    await clock.advance(5_000)
    // The failed pod holds the count of its index until its successor is there.
    const failed = (await list()).find(({ status: its }) => its?.["phase"] === "Failed")
    expect(failed?.metadata.finalizers).toEqual([tracking])
    await clock.advance(8_000)
    const counts = (await list())
      .filter(({ metadata }) => metadata.labels?.[indexMark] === "1")
      .map(({ metadata }) => metadata.annotations?.["batch.kubernetes.io/job-index-failure-count"])
    expect(counts.toSorted()).toEqual(["0", "1"])
    await clock.advance(30_000)
    expect(await status()).toMatchObject({
      succeeded: 2,
      failed: 2,
      completedIndexes: "0,2",
      failedIndexes: "1",
    })
    expect(conditionsOf(await status())).toEqual([
      "FailureTarget True FailedIndexes",
      "Failed True FailedIndexes",
    ])
    expect((await list()).filter(({ metadata }) => metadata.finalizers)).toEqual([])
  })

  test("gives up where more indexes fail than may", async () => {
    const { clock, status } = await running(
      job({
        completions: 4,
        parallelism: 2,
        completionMode: "Indexed",
        backoffLimitPerIndex: 0,
        maxFailedIndexes: 1,
      }),
      { pods: byIndex({ 0: { exitCode: 1 }, 1: { exitCode: 1 } }) },
    )
    await clock.advance(30_000)
    expect(await status()).toMatchObject({ failedIndexes: "0,1" })
    const last = (await status())["conditions"].at(-1)
    expect(last).toMatchObject({
      type: "Failed",
      reason: "MaxFailedIndexesExceeded",
      message: "Job has exceeded the specified maximal number of failed indexes",
    })
  })

  test("succeeds by a rule before all indexes have, and ends the others", async () => {
    const successPolicy = { rules: [{ succeededIndexes: "0,2", succeededCount: 1 }] }
    const {
      clock,
      status,
      pods: list,
    } = await running(
      job({ completions: 3, parallelism: 3, completionMode: "Indexed", successPolicy }),
      { pods: byIndex({ 1: { exitMs: null }, 2: { exitMs: null } }) },
    )
    await clock.advance(20_000)
    expect(conditionsOf(await status())).toEqual([
      "SuccessCriteriaMet True SuccessPolicy",
      "Complete True SuccessPolicy",
    ])
    expect((await status())["conditions"][1].message).toBe("Matched rules at index 0")
    expect((await status())["failed"]).toBeUndefined()
    expect(await list()).toHaveLength(1)
  })
})

describe("a Job that fails", () => {
  test("waits 10 s, 20 s, 40 s between failures, then has failed with the last", async () => {
    const here = world()
    const starts: number[] = []
    const began = here.clock.now()
    here.sim.onWrite(({ verb, kind: { kind: name } }) => {
      if (verb === "create" && name === "Pod") starts.push((here.clock.now() - began) / 1000)
    })
    await here.sim.cluster.create(
      jobs,
      job({ backoffLimit: 3 }, { exitCode: 1, startMs: 0, exitMs: 0 }),
    )
    await here.clock.advance(300_000)
    expect(starts).toEqual([0, 10, 30, 70])
    const { status } = (await here.sim.cluster.get(jobs, key)) as Loose
    expect(status).toMatchObject({ failed: 4 })
    expect(conditionsOf(status)).toEqual([
      "FailureTarget True BackoffLimitExceeded",
      "Failed True BackoffLimitExceeded",
    ])
    expect((await here.events("BackoffLimitExceeded"))[0]).toMatchObject({
      type: "Warning",
      message: "Job has reached the specified backoff limit",
    })
  })

  test("restarts count where containers are restarted", async () => {
    const { clock, status } = await running(
      job({ backoffLimit: 2 }, { exitCode: 1 }, { restartPolicy: "OnFailure" }),
    )
    await clock.advance(120_000)
    expect(conditionsOf(await status())).toContain("Failed True BackoffLimitExceeded")
    expect(await status()).toMatchObject({ failed: 1 })
  })

  test("at its deadline: it says so at once, and has failed when its pods are gone", async () => {
    const { clock, status, said } = await running(
      job({ activeDeadlineSeconds: 5 }, { exitMs: null, terminateMs: 8_000 }),
    )
    await clock.advance(6_000)
    expect(conditionsOf(await status())).toEqual(["FailureTarget True DeadlineExceeded"])
    expect(await status()).toMatchObject({ terminating: 1, failed: 1, ready: 0 })
    expect(await said("DeadlineExceeded")).toEqual([])
    await clock.advance(10_000)
    expect(conditionsOf(await status())).toEqual([
      "FailureTarget True DeadlineExceeded",
      "Failed True DeadlineExceeded",
    ])
    expect(await said("DeadlineExceeded")).toEqual([
      "Job was active longer than specified deadline",
    ])
  })

  test("by a rule on exit codes, at the first failure that it matches", async () => {
    const rules = [
      { action: "Ignore", onExitCodes: { operator: "In", values: [7] } },
      { action: "FailJob", onExitCodes: { containerName: "main", operator: "In", values: [42] } },
    ]
    const {
      clock,
      status,
      pods: list,
    } = await running(job({ podFailurePolicy: { rules } }, { exitCode: 42 }))
    await clock.advance(30_000)
    const [pod] = await list()
    expect((await status())["conditions"].at(-1)).toMatchObject({
      type: "Failed",
      reason: "PodFailurePolicy",
      message: `Container main for pod default/${pod?.metadata.name} failed with exit code 42 matching FailJob rule at index 1`,
    })
  })

  test("ignored failures do not count, and hold the next pod back all the same", async () => {
    const rules = [{ action: "Ignore", onExitCodes: { operator: "NotIn", values: [1] } }]
    const {
      clock,
      status,
      pods: list,
    } = await running(
      job({ podFailurePolicy: { rules }, backoffLimit: 0 }, { exitCode: 7, startMs: 0, exitMs: 0 }),
    )
    await clock.advance(9_000)
    expect(await list()).toHaveLength(1)
    await clock.advance(25_000)
    expect(await list()).toHaveLength(3)
    expect((await status())["failed"]).toBeUndefined()
    expect((await list())[0]?.metadata.finalizers).toBeUndefined()
  })

  test("a pod that somebody deletes counts as failed at once, or when it has ended", async () => {
    for (const [podReplacementPolicy, before] of [
      ["TerminatingOrFailed", { failed: 1, terminating: 1 }],
      ["Failed", { terminating: 1 }],
    ] as const) {
      const {
        clock,
        sim,
        pods: list,
        status,
      } = await running(job({ podReplacementPolicy }, { exitMs: null, terminateMs: 20_000 }))
      await clock.advance(5_000)
      const name = (await list())[0]?.metadata.name ?? ""
      await sim.cluster.delete(pods, { namespace: "default", name })
      await clock.advance(12_000)
      expect(await status()).toMatchObject(before)
      // At once means after the back-off that every failure brings.
      expect(await list()).toHaveLength(podReplacementPolicy === "Failed" ? 1 : 2)
      await clock.advance(30_000)
      expect(await status()).toMatchObject({ failed: 1, active: 1, terminating: 0 })
      expect(await list()).toHaveLength(1)
    }
  })

  test("pods that are refused are told of and tried again", async () => {
    const { clock, said } = await running(job({}, {}, { priorityClassName: "none" }))
    await clock.advance(1_000)
    expect((await said("FailedCreate"))[0]).toMatch(
      /^Error creating: pods "web-\w{5}" is forbidden: no PriorityClass with name none was found$/,
    )
  })
})

describe("a Job that is suspended", () => {
  test("has no pods and no start; resumed, its time begins anew", async () => {
    const {
      clock,
      sim,
      status,
      pods: list,
      said,
    } = await running(job({ suspend: true, activeDeadlineSeconds: 30 }, { exitMs: null }))
    const suspend = (is: boolean) =>
      sim.cluster.patch(jobs, key, { type: "merge", patch: { spec: { suspend: is } } })
    await clock.advance(60_000)
    expect(await list()).toEqual([])
    expect(await said("Suspended")).toEqual(["Job suspended"])
    await suspend(false)
    await clock.advance(20_000)
    expect(await status()).toMatchObject({ startTime: "2026-01-01T00:01:00Z", active: 1 })
    expect(conditionsOf(await status())).toEqual(["Suspended False JobResumed"])
    await suspend(true)
    await clock.advance(20_000)
    expect(await list()).toEqual([])
    expect((await status())["startTime"]).toBeUndefined()
    expect((await status())["failed"]).toBeUndefined()
    await suspend(false)
    await clock.advance(20_000)
    expect(conditionsOf(await status())).toEqual(["Suspended False JobResumed"])
    await clock.advance(20_000)
    expect(conditionsOf(await status())).toContain("Failed True DeadlineExceeded")
    expect(await said("Resumed")).toEqual(["Job resumed"])
  })
})

describe("a Job that goes", () => {
  test("lets its pods go: deleted with them, or leaving them behind without the finalizer", async () => {
    for (const propagationPolicy of ["Background", "Foreground", "Orphan"] as const) {
      const { clock, sim, pods: list } = await running(job({}, { exitMs: null }))
      await clock.advance(5_000)
      await sim.cluster.delete(jobs, key, { propagationPolicy })
      await clock.advance(60_000)
      expect(await sim.cluster.get(jobs, key)).toBeUndefined()
      const left = (await list()).map(({ metadata }) => [
        metadata.finalizers,
        metadata.ownerReferences,
      ])
      expect(left).toEqual(propagationPolicy === "Orphan" ? [[undefined, undefined]] : [])
    }
  })

  test("expires so long after its end, and not before", async () => {
    const { clock, sim, pods: list } = await running(job({ ttlSecondsAfterFinished: 60 }))
    await clock.advance(5_000)
    const { status } = (await sim.cluster.get(jobs, key)) as Loose
    const ended = Date.parse(status.completionTime)
    await clock.advance(ended + 59_999 - clock.now())
    expect(await sim.cluster.get(jobs, key)).toBeDefined()
    await clock.advance(1_001)
    expect(await sim.cluster.get(jobs, key)).toBeUndefined()
    await clock.advance(5_000)
    expect(await list()).toEqual([])
  })

  test("that expires goes after its pods", async () => {
    const { clock, sim, pods: list } = await running(job({ ttlSecondsAfterFinished: 60 }))
    await clock.advance(5_000)
    const [pod] = await list()
    const patch = { metadata: { finalizers: ["example.com/kept"] } }
    const podKey = { namespace: "default", name: pod?.metadata.name ?? "" }
    await sim.cluster.patch(pods, podKey, { type: "merge", patch })
    await clock.advance(120_000)
    expect((await sim.cluster.get(jobs, key))?.metadata).toMatchObject({
      deletionTimestamp: expect.any(String),
      finalizers: ["foregroundDeletion"],
    })
    await sim.cluster.patch(pods, podKey, {
      type: "merge",
      patch: { metadata: { finalizers: [] } },
    })
    await clock.advance(5_000)
    expect(await sim.cluster.get(jobs, key)).toBeUndefined()
  })

  test("a Job that another controller manages is left alone", async () => {
    const { clock, status, pods: list } = await running(job({ managedBy: "example.com/queue" }))
    await clock.advance(20_000)
    expect([await list(), await status()]).toEqual([[], {}])
  })
})

test("a Job with a selector of its own adopts the pods that it selects, and lets go of others", async () => {
  const here = world()
  const labels = { app: "mine" }
  const bare = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace: "default", name: "bare", labels },
    spec: { restartPolicy: "Never", containers: [{ name: "main", image: "app:1" }] },
  }
  const script = { "sim.argo-ts.dev/script": JSON.stringify({ exitMs: null }) }
  const metadata = { ...bare.metadata, annotations: script }
  await here.sim.cluster.create(pods, { ...bare, metadata })
  const { spec } = job({ manualSelector: true, selector: { matchLabels: labels } }) as Loose
  const template = { ...spec.template, metadata: { labels } }
  await here.sim.cluster.create(jobs, { ...job(), spec: { ...spec, template } })
  await here.clock.advance(5_000)
  expect((await here.pod("bare"))?.metadata).toMatchObject({
    finalizers: [tracking],
    ownerReferences: [{ kind: "Job", name: "web", controller: true }],
  })
  const name = { namespace: "default", name: "bare" }
  await here.sim.cluster.patch(pods, name, {
    type: "merge",
    patch: { metadata: { labels: { app: "free" } } },
  })
  await here.clock.advance(500)
  const freed = (await here.pod("bare"))?.metadata
  expect([freed?.finalizers, freed?.ownerReferences]).toEqual([undefined, undefined])
  await here.clock.advance(10_000)
  expect((await here.sim.cluster.get(jobs, key))?.["status"]).toMatchObject({ succeeded: 1 })
})
