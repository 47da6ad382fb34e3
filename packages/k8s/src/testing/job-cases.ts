import type { JsonObject, Stored } from "@argo-ts/kernel"
import { expect } from "vitest"
import {
  awaitObject,
  conditionOf,
  countOf,
  type Doing,
  looseKind,
  mergeInto,
  messagesAbout,
  objectsOf,
  podKind,
  templateOf,
} from "./workload-pods.js"
import { type ConformanceCase, type ConformanceWorld, kinds, type Loose, until } from "./world.js"

const { jobs } = kinds
const cronJobs = looseKind("batch/v1", "CronJob")
const tracking = "batch.kubernetes.io/job-tracking"
const indexMark = "batch.kubernetes.io/job-completion-index"
const minuteMs = 60_000

function jobSpec(doing: Doing, spec: JsonObject = {}): JsonObject {
  return { template: templateOf({ app: "j" }, doing, { restartPolicy: "Never" }), ...spec }
}

/** Creates a Job `j`. */
function start(
  { cluster, namespace }: ConformanceWorld,
  doing: Doing,
  spec: JsonObject = {},
): Promise<Stored<Loose>> {
  const metadata = { namespace, name: "j" }
  const made = { apiVersion: "batch/v1", kind: "Job", metadata, spec: jobSpec(doing, spec) }
  return cluster.create(jobs, made as Loose)
}

/** Waits until a condition of `j` holds, and answers it with the Job. */
async function ends(
  world: ConformanceWorld,
  type: "Complete" | "Failed" | "Suspended",
  status = "True",
): Promise<{ readonly job: Loose; readonly reason: unknown; readonly message: unknown }> {
  const what = `is ${type}: ${status}`
  const is = (object: Loose): boolean => conditionOf(object, type)?.["status"] === status
  const job = await awaitObject(world, jobs, { name: "j", what, is })
  const { reason, message } = conditionOf(job, type) ?? {}
  return { job, reason, message }
}

/** The pods of `j`, in the order of their creation. */
async function podsOf(world: ConformanceWorld): Promise<readonly Stored<Loose>[]> {
  const pods = await objectsOf(world, podKind, { "batch.kubernetes.io/job-name": "j" })
  const age = ({ metadata }: Stored<Loose>): number => Date.parse(metadata.creationTimestamp)
  return pods.toSorted((left, right) => age(left) - age(right))
}

/** The Jobs of the world's namespace, the oldest time first. */
async function started(world: ConformanceWorld): Promise<readonly Stored<Loose>[]> {
  const found = await objectsOf(world, jobs)
  const minutes = ({ metadata }: Loose): number => Number(metadata.name?.split("-").at(-1))
  return found.toSorted((left, right) => minutes(left) - minutes(right))
}

/** Creates a CronJob `c` that starts something each minute. */
function schedule(
  { cluster, namespace }: ConformanceWorld,
  doing: Doing,
  spec: JsonObject = {},
): Promise<Stored<Loose>> {
  return cluster.create(cronJobs, {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { namespace, name: "c" },
    spec: { schedule: "* * * * *", jobTemplate: { spec: jobSpec(doing) }, ...spec },
  } as Loose)
}

/** Jobs and CronJobs (spec/cluster §8.5, §8.6). */
export const jobCases: readonly ConformanceCase[] = [
  {
    name: "146: a Job ends once its pods have succeeded, each of which is let go when it was counted",
    async run(world) {
      await start(world, "succeeds", { completions: 3, parallelism: 2 })
      const { job, reason, message } = await ends(world, "Complete")
      expect({ reason, message }).toEqual({
        reason: "CompletionsReached",
        message: "Reached expected number of succeeded pods",
      })
      expect(job.status).toMatchObject({
        succeeded: 3,
        startTime: expect.any(String) as string,
        completionTime: expect.any(String) as string,
      })
      const pods = await podsOf(world)
      expect(pods.map(({ metadata }) => metadata.finalizers ?? [])).toEqual([[], [], []])
      expect(pods[0]?.metadata.name).toMatch(/^j-[a-z0-9]{5}$/)
      expect(await messagesAbout(world, "j", "Completed")).toEqual(["Job completed"])
    },
  },
  {
    name: "146: after a failure the next pod waits, and the last one allowed fails the Job",
    async run(world) {
      await start(world, "fails", { backoffLimit: 1 })
      const { job, reason, message } = await ends(world, "Failed")
      expect({ reason, message }).toEqual({
        reason: "BackoffLimitExceeded",
        message: "Job has reached the specified backoff limit",
      })
      expect(countOf(job, "failed")).toBe(2)
      const [first, second] = (await podsOf(world)).map(({ metadata }) =>
        Date.parse(metadata.creationTimestamp),
      )
      // It ran for a second; ten have passed since.
      expect(Number(second) - Number(first)).toBeGreaterThanOrEqual(10_000)
    },
  },
  {
    name: "146: at its deadline a Job fails, and its pods are deleted",
    async run(world) {
      await start(world, "lasts", { activeDeadlineSeconds: 3 })
      const { reason, message } = await ends(world, "Failed")
      expect({ reason, message }).toEqual({
        reason: "DeadlineExceeded",
        message: "Job was active longer than specified deadline",
      })
      await until(world, "the pods are gone", async () => (await podsOf(world)).length === 0)
    },
  },
  {
    name: "146: each pod of an indexed Job has its index, and the Job tells which are done",
    async run(world) {
      await start(world, "succeeds", { completionMode: "Indexed", completions: 3, parallelism: 3 })
      const { job } = await ends(world, "Complete")
      expect(job.status?.["completedIndexes"]).toBe("0-2")
      const pods = await podsOf(world)
      const facts = pods.map(({ metadata, spec }) => {
        const index = metadata.annotations?.[indexMark]
        const label = metadata.labels?.[indexMark]
        const isNamed = metadata.name?.startsWith(`j-${index}-`)
        return { index, label, isNamed, hostname: spec?.["hostname"] }
      })
      const all = ["0", "1", "2"].map((index) => ({
        index,
        label: index,
        isNamed: true,
        hostname: `j-${index}`,
      }))
      expect(facts.toSorted((a, b) => Number(a.index) - Number(b.index))).toEqual(all)
    },
  },
  {
    name: "146: a suspended Job has no pods; resumed, it runs",
    async run(world) {
      await start(world, "lasts", { suspend: true })
      expect(await ends(world, "Suspended")).toMatchObject({
        reason: "JobSuspended",
        message: "Job suspended",
      })
      expect(await podsOf(world)).toEqual([])
      await mergeInto(world, jobs, "j", { spec: { suspend: false } })
      const { job, ...why } = await ends(world, "Suspended", "False")
      expect(why).toEqual({ reason: "JobResumed", message: "Job resumed" })
      expect(job.status?.["startTime"]).toEqual(expect.any(String))
      const [pod] = await until(world, "a pod runs", async () => {
        const pods = await podsOf(world)
        return pods.length === 1 && pods
      })
      expect(pod?.metadata.finalizers).toContain(tracking)
    },
  },
  {
    name: "146: a Job expires so many seconds after its end",
    async run(world) {
      await start(world, "succeeds", { ttlSecondsAfterFinished: 2 })
      const key = { namespace: world.namespace, name: "j" }
      await until(world, "the Job and its pods are gone", async () => {
        const job = await world.cluster.get(jobs, key)
        return job === undefined && (await podsOf(world)).length === 0
      })
    },
  },
  {
    name: "146: a rule on exit codes fails a Job at the first one that it matches",
    async run(world) {
      const onExitCodes = { containerName: "main", operator: "In", values: [42] }
      const podFailurePolicy = { rules: [{ action: "FailJob", onExitCodes }] }
      await start(world, "fails", { podFailurePolicy })
      const { job, reason, message } = await ends(world, "Failed")
      const [pod] = await podsOf(world)
      const where = `pod ${world.namespace}/${pod?.metadata.name}`
      expect({ reason, message, failed: countOf(job, "failed") }).toEqual({
        reason: "PodFailurePolicy",
        message: `Container main for ${where} failed with exit code 42 matching FailJob rule at index 0`,
        failed: 1,
      })
    },
  },
  {
    name: "147: a CronJob names each Job after its minute, and keeps as many as it says",
    async run(world) {
      await schedule(world, "succeeds", { successfulJobsHistoryLimit: 1 })
      const [first] = await until(world, "a Job is started", async () => {
        const all = await started(world)
        return all.length > 0 && all
      })
      const at = first?.metadata.annotations?.["batch.kubernetes.io/cronjob-scheduled-timestamp"]
      expect(first?.metadata.name).toBe(`c-${Date.parse(at ?? "") / minuteMs}`)
      expect(first?.metadata.ownerReferences).toMatchObject([
        { kind: "CronJob", name: "c", controller: true },
      ])
      const next = `c-${Date.parse(at ?? "") / minuteMs + 1}`
      await until(world, "the next Job takes its place", async () => {
        const names = (await started(world)).map(({ metadata }) => metadata.name)
        return names.length === 1 && names[0] === next
      })
      const cron = await world.cluster.get(cronJobs, { namespace: world.namespace, name: "c" })
      expect(cron?.status).toMatchObject({
        lastScheduleTime: expect.any(String) as string,
        lastSuccessfulTime: expect.any(String) as string,
      })
      expect(await messagesAbout(world, "c", "SuccessfulCreate")).toContain(`Created job ${next}`)
    },
  },
  {
    name: "147: a CronJob that forbids it starts nothing while its Job runs",
    async run(world) {
      await schedule(world, "lasts", { concurrencyPolicy: "Forbid" })
      await until(world, "a time is left out", async () => {
        return (await messagesAbout(world, "c", "JobAlreadyActive")).length > 0
      })
      const all = await started(world)
      const cron = await world.cluster.get(cronJobs, { namespace: world.namespace, name: "c" })
      expect(cron?.status?.["active"]).toMatchObject([{ kind: "Job", name: all[0]?.metadata.name }])
      expect(all).toHaveLength(1)
    },
  },
]
