import { expect, test } from "vitest"
import { kind, type Loose, world } from "./world.js"

const containers = [{ name: "a", image: "app:1" }]
const template = { spec: { containers, restartPolicy: "Never" } }
const indexed = { completionMode: "Indexed", completions: 3 }
const codes = (more: object) => ({ action: "FailJob", onExitCodes: { operator: "In", ...more } })
const policy = (...rules: readonly object[]) => ({ podFailurePolicy: { rules } })

async function complaint(name: string, spec: object): Promise<string> {
  const { sim } = world({ controllers: false })
  const metadata = { namespace: "default", name: "a" }
  const object = { apiVersion: "batch/v1", kind: name, metadata, spec } as Loose
  const options = { dryRun: true, fieldValidation: "Strict" } as const
  return sim.cluster.create(kind("batch/v1", name), object, options).then(
    () => "accepted",
    (error: Error) => error.message,
  )
}

test.each([
  [
    policy({ action: "FailIndex", onExitCodes: { operator: "In", values: [1] } }),
    'spec.podFailurePolicy.rules[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set',
  ],
  [
    policy({ action: "Stop", onExitCodes: { operator: "In", values: [1] } }),
    'spec.podFailurePolicy.rules[0].action: Unsupported value: "Stop": supported values: "Count", "FailIndex", "FailJob", "Ignore"',
  ],
  [
    policy({ action: "Ignore" }),
    "spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required",
  ],
  [
    policy(codes({ containerName: "b", values: [1] })),
    'onExitCodes.containerName: Invalid value: "b": must be one of the container or initContainer names in the pod template',
  ],
  [
    policy(codes({ values: [0, 1] })),
    "values[0]: Invalid value: 0: must not be 0 for the In operator",
  ],
  [policy(codes({ values: [2, 1] })), "values: Invalid value: [2,1]: must be ordered"],
  [policy(codes({ values: [2, 2] })), "values[1]: Duplicate value: 2"],
  [
    { ...policy(codes({ values: [2] })), podReplacementPolicy: "TerminatingOrFailed" },
    'spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
  ],
  [
    { ...indexed, maxFailedIndexes: 1 },
    "spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified",
  ],
  [{ successPolicy: { rules: [{ succeededCount: 1 }] } }, "requires indexed completion mode"],
  [
    { ...indexed, successPolicy: { rules: [{}] } },
    "spec.successPolicy.rules[0]: Required value: at least one of succeededCount or succeededIndexes must be specified",
  ],
  [
    { ...indexed, successPolicy: { rules: [{ succeededCount: 4 }] } },
    "must be less than or equal to 3 (the number of specified completions)",
  ],
  [{ ...indexed, successPolicy: { rules: [{ succeededIndexes: "0-1" }] } }, "accepted"],
  [policy(codes({ values: [1, 42] })), "accepted"],
])("a Job with %j: %s", async (spec, expected) => {
  expect(await complaint("Job", { template, ...spec })).toContain(expected)
})

test.each([
  [{ schedule: "* * * * *" }, "accepted"],
  [{ schedule: "@every 5m" }, "accepted"],
  [{ schedule: "@hourly", timeZone: "Europe/Berlin" }, "accepted"],
  [
    { schedule: "61 * * * *" },
    'spec.schedule: Invalid value: "61 * * * *": end of range (61) above maximum (59): 61',
  ],
  [
    { schedule: "@often" },
    'spec.schedule: Invalid value: "@often": unrecognized descriptor: @often',
  ],
  [
    { schedule: "* * * * *", timeZone: "Mars/Olympus" },
    'spec.timeZone: Invalid value: "Mars/Olympus": unknown time zone Mars/Olympus',
  ],
  [
    { schedule: "* * * * *", timeZone: "Local" },
    "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones",
  ],
  [
    { schedule: "* * * * *", timeZone: "" },
    'spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string',
  ],
])("a CronJob with %j: %s", async (spec, expected) => {
  const jobTemplate = { spec: { template } }
  expect(await complaint("CronJob", { jobTemplate, ...spec })).toContain(expected)
})
