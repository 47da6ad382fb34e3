// One decision about a rollout in the middle of its steps, and a whole canary in virtual time.
import { epochMs } from "@argo-ts/kernel"
import { decideRollout, simulateRollout } from "@argo-ts/progressive-delivery"
import { canaryRollout, withImage } from "@argo-ts/progressive-delivery/testing"
import { Bench } from "tinybench"

const minute = 60_000
const template = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AnalysisTemplate",
  metadata: { name: "error-rate" },
  spec: {
    args: [{ name: "hash" }],
    metrics: [
      {
        name: "error-rate",
        interval: "1m",
        count: 60,
        failureLimit: 3,
        successCondition: "result[0] <= 0.02",
        provider: {
          prometheus: { address: "http://metrics", query: 'errors{hash="{{args.hash}}"}' },
        },
      },
    ],
  },
}
const analysis = {
  templates: [{ templateName: "error-rate" }],
  args: [{ name: "hash", valueFrom: { podTemplateHashValue: "Latest" } }],
}
const options = {
  analysisTemplates: [template],
  measure: () => ({ type: "Vector", numbers: ["0.01"] }),
}
const steps = [
  { setWeight: 10 },
  { pause: { duration: "5m" } },
  { setWeight: 20 },
  { pause: { duration: "5m" } },
  { setWeight: 40 },
  { analysis },
  { setWeight: 60 },
  { pause: { duration: "5m" } },
  { setWeight: 80 },
  { pause: { duration: "5m" } },
]

/** Deploys, releases, and runs to the end: ten steps, an hour of analysis. */
function wholeCanary() {
  const simulation = simulateRollout(canaryRollout({ steps }), options)
  simulation.run(epochMs(minute))
  simulation.update((rollout) => withImage(rollout, "shop:2"))
  simulation.run(epochMs(180 * minute))
  if (simulation.rollout().status.phase !== "Healthy") throw new Error("the canary did not end")
  return simulation
}

const paused = simulateRollout(canaryRollout({ steps }), options)
paused.run(epochMs(minute))
paused.update((rollout) => withImage(rollout, "shop:2"))
paused.run(epochMs(3 * minute))
const [rollout, observed, now] = [paused.rollout(), paused.observed(), paused.now()]

const bench = new Bench({ time: 1000, warmupTime: 500 })
bench.add("decideRollout, paused at step 2 of 10", () => decideRollout(rollout, observed, now))
bench.add("simulateRollout, 10 steps and 1 h of analysis", () => wholeCanary())
await bench.run()
for (const { name, result } of bench.tasks) {
  const [median, fastest] = [result.latency.p50, result.latency.min].map((ms) =>
    (ms * 1000).toFixed(1),
  )
  console.log(
    `${name}: median ${median} µs, fastest ${fastest} µs (${result.latency.samplesCount} samples)`,
  )
}
