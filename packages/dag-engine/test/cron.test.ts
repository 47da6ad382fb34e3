import { createClusterSim } from "@argo-ts/cluster-sim"
import { createManager } from "@argo-ts/k8s"
import {
  type EpochMs,
  epochMs,
  formatInstant,
  OperationError,
  parseInstant,
  silentLogger,
} from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { describe, expect, test } from "vitest"
import {
  type CronAction,
  decideCron,
  lastScheduleAnnotation,
  parseCronWorkflow,
  runOf,
  scheduleText,
  startCron,
} from "../src/cron/index.js"
import {
  bindEvent,
  type CronWorkflow,
  type CronWorkflowSpec,
  type CronWorkflowStatus,
  cronWorkflows,
  parseWorkflowEventBinding,
  simulateExecutor,
  type Workflow,
  type WorkflowEventBinding,
  workflowKinds,
  workflows,
} from "../src/index.js"
import { cronWorkflowControllers, workflowControllers } from "../src/kubernetes/index.js"

const workflowSpec = {
  entrypoint: "main",
  templates: [
    { name: "main", container: { image: "alpine", args: ["{{workflow.scheduledTime}}"] } },
  ],
}

function cronOf(
  spec: Partial<CronWorkflowSpec> = {},
  more: Partial<CronWorkflow> = {},
): CronWorkflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "CronWorkflow",
    metadata: { name: "nightly", namespace: "default", uid: "u1" },
    spec: { schedules: ["*/10 * * * *"], workflowSpec, ...spec },
    ...more,
  }
}

function at(text: string): EpochMs {
  const parsed = parseInstant(`2026-01-01T${text}Z`)
  if (!parsed.ok) throw new Error(text)
  return parsed.value
}

function runThat(name: string, phase: string, finished: string): Workflow {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name, namespace: "default" },
    spec: workflowSpec,
    status: {
      phase: phase as "Failed",
      ...(phase === "Running" ? {} : { finishedAt: formatInstant(at(finished)) }),
    },
  }
}

function told(actions: readonly CronAction[]): readonly string[] {
  return actions.map((action) =>
    action.type === "Submit"
      ? `Submit ${action.workflow.metadata.name}`
      : `${action.type} ${action.name}`,
  )
}

describe("a decision", () => {
  test("submits a run for each instant, named by it", () => {
    const decision = decideCron(cronOf(), { runs: [], servedUntil: at("00:05:00") }, at("00:10:00"))
    const [action] = decision.actions
    expect(action).toMatchObject({
      type: "Submit",
      workflow: {
        metadata: {
          name: "nightly-1767226200",
          labels: { "workflows.argoproj.io/cron-workflow": "nightly" },
          annotations: { "workflows.argoproj.io/scheduled-time": "2026-01-01T00:10:00Z" },
          ownerReferences: [{ kind: "CronWorkflow", name: "nightly", uid: "u1", controller: true }],
        },
        spec: workflowSpec,
      },
    })
    expect(decision.status).toMatchObject({
      phase: "Active",
      lastScheduledTime: "2026-01-01T00:10:00Z",
      active: [{ name: "nightly-1767226200" }],
    })
    expect(decision.wakeAt).toBe(at("00:20:00"))
    // The same look again finds the run, and makes no second one.
    const again = decideCron(
      cronOf({}, { status: decision.status }),
      { runs: [runThat("nightly-1767226200", "Running", "")], servedUntil: at("00:05:00") },
      at("00:10:00"),
    )
    expect(again.actions).toEqual([])
  })

  test("follows zones and several schedules", () => {
    const spec = { schedules: ["0 9 * * *", "CRON_TZ=UTC 30 7 * * *"], timezone: "Europe/Berlin" }
    const first = decideCron(
      cronOf(spec),
      { runs: [], servedUntil: at("00:00:00") },
      at("00:00:00"),
    )
    expect(first.wakeAt).toBe(at("07:30:00"))
    const second = decideCron(
      cronOf(spec),
      { runs: [], servedUntil: at("07:30:00") },
      at("07:30:00"),
    )
    expect(second.wakeAt).toBe(at("08:00:00"))
  })

  test.each([
    ["Allow", ["Submit nightly-1767226200"]],
    ["Forbid", []],
    ["Replace", ["Terminate old", "Submit nightly-1767226200"]],
  ] as const)("while a run goes on, %s", (concurrencyPolicy, expected) => {
    const observed = { runs: [runThat("old", "Running", "")], servedUntil: at("00:05:00") }
    expect(
      told(decideCron(cronOf({ concurrencyPolicy }), observed, at("00:10:00")).actions),
    ).toEqual(expected)
  })

  test("catches up on one missed run, if it is not too late and the schedule is the same", () => {
    const spec = { startingDeadlineSeconds: 300 }
    const status = { lastScheduledTime: "2026-01-01T00:00:00Z" }
    const missed = (now: EpochMs, more: Partial<CronWorkflowSpec> = {}, used?: string) => {
      const metadata = {
        name: "nightly",
        annotations: used === undefined ? {} : { [lastScheduleAnnotation]: used },
      }
      return told(
        decideCron(cronOf({ ...spec, ...more }, { status, metadata }), { runs: [] }, now).actions,
      )
    }
    expect(missed(at("00:34:00"))).toEqual(["Submit nightly-1767227400"])
    expect(missed(at("00:36:00"))).toEqual([])
    expect(missed(at("00:34:00"), { startingDeadlineSeconds: undefined as never })).toEqual([])
    expect(missed(at("00:34:00"), {}, scheduleText(cronOf()))).toHaveLength(1)
    expect(missed(at("00:34:00"), {}, "0 0 * * *")).toEqual([])
    // The first schedule whose latest miss is not too late: 00:30 of the second.
    expect(missed(at("00:34:00"), { schedules: ["15 0 * * *", "30 0 * * *"] })).toEqual([
      "Submit nightly-1767227400",
    ])
  })

  test("counts what ended, keeps the newest of it, and stops when asked to", () => {
    const runs = [
      runThat("s1", "Succeeded", "00:01:00"),
      runThat("s2", "Succeeded", "00:02:00"),
      runThat("f1", "Failed", "00:03:00"),
      runThat("f2", "Error", "00:04:00"),
      runThat("r", "Running", ""),
    ]
    const status = {
      active: [{ name: "s2" }, { name: "f2" }, { name: "r" }],
      succeeded: 5,
      failed: 1,
    }
    const spec = {
      successfulJobsHistoryLimit: 1,
      stopStrategy: { expression: "cronworkflow.failed >= 2" },
    }
    const decision = decideCron(
      cronOf(spec, { status }),
      { runs, servedUntil: at("00:05:00") },
      at("00:10:00"),
    )
    expect(told(decision.actions)).toEqual(["Delete s1", "Delete f1"])
    expect(decision.status).toMatchObject({
      phase: "Stopped",
      succeeded: 6,
      failed: 2,
      active: [{ name: "r" }],
    })
    expect(decision.wakeAt).toBeUndefined()
  })

  describe("counts each run once, though what it knows of runs is old", () => {
    const run = (text: string, phase: string): Workflow => {
      const { metadata } = runOf(cronOf(), at(text))
      return { ...runThat("", phase, "00:09:00"), metadata }
    }
    const look = (status: CronWorkflowStatus, ...runs: readonly Workflow[]) =>
      decideCron(cronOf({}, { status }), { runs, servedUntil: at("00:25:00") }, at("00:26:00"))
        .status
    const names = (status: CronWorkflowStatus) => status.active?.map(({ name }) => name)

    test("one that ended before anybody could write down that it had begun", () => {
      const known = { lastScheduledTime: "2026-01-01T00:10:00Z", succeeded: 1, failed: 0 }
      const first = look(known, run("00:10:00", "Succeeded"), run("00:20:00", "Failed"))
      expect(first).toMatchObject({
        succeeded: 1,
        failed: 1,
        lastScheduledTime: "2026-01-01T00:20:00Z",
      })
      expect(look(first, run("00:20:00", "Failed"))).toMatchObject({ succeeded: 1, failed: 1 })
    })

    test("one that was counted, and of which only its beginning is known here", () => {
      const counted = { lastScheduledTime: "2026-01-01T00:20:00Z", succeeded: 2, active: [] }
      const later = look(counted, run("00:20:00", "Running"))
      expect(names(later)).toEqual([])
      expect(look(later, run("00:20:00", "Succeeded"))).toMatchObject({ succeeded: 2 })
    })

    test("not one of a CronWorkflow that had the name before", () => {
      const old = run("00:20:00", "Succeeded")
      const orphan = { ...old, metadata: { ...old.metadata, ownerReferences: [] } }
      expect(look({ succeeded: 1 }, orphan)).toMatchObject({ succeeded: 1 })
    })

    test("and one that a person began, while it runs, is active", () => {
      const later = look(
        { lastScheduledTime: "2026-01-01T00:20:00Z" },
        runThat("by-hand", "Running", ""),
      )
      expect(names(later)).toEqual(["by-hand"])
    })
  })

  test("does not serve again what was served meanwhile", () => {
    const status = { lastScheduledTime: "2026-01-01T00:20:00Z" }
    const observed = { runs: [], servedUntil: at("00:05:00") }
    const decision = decideCron(cronOf({}, { status }), observed, at("00:30:00"))
    expect(told(decision.actions)).toEqual(["Submit nightly-1767227400"])
  })

  test("runs only when its condition holds", () => {
    const when = "{{= cronworkflow.lastScheduledTime == nil || cronworkflow.succeeded > 3 }}"
    const look = (status: CronWorkflow["status"]) =>
      told(
        decideCron(
          cronOf({ when }, status === undefined ? {} : { status }),
          { runs: [], servedUntil: at("00:05:00") },
          at("00:10:00"),
        ).actions,
      )
    expect(look(undefined)).toHaveLength(1)
    expect(look({ lastScheduledTime: "2026-01-01T00:00:00Z", succeeded: 1 })).toEqual([])
    const apart =
      "{{= cronworkflow.lastScheduledTime == nil || (now() - cronworkflow.lastScheduledTime).Seconds() > 360 }}"
    const since = (lastScheduledTime: string): readonly string[] =>
      told(
        decideCron(
          cronOf({ when: apart }, { status: { lastScheduledTime } }),
          { runs: [], servedUntil: at("00:05:00") },
          at("00:10:00"),
        ).actions,
      )
    expect(since("2026-01-01T00:05:00Z")).toEqual([])
    expect(since("2026-01-01T00:03:00Z")).toHaveLength(1)
    const again = "{{= !cronworkflow.hasLastScheduledTime }}"
    for (const [status, count] of [
      [{}, 1],
      [{ lastScheduledTime: "2026-01-01T00:00:00Z" }, 0],
    ] as const) {
      const observed = { runs: [], servedUntil: at("00:05:00") }
      const { actions } = decideCron(cronOf({ when: again }, { status }), observed, at("00:10:00"))
      expect(actions).toHaveLength(count)
    }
    const odd = decideCron(
      cronOf({ when: "cronworkflow.nope.x" }),
      { runs: [], servedUntil: at("00:05:00") },
      at("00:10:00"),
    )
    expect(odd.actions).toEqual([])
    expect(odd.status.conditions).toMatchObject([{ type: "SpecError", status: "True" }])
  })

  test("gives its runs the metadata that it has for them, and the controller that is its own", () => {
    const instance = "workflows.argoproj.io/controller-instanceid"
    const workflowMetadata = {
      labels: { team: "a" },
      annotations: { why: "b" },
      finalizers: ["example.com/keep"],
    }
    const metadata = { name: "nightly", labels: { [instance]: "two", own: "stays" } }
    const run = runOf(cronOf({ workflowMetadata }, { metadata }), at("00:10:00"))
    expect(run.metadata).toEqual({
      name: "nightly-1767226200",
      labels: {
        team: "a",
        [instance]: "two",
        "workflows.argoproj.io/cron-workflow": "nightly",
      },
      annotations: { why: "b", "workflows.argoproj.io/scheduled-time": "2026-01-01T00:10:00Z" },
      finalizers: ["example.com/keep"],
    })
    expect(parseCronWorkflow(cronOf({ workflowMetadata }, { metadata })).ok).toBe(true)
  })

  test("suspended, it starts nothing", () => {
    const decision = decideCron(
      cronOf({ suspend: true }),
      { runs: [], servedUntil: at("00:05:00") },
      at("00:10:00"),
    )
    expect(decision.actions).toEqual([])
    expect(decision.wakeAt).toBeUndefined()
  })
})

describe("reading", () => {
  test.each([
    ["a bad schedule", { schedules: ["61 * * * *"] }, "spec.schedules.0"],
    ["no schedule", { schedules: [] }, "spec.schedules"],
    ["a zone that is none", { timezone: "Mars/Base" }, "spec.timezone"],
    [
      "a bad workflow",
      { workflowSpec: { entrypoint: "gone", templates: workflowSpec.templates } },
      "spec.workflowSpec.entrypoint",
    ],
    ["a negative deadline", { startingDeadlineSeconds: -1 }, "spec.startingDeadlineSeconds"],
    [
      "a condition that is none",
      { stopStrategy: { expression: "a +" } },
      "spec.stopStrategy.expression",
    ],
  ])("refuses %s", (_what, spec, path) => {
    const parsed = parseCronWorkflow(cronOf(spec))
    expect(parsed.ok ? [] : parsed.issues.map((issue) => issue.path.join("."))).toContain(path)
  })

  test("refuses a name that its runs could not carry on", () => {
    const parsed = parseCronWorkflow(cronOf({}, { metadata: { name: "x".repeat(53) } }))
    expect(parsed).toMatchObject({ ok: false, issues: [{ path: ["metadata", "name"] }] })
    expect(parseCronWorkflow(cronOf())).toMatchObject({ ok: true })
  })
})

test("in process: runs begin when they are due, each with its scheduled time", async () => {
  const clock = createVirtualClock(at("00:05:00"))
  const seen: string[] = []
  const running = startCron(cronOf({ successfulJobsHistoryLimit: 2 }), {
    executors: [simulateExecutor([{ duration: "1m" }])],
    clock,
    onRun: (_run, workflow) => seen.push(workflow.metadata.name ?? ""),
  })
  await clock.advance(35.5 * 60_000)
  expect(seen).toEqual([
    "nightly-1767226200",
    "nightly-1767226800",
    "nightly-1767227400",
    "nightly-1767228000",
  ])
  expect(running.cron().status).toMatchObject({
    succeeded: 3,
    failed: 0,
    active: [{ name: "nightly-1767228000" }],
  })
  expect(running.runs().map(({ metadata }) => metadata.name)).toEqual(seen.slice(1))
  running.stop()
  await clock.advance(36 * 60_000)
  expect(seen).toHaveLength(4)
})

test("on a cluster: a CronWorkflow makes Workflows, and cleans up after them", async () => {
  const clock = createVirtualClock(at("00:05:00"))
  const { cluster } = createClusterSim({ clock, kinds: workflowKinds })
  createManager({ cluster, clock, logger: silentLogger })
    .add(
      ...workflowControllers({ executors: [simulateExecutor([{ duration: "1m" }])] }),
      ...cronWorkflowControllers(),
    )
    .start()
  const { uid: _uid, ...metadata } = cronOf().metadata
  await cluster.create(cronWorkflows, { ...cronOf({ successfulJobsHistoryLimit: 1 }), metadata })
  await clock.advance(37 * 60_000)
  const { items } = await cluster.list(workflows, { namespace: "default" })
  expect(items.map((item) => [item.metadata.name, item.status?.phase])).toEqual([
    ["nightly-1767228000", "Succeeded"],
  ])
  const cron = await cluster.get(cronWorkflows, { namespace: "default", name: "nightly" })
  expect(cron?.status).toMatchObject({
    succeeded: 4,
    phase: "Active",
    active: [],
    lastScheduledTime: "2026-01-01T00:40:00Z",
  })
  expect(cron?.metadata.annotations).toMatchObject({ [lastScheduleAnnotation]: "*/10 * * * *" })
})

test("a run that cannot be submitted is a condition and a failure, until one can be", async () => {
  const clock = createVirtualClock(at("00:05:00"))
  const { cluster } = createClusterSim({ clock, kinds: workflowKinds })
  let isForbidden = true
  const guarded = {
    ...cluster,
    create: ((kind, object, options) => {
      if (isForbidden && object.kind === "Workflow") {
        return Promise.reject(
          new OperationError("no right to create workflows", {
            code: "Forbidden",
            retryable: false,
          }),
        )
      }
      return cluster.create(kind, object, options)
    }) as typeof cluster.create,
  }
  createManager({ cluster: guarded, clock, logger: silentLogger })
    .add(...cronWorkflowControllers())
    .start()
  const { uid: _uid, ...metadata } = cronOf().metadata
  await cluster.create(cronWorkflows, { ...cronOf(), metadata })
  await clock.advance(6 * 60_000)
  const key = { namespace: "default", name: "nightly" }
  const refused = await cluster.get(cronWorkflows, key)
  expect(refused?.status).toMatchObject({
    failed: 1,
    active: [],
    conditions: [
      {
        type: "SubmissionError",
        status: "True",
        message: "Failed to submit Workflow: no right to create workflows",
      },
    ],
  })
  isForbidden = false
  await clock.advance(10 * 60_000)
  const good = await cluster.get(cronWorkflows, key)
  expect(good?.status?.conditions ?? []).toEqual([])
  expect(good?.status?.active).toMatchObject([{ name: "nightly-1767226800" }])
})

test("a CronWorkflow that has stopped says so in a label, too", async () => {
  const clock = createVirtualClock(at("00:05:00"))
  const { cluster } = createClusterSim({ clock, kinds: workflowKinds })
  createManager({ cluster, clock, logger: silentLogger })
    .add(
      ...workflowControllers({ executors: [simulateExecutor([{ duration: "1m" }])] }),
      ...cronWorkflowControllers(),
    )
    .start()
  const { uid: _uid, ...metadata } = cronOf().metadata
  const stopStrategy = { expression: "cronworkflow.succeeded >= 2" }
  await cluster.create(cronWorkflows, { ...cronOf({ stopStrategy }), metadata })
  const key = { namespace: "default", name: "nightly" }
  await clock.advance(10 * 60_000)
  expect((await cluster.get(cronWorkflows, key))?.metadata.labels ?? {}).toEqual({})
  await clock.advance(50 * 60_000)
  expect(await cluster.get(cronWorkflows, key)).toMatchObject({
    metadata: { labels: { "cronworkflows.argoproj.io/completed": "true" } },
    status: { phase: "Stopped", succeeded: 2 },
  })
})

describe("an event binding", () => {
  const binding: WorkflowEventBinding = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "WorkflowEventBinding",
    metadata: { name: "on-push", namespace: "default" },
    spec: {
      event: {
        selector:
          'payload.ref == "main" && discriminator == "push" && metadata["x-kind"] == ["git"]',
      },
      submit: {
        workflowTemplateRef: { name: "build" },
        metadata: { labels: { from: "event" } },
        arguments: {
          parameters: [
            { name: "sha", valueFrom: { event: "payload.sha" } },
            { name: "files", valueFrom: { event: "payload.files" } },
            { name: "by", valueFrom: { event: "payload.author?.name", default: "nobody" } },
          ],
        },
      },
    },
  }
  const event = {
    payload: { ref: "main", sha: "abc", files: ["a", "b"] },
    discriminator: "push",
    namespace: "default",
    metadata: { "x-kind": ["git"], authorization: ["secret"] },
  }

  test("submits its template with what the event says", () => {
    expect(parseWorkflowEventBinding(binding)).toMatchObject({ ok: true })
    const bound = bindEvent(binding, event, epochMs(0))
    expect(bound).toMatchObject({
      ok: true,
      value: {
        metadata: {
          name: expect.stringMatching(/^build-.{5}$/),
          namespace: "default",
          labels: { from: "event" },
        },
        spec: {
          workflowTemplateRef: { name: "build" },
          arguments: {
            parameters: [
              { name: "sha", value: "abc" },
              { name: "files", value: '["a","b"]' },
              { name: "by", value: "nobody" },
            ],
          },
        },
      },
    })
  })

  test("leaves other events alone, and says which expression cannot be told", () => {
    expect(bindEvent(binding, { ...event, discriminator: "pull" }, epochMs(0))).toEqual({
      ok: true,
      value: undefined,
    })
    const { submit: _submit, ...silent } = binding.spec
    expect(bindEvent({ ...binding, spec: silent }, event, epochMs(0))).toEqual({
      ok: true,
      value: undefined,
    })
    const odd = { ...binding, spec: { ...binding.spec, event: { selector: "payload.ref" } } }
    expect(bindEvent(odd, event, epochMs(0))).toMatchObject({
      ok: false,
      issues: [{ path: ["spec", "event", "selector"] }],
    })
    const broken = { ...binding, spec: { ...binding.spec, event: { selector: "payload ==" } } }
    expect(parseWorkflowEventBinding(broken)).toMatchObject({
      ok: false,
      issues: [{ code: "InvalidExpression" }],
    })
  })
})
