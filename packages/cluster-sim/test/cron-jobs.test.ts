import type { JsonObject, Stored } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import { kind, type Loose, type World, world } from "./world.js"

const cronJobs = kind("batch/v1", "CronJob")
const jobs = kind("batch/v1", "Job")
const key = { namespace: "default", name: "tick" }
const minute = 60_000

function cronJob(spec: object = {}, script: object = {}): Loose {
  const annotations = { "sim.argo-ts.dev/script": JSON.stringify(script) }
  const containers = [{ name: "main", image: "app:1" }]
  const template = { metadata: { annotations }, spec: { restartPolicy: "Never", containers } }
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: key,
    spec: { schedule: "* * * * *", jobTemplate: { spec: { template } }, ...spec },
  }
}

interface CronWorld extends World {
  status(): Promise<Loose>
  jobs(): Promise<readonly Stored<Loose>[]>
  said(reason: string): Promise<readonly string[]>
  patch(spec: JsonObject): Promise<unknown>
}

async function running(object: Loose): Promise<CronWorld> {
  const here = world()
  const { cluster } = here.sim
  await cluster.create(cronJobs, object)
  return {
    ...here,
    status: async () => (await cluster.get(cronJobs, key))?.["status"],
    jobs: async () => (await cluster.list(jobs, { namespace: "default" })).items,
    said: async (reason) => (await here.events(reason)).map((event) => event["message"] as string),
    patch: (spec) =>
      cluster.patch(cronJobs, key, { type: "merge", patch: { spec: spec as JsonObject } }),
  }
}

const names = (items: readonly Stored<Loose>[]): readonly string[] =>
  items.map(({ metadata }) => metadata.name)

describe("a CronJob", () => {
  test("starts a Job at each scheduled minute, named after it, and remembers when", async () => {
    const { clock, jobs: list, status, said } = await running(cronJob())
    await clock.advance(minute - 1)
    expect(await list()).toEqual([])
    await clock.advance(501)
    const [job] = await list()
    expect(job?.metadata).toMatchObject({
      name: "tick-29453761",
      annotations: { "batch.kubernetes.io/cronjob-scheduled-timestamp": "2026-01-01T00:01:00Z" },
      ownerReferences: [
        { apiVersion: "batch/v1", kind: "CronJob", name: "tick", controller: true },
      ],
    })
    expect(await status()).toMatchObject({
      lastScheduleTime: "2026-01-01T00:01:00Z",
      active: [
        {
          apiVersion: "batch/v1",
          kind: "Job",
          namespace: "default",
          name: "tick-29453761",
          uid: job?.metadata.uid,
        },
      ],
    })
    expect(await said("SuccessfulCreate")).toContain("Created job tick-29453761")
    await clock.advance(30_000)
    expect((await status())["active"]).toBeUndefined()
    expect((await status())["lastSuccessfulTime"]).toMatch(/^2026-01-01T00:01:0\dZ$/)
    expect(await said("SawCompletedJob")).toEqual([
      "Saw completed job: tick-29453761, condition: Complete",
    ])
  })

  test("keeps three Jobs that succeeded and one that failed, or as many as it says", async () => {
    for (const [spec, script, kept] of [
      [{}, {}, 3],
      [{ successfulJobsHistoryLimit: 1 }, {}, 1],
      [{ jobTemplate: undefined }, { exitCode: 1 }, 1],
    ] as const) {
      const object = cronJob({}, script) as Loose
      const template = { ...object["spec"].jobTemplate.spec, backoffLimit: 0 }
      const whole = { ...object["spec"], ...spec, jobTemplate: { spec: template } }
      const { clock, jobs: list, said } = await running({ ...object, spec: whole })
      await clock.advance(6 * minute + 30_000)
      expect(await list()).toHaveLength(kept)
      expect(names(await list()).at(-1)).toBe("tick-29453766")
      expect(await said("SuccessfulDelete")).toHaveLength(6 - kept)
    }
  })

  test("Allow runs beside, Forbid waits for the end of the one before, Replace ends it", async () => {
    const script = { exitMs: 90_000 }
    const counts: { [policy: string]: readonly string[] } = {}
    for (const concurrencyPolicy of ["Allow", "Forbid", "Replace"]) {
      const { clock, jobs: list, said } = await running(cronJob({ concurrencyPolicy }, script))
      await clock.advance(2 * minute + 10_000)
      counts[concurrencyPolicy] = names(await list())
      const message =
        "Not starting job because prior execution is running and concurrency policy is Forbid"
      if (concurrencyPolicy === "Forbid") expect(await said("JobAlreadyActive")).toContain(message)
      if (concurrencyPolicy === "Replace") {
        expect(await said("SuccessfulDelete")).toContain("Deleted job tick-29453761")
      }
      await clock.advance(30_000)
      if (concurrencyPolicy === "Forbid") {
        // The minute that was passed over is served late, since nobody set a deadline.
        expect(names(await list())).toEqual(["tick-29453761", "tick-29453762"])
      }
    }
    expect(counts).toEqual({
      Allow: ["tick-29453761", "tick-29453762"],
      Forbid: ["tick-29453761"],
      Replace: ["tick-29453762"],
    })
  })

  test("suspended it starts nothing; resumed, the latest time that it missed", async () => {
    const { clock, jobs: list, patch, status } = await running(cronJob({ suspend: true }))
    await clock.advance(5 * minute + 1_000)
    expect(await list()).toEqual([])
    await patch({ suspend: false })
    await clock.advance(500)
    expect(names(await list())).toEqual(["tick-29453765"])
    expect((await status())["lastScheduleTime"]).toBe("2026-01-01T00:05:00Z")
  })

  test("what is later than its deadline is missed, and nothing tells of it", async () => {
    const object = cronJob({ suspend: true, startingDeadlineSeconds: 20, schedule: "0 * * * *" })
    const { clock, jobs: list, patch, said } = await running(object)
    await clock.advance(60 * minute + 30_000)
    await patch({ suspend: false })
    await clock.advance(500)
    expect(await list()).toEqual([])
    expect(await said("MissSchedule")).toEqual([])
    await clock.advance(60 * minute)
    expect(names(await list())).toEqual(["tick-29453880"])
  })

  test("a deadline of no seconds is past as soon as it comes", async () => {
    const { clock, jobs: list } = await running(cronJob({ startingDeadlineSeconds: 0 }))
    await clock.advance(5 * minute)
    expect(await list()).toEqual([])
  })

  test("more than a hundred missed times are told; only the latest is served", async () => {
    const { clock, jobs: list, patch, said } = await running(cronJob({ suspend: true }))
    await clock.advance(150 * minute)
    await patch({ suspend: false })
    await clock.advance(500)
    expect(names(await list())).toEqual(["tick-29453910"])
    expect(await said("TooManyMissedTimes")).toEqual([
      "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew",
    ])
  })

  test("its schedule is read in its zone, through changes of the clock", async () => {
    const { clock, jobs: list } = await running(
      cronJob({ schedule: "30 2 * * *", timeZone: "Europe/Berlin", successfulJobsHistoryLimit: 9 }),
    )
    await clock.advance(2 * 86_400_000)
    const stamps = (await list()).map(
      ({ metadata }) => metadata.annotations?.["batch.kubernetes.io/cronjob-scheduled-timestamp"],
    )
    expect(stamps).toEqual(["2026-01-01T02:30:00+01:00", "2026-01-02T02:30:00+01:00"])
  })

  test("intervals are counted from the last one", async () => {
    const { clock, jobs: list } = await running(
      cronJob({ schedule: "@every 90s", successfulJobsHistoryLimit: 9 }),
    )
    await clock.advance(5 * minute)
    expect(await list()).toHaveLength(3)
  })

  test("a Job that goes missing is taken off the list; one that nobody started is told of", async () => {
    const { clock, sim, jobs: list, status, said } = await running(cronJob({}, { exitMs: null }))
    await clock.advance(minute + 5_000)
    const [job] = await list()
    const { uid } = (await sim.cluster.get(cronJobs, key))?.metadata ?? { uid: "" }
    const owner = { apiVersion: "batch/v1", kind: "CronJob", name: "tick", uid, controller: true }
    await sim.cluster.create(jobs, {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { namespace: "default", name: "by-hand", ownerReferences: [owner] },
      spec: { template: cronJob()["spec"].jobTemplate.spec.template },
    } as Loose)
    await clock.advance(1_000)
    expect(await said("UnexpectedJob")).toEqual([
      "Saw a job that the controller did not create or forgot: by-hand",
    ])
    await sim.cluster.delete(
      jobs,
      { namespace: "default", name: job?.metadata.name ?? "" },
      { propagationPolicy: "Background" },
    )
    await clock.advance(1_000)
    expect(await said("MissingJob")).toEqual([`Active job went missing: ${job?.metadata.name}`])
    expect((await status())["active"]).toBeUndefined()
  })

  test("a Job that is refused is told of, and its time is tried again until the next", async () => {
    const { clock, said, sim } = await running(cronJob())
    sim.failNext(new Error("nothing of the kind"), () => false)
    const taken = { ...key, name: "tick-29453761" }
    await sim.cluster.create(jobs, {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: taken,
      spec: { suspend: true, template: cronJob()["spec"].jobTemplate.spec.template },
    } as Loose)
    await clock.advance(minute + 5_000)
    expect(await said("FailedCreate")).toEqual([
      'Error creating job: jobs.batch "tick-29453761" already exists',
    ])
  })

  test("deleted, it takes its Jobs and their pods along", async () => {
    const { clock, sim, jobs: list } = await running(cronJob({}, { exitMs: null }))
    await clock.advance(minute + 5_000)
    await sim.cluster.delete(cronJobs, key)
    await clock.advance(2 * minute)
    expect(await list()).toEqual([])
    expect((await sim.cluster.list(kind("v1", "Pod"), { namespace: "default" })).items).toEqual([])
  })
})
