import { epochMs, formatInstant } from "@argo-ts/kernel"
import { fc, test as property } from "@fast-check/vitest"
import { describe, expect, test } from "vitest"
import type { Pod } from "../workloads.js"
import type { MeasuredPod } from "./pod-usage.js"
import { propose, type ResourceGoal } from "./proposal.js"

const now = epochMs(1_800_000_000_000)
const minute = 60_000

/** A pod that has been ready for an hour, unless something else is said. */
function pod(
  name: string,
  more: {
    readonly cpu?: string | null
    readonly ready?: boolean
    readonly phase?: string
    readonly startedMs?: number
    readonly changedMs?: number
    readonly going?: boolean
  } = {},
): Pod {
  const { cpu = "100m", ready = true, phase = "Running", startedMs = 60 * minute } = more
  const { changedMs = startedMs } = more
  const condition = {
    type: "Ready",
    status: ready ? "True" : "False",
    lastTransitionTime: formatInstant(epochMs(now - changedMs)),
  }
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      namespace: "shop",
      name,
      ...(more.going === true ? { deletionTimestamp: formatInstant(now) } : {}),
    },
    spec: {
      containers: [
        {
          name: "main",
          image: "app",
          ...(cpu === null ? {} : { resources: { requests: { cpu } } }),
        },
      ],
    },
    status: { phase, startTime: formatInstant(epochMs(now - startedMs)), conditions: [condition] },
  } as Pod
}

function used(name: string, cpu: string, container = "main"): MeasuredPod {
  return {
    name,
    at: now,
    windowMs: 15_000,
    containers: [{ name: container, usage: { cpu, memory: "1Mi" } }],
  }
}

const half: ResourceGoal = { type: "Utilization", resource: "cpu", percent: 50 }

function wants(
  pods: readonly Pod[],
  measured: readonly MeasuredPod[],
  goal: ResourceGoal = half,
  current = pods.length,
) {
  const proposal = propose(goal, { namespace: "shop", current, pods, measured, now })
  return proposal.type === "Wants" ? proposal.replicas : proposal.why
}

describe("how many replicas a resource wants", () => {
  test.each([
    ["on its goal", ["50m", "50m"], 2],
    ["within a tenth above", ["54m", "55m"], 2],
    ["a tenth above, in the floating point of a real cluster", ["55m", "55m"], 3],
    ["within a tenth below", ["45m", "45m"], 2],
    ["beyond a tenth below", ["10m", "10m"], 1],
    ["twice its goal", ["100m", "100m"], 4],
    ["uneven", ["150m", "50m"], 4],
    ["idle", ["0", "0"], 0],
  ])("%s: %j makes %i", (_what, amounts, expected) => {
    const pods = amounts.map((_each, index) => pod(`p${index}`))
    expect(
      wants(
        pods,
        amounts.map((cpu, index) => used(`p${index}`, cpu)),
      ),
    ).toBe(expected)
  })

  test("an average value is compared as it is", () => {
    const goal: ResourceGoal = { type: "AverageValue", resource: "cpu", amount: 50 }
    expect(wants([pod("a"), pod("b")], [used("a", "100m"), used("b", "60m")], goal)).toBe(4)
  })

  test("a container alone counts where it is named", () => {
    const goal: ResourceGoal = { ...half, container: "main" }
    const measured = [
      {
        ...used("a", "10m"),
        containers: [...used("a", "100m").containers, { name: "side", usage: { cpu: "1" } }],
      },
    ]
    expect(wants([pod("a")], measured, goal)).toBe(2)
    expect(wants([pod("a")], [used("a", "1m", "side")], goal)).toBe(
      "unable to get metrics for resource cpu: failed to get container metrics: container main not present in metrics for pod shop/a",
    )
  })
})

describe("pods of which too little is known", () => {
  test("are idle when it is to grow, and keep it from shrinking", () => {
    const pods = [pod("a"), pod("b"), pod("c")]
    // Alone: 200 % of the goal; with two idle ones below it, which is no reason to shrink either.
    expect(wants(pods, [used("a", "100m")])).toBe(3)
    expect(wants(pods, [used("a", "300m"), used("b", "300m")])).toBe(12)
    // The missing one counts as fully used: (10 + 10 + 100) of 300 is below the goal.
    expect(wants(pods, [used("a", "10m"), used("b", "10m")])).toBe(3)
    expect(wants([...pods, pod("d")], [used("a", "1m"), used("b", "1m"), used("c", "1m")])).toBe(2)
  })

  test("unready ones count only when it is to grow", () => {
    const starting = pod("c", { ready: false, startedMs: minute })
    const pods = [pod("a"), pod("b"), starting]
    const idle = [used("a", "10m"), used("b", "10m"), used("c", "900m")]
    expect(wants(pods, idle)).toBe(1)
    expect(wants(pods, [used("a", "100m"), used("b", "100m"), used("c", "900m")])).toBe(4)
  })

  test.each([
    ["ready for longer than the window", { startedMs: minute, changedMs: 20_000 }, 2],
    ["ready for less than the window", { startedMs: minute, changedMs: 10_000 }, "unready"],
    [
      "unready after five minutes, having been ready",
      { ready: false, startedMs: 10 * minute, changedMs: minute },
      2,
    ],
    [
      "unready and never ready",
      { ready: false, startedMs: 10 * minute, changedMs: 10 * minute },
      "unready",
    ],
    ["pending", { phase: "Pending" }, "unready"],
    ["failed", { phase: "Failed" }, "unready"],
    ["going", { going: true }, "unready"],
  ])("a pod that is %s", (_what, more, expected) => {
    const unready = "did not receive metrics for targeted pods (pods might be unready)"
    const found = wants([pod("a", more)], [used("a", "100m")])
    expect(found).toBe(expected === "unready" ? unready : expected)
  })

  test("nothing is said where nothing is known", () => {
    expect(wants([pod("a")], [])).toBe(
      "unable to get metrics for resource cpu: no metrics returned from resource metrics API",
    )
    expect(wants([], [used("a", "1m")])).toBe(
      "no pods returned by selector while calculating replica count",
    )
    expect(wants([pod("a", { cpu: null })], [used("a", "1m")])).toBe(
      "missing request for cpu in container main of Pod a",
    )
  })
})

property.prop([
  fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 6 }),
  fc.integer({ min: 1, max: 200 }),
  fc.nat({ max: 3 }),
])(
  "more use never wants fewer replicas, and missing metrics never make it bolder",
  (amounts, percent, missing) => {
    const goal: ResourceGoal = { ...half, percent }
    const lost = Array.from({ length: missing }, (_each, index) => pod(`lost${index}`))
    const pods = [...amounts.map((_each, index) => pod(`p${index}`)), ...lost]
    const count = (factor: number, of = pods): number =>
      wants(
        of,
        amounts.map((cpu, index) => used(`p${index}`, `${cpu * factor}m`)),
        goal,
      ) as number
    expect(count(2)).toBeGreaterThanOrEqual(count(1))
    const current = pods.length
    const known = pods.slice(0, amounts.length)
    const boldly = wants(
      known,
      amounts.map((cpu, index) => used(`p${index}`, `${cpu}m`)),
      goal,
      current,
    ) as number
    const found = count(1)
    if (found > current) expect(boldly).toBeGreaterThan(amounts.length)
    if (found < current) expect(boldly).toBeLessThanOrEqual(current)
  },
)
