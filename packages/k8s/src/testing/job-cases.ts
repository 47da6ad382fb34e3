import type { JsonObject, Stored } from "@argo-ts/kernel"
import { expect } from "vitest"
import {
  awaitObject,
  conditionOf,
  countOf,
  type Doing,
  looseKind,
  mergeInto,
  objectsOf,
  podKind,
  templateOf,
} from "./workload-pods.js"
import { type ConformanceCase, type ConformanceWorld, kinds, type Loose, until } from "./world.js"

const { jobs } = kinds
const cronJobs = looseKind("batch/v1", "CronJob")
const jobLabel = "batch.kubernetes.io/job-name"
const tracking = "batch.kubernetes.io/job-tracking"

function jobSpec(doing: Doing, more: JsonObject = {}, pod: JsonObject = {}): JsonObject {
  return { template: templateOf({}, doing, { restartPolicy: "Never", ...pod }), ...more }
}

function create(world: ConformanceWorld, spec: JsonObject): Promise<Stored<Loose>> {
  const metadata = { namespace: world.namespace, name: "j" }
  return world.cluster.create(jobs, { apiVersion: "batch/v1", kind: "Job", metadata, spec })
}

function condition(world: ConformanceWorld, type: string, status = "True"): Promise<Stored<Loose>> {
  return awaitObject(world, jobs, {
    name: "j",
    what: `is ${type}=${status}`,
    is: (object) => conditionOf(object, type)?.["status"] === status,
  })
}

const podsOf = (world: ConformanceWorld, name = "j") =>
  objectsOf(world, podKind, { [jobLabel]: name })

/** Jobs and CronJobs, by spec/cluster §12 H and C. */
export const jobCases: readonly ConformanceCase[] = [
  {
    name: "146: a Job runs its pods to the end and counts them",
    async run(world) {
      const made = await create(world, jobSpec("succeeds", { completions: 2, parallelism: 2 }))
      const done = await condition(world, "Complete")
      expect(conditionOf(done, "Complete")).toMatchObject({
        reason: "CompletionsReached",
        message: "Reached expected number of succeeded pods",
      })
      expect(countOf(done, "succeeded")).toBe(2)
      expect(done.status).toHaveProperty("completionTime")
      for (const { metadata } of await podsOf(world)) {
        expect(metadata.generateName).toBe("j-")
        expect(metadata.finalizers ?? []).not.toContain(tracking)
        expect(metadata.ownerReferences).toMatchObject([{ kind: "Job", uid: made.metadata.uid }])
        expect(metadata.labels).toMatchObject({
          "batch.kubernetes.io/controller-uid": made.metadata.uid,
          "job-name": "j",
        })
      }
    },
  },
  {
    name: "146: a Job that fails too often has failed, and says why",
    async run(world) {
      await create(world, jobSpec("fails", { backoffLimit: 1 }))
      const failed = await condition(world, "Failed")
      expect(conditionOf(failed, "Failed")).toMatchObject({
        reason: "BackoffLimitExceeded",
        message: "Job has reached the specified backoff limit",
      })
      expect(countOf(failed, "failed")).toBe(2)
      const [first, second] = (await podsOf(world))
        .map(({ metadata }) => Date.parse(metadata.creationTimestamp))
        .toSorted((left, right) => left - right) as [number, number]
      expect(second - first).toBeGreaterThanOrEqual(10_000)
    },
  },
  {
    name: "146: a Job has a deadline",
    async run(world) {
      await create(world, jobSpec("lasts", { activeDeadlineSeconds: 3 }))
      const failed = await condition(world, "Failed")
      expect(conditionOf(failed, "Failed")).toMatchObject({
        reason: "DeadlineExceeded",
        message: "Job was active longer than specified deadline",
      })
      await until(world, "its pods are gone or have failed", async () => {
        const left = await podsOf(world)
        return left.every(({ status }) => status?.["phase"] === "Failed")
      })
    },
  },
  {
    name: "146: pods of an indexed Job know their index",
    async run(world) {
      await create(
        world,
        jobSpec("succeeds", { completionMode: "Indexed", completions: 2, parallelism: 2 }),
      )
      const done = await condition(world, "Complete")
      expect(done.status).toMatchObject({ completedIndexes: "0,1" })
      const index = "batch.kubernetes.io/job-completion-index"
      const pods = (await podsOf(world)).toSorted((left, right) =>
        left.metadata.name < right.metadata.name ? -1 : 1,
      )
      expect(pods.map(({ metadata }) => metadata.annotations?.[index])).toEqual(["0", "1"])
      expect(pods.map(({ spec }) => spec?.["hostname"])).toEqual(["j-0", "j-1"])
      const [container] = (pods[0]?.spec?.["containers"] ?? []) as unknown as readonly JsonObject[]
      expect(container?.["env"]).toMatchObject([{ name: "JOB_COMPLETION_INDEX" }])
    },
  },
  {
    name: "146: a suspended Job has no pods until it is resumed",
    async run(world) {
      await create(world, jobSpec("succeeds", { suspend: true }))
      const suspended = await condition(world, "Suspended")
      expect(conditionOf(suspended, "Suspended")).toMatchObject({
        reason: "JobSuspended",
        message: "Job suspended",
      })
      expect(await podsOf(world)).toEqual([])
      await mergeInto(world, jobs, "j", { spec: { suspend: false } })
      const done = await condition(world, "Complete")
      expect(conditionOf(done, "Suspended")).toMatchObject({
        status: "False",
        reason: "JobResumed",
        message: "Job resumed",
      })
    },
  },
  {
    name: "146: a Job that has ended goes when its time is over",
    async run(world) {
      const { cluster, namespace } = world
      await create(world, jobSpec("succeeds", { ttlSecondsAfterFinished: 5 }))
      await condition(world, "Complete")
      await until(world, "the Job is gone", async () => {
        return (await cluster.get(jobs, { namespace, name: "j" })) === undefined
      })
      await until(world, "its pods are gone", async () => (await podsOf(world)).length === 0)
    },
  },
  {
    name: "146: an exit code can fail a Job at once",
    async run(world) {
      const onExitCodes = { containerName: "main", operator: "In", values: [42] }
      const podFailurePolicy = { rules: [{ action: "FailJob", onExitCodes }] }
      await create(world, jobSpec("fails", { backoffLimit: 6, podFailurePolicy }))
      const failed = await condition(world, "Failed")
      const [pod] = await podsOf(world)
      expect(conditionOf(failed, "Failed")).toMatchObject({
        reason: "PodFailurePolicy",
        message: `Container main for pod ${world.namespace}/${pod?.metadata.name} failed with exit code 42 matching FailJob rule at index 0`,
      })
      expect(countOf(failed, "failed")).toBe(1)
    },
  },
  {
    name: "65: pods of a Job that is deleted without a policy stay, owned and tracked by nobody",
    async run(world) {
      const { cluster, namespace } = world
      await create(world, jobSpec("lasts"))
      await awaitObject(world, jobs, {
        name: "j",
        what: "has a pod",
        is: (object) => countOf(object, "active") === 1,
      })
      await cluster.delete(jobs, { namespace, name: "j" })
      await until(world, "the Job is gone", async () => {
        return (await cluster.get(jobs, { namespace, name: "j" })) === undefined
      })
      const [pod] = await until(world, "the pod is free", async () => {
        const found = await podsOf(world)
        const isFree = found.every(
          ({ metadata }) =>
            metadata.ownerReferences === undefined &&
            !(metadata.finalizers ?? []).includes(tracking),
        )
        return isFree ? found : undefined
      })
      expect(pod?.metadata.deletionTimestamp).toBeUndefined()
      await cluster.delete(podKind, { namespace, name: pod?.metadata.name ?? "" })
      await create(world, jobSpec("lasts"))
      await awaitObject(world, jobs, {
        name: "j",
        what: "has a pod again",
        is: (object) => countOf(object, "active") === 1,
      })
      const options = { propagationPolicy: "Background" } as const
      await cluster.delete(jobs, { namespace, name: "j" }, options)
      await until(world, "the pods are gone too", async () => (await podsOf(world)).length === 0)
    },
  },
  {
    name: "147: a CronJob names its Jobs by the minute, runs one at a time and keeps the last",
    async run(world) {
      const { cluster, namespace } = world
      const cron = (name: string, doing: Doing): Promise<Stored<Loose>> =>
        cluster.create(cronJobs, {
          apiVersion: "batch/v1",
          kind: "CronJob",
          metadata: { namespace, name },
          spec: {
            schedule: "* * * * *",
            concurrencyPolicy: "Forbid",
            successfulJobsHistoryLimit: 1,
            jobTemplate: { spec: jobSpec(doing) },
          },
        })
      const made = await cron("quick", "succeeds")
      await cron("slow", "lasts")
      const jobsOf = async (owner: string): Promise<readonly Stored<Loose>[]> =>
        (await objectsOf(world, jobs)).filter(
          ({ metadata }) => metadata.ownerReferences?.[0]?.name === owner,
        )
      const seen = new Set<string>()
      await until(world, "three minutes have had their Job", async () => {
        for (const { metadata } of await jobsOf("quick")) seen.add(metadata.name)
        return seen.size >= 3
      })
      for (const job of await jobsOf("quick")) {
        const scheduled =
          job.metadata.annotations?.["batch.kubernetes.io/cronjob-scheduled-timestamp"]
        const minutes = Date.parse(scheduled ?? "") / 60_000
        expect(job.metadata.name).toBe(`quick-${minutes}`)
        expect(job.metadata.ownerReferences).toMatchObject([
          { kind: "CronJob", name: "quick", uid: made.metadata.uid, controller: true },
        ])
      }
      await until(world, "only the last that has ended is kept", async () => {
        const ended = (await jobsOf("quick")).filter(
          (job) => conditionOf(job, "Complete")?.["status"] === "True",
        )
        return ended.length === 1
      })
      expect(await jobsOf("slow")).toHaveLength(1)
      const slow = await cluster.get(cronJobs, { namespace, name: "slow" })
      expect(slow?.status?.["active"]).toHaveLength(1)
      for (const name of ["quick", "slow"]) await cluster.delete(cronJobs, { namespace, name })
    },
  },
]
