import { formatIssue } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import { blueGreenRollout, canaryRollout } from "../testing/index.js"
import type { Metric } from "./analysis.js"
import type { CanaryStrategy } from "./canary.js"
import { parseAnalysisRun, parseAnalysisTemplate, parseExperiment, parseRollout } from "./parse.js"
import type { RolloutSpec } from "./rollout.js"

function issuesOf(
  result:
    | ReturnType<typeof parseRollout>
    | ReturnType<typeof parseAnalysisTemplate>
    | ReturnType<typeof parseExperiment>,
): readonly string[] {
  return result.ok ? [] : result.issues.map((issue) => `${issue.code} ${formatIssue(issue)}`)
}

const canary = (strategy: CanaryStrategy) => parseRollout(canaryRollout(strategy))
const withSpec = (spec: Partial<RolloutSpec>) => parseRollout(canaryRollout({}, { spec }))
const smi = { smi: {} }
const services = { canaryService: "a", stableService: "b" }

test("a right one is read, and nulls are absent", () => {
  expect(canary({ steps: [{ setWeight: 20 }, { pause: {} }] }).ok).toBe(true)
  const read = parseRollout({ ...canaryRollout({}), status: { pauseConditions: null } })
  expect(read.ok && read.value.status).toEqual({})
})

test.each([
  [{ replicas: -1 }, "spec.replicas: expected a whole number of at least 0, found -1"],
  [
    { minReadySeconds: 700 },
    "spec.progressDeadlineSeconds: is 600, and has to exceed the minReadySeconds of 700",
  ],
  [{ selector: {} }, "spec.selector: is empty: it would select every pod"],
  [
    { selector: { matchLabels: { app: "other" } } },
    "spec.template.metadata.labels: are not selected by the selector of the rollout",
  ],
  [{ strategy: {} }, "spec.strategy: needs one of canary and blueGreen"],
  [
    { strategy: { canary: {}, blueGreen: { activeService: "a" } } },
    "spec.strategy: has both canary and blueGreen; a rollout has one strategy",
  ],
  [{ restartAt: "soon" }, 'spec.restartAt: expected an RFC 3339 time, found "soon"'],
] satisfies [Partial<RolloutSpec>, string][])("spec %j", (spec, message) => {
  expect(issuesOf(withSpec(spec))).toEqual([`InvalidValue ${message}`])
})

describe("canary", () => {
  test.each([
    [{ maxSurge: 0, maxUnavailable: "0%" }, "maxUnavailable: and maxSurge cannot both be zero"],
    [
      { canaryService: "a", stableService: "a" },
      'canaryService: and stableService are the same Service "a"',
    ],
    [{ scaleDownDelaySeconds: 3 }, "scaleDownDelaySeconds: needs trafficRouting"],
    [{ dynamicStableScale: true }, "dynamicStableScale: needs trafficRouting"],
    [
      { ...services, trafficRouting: smi, dynamicStableScale: true, scaleDownDelaySeconds: 1 },
      "dynamicStableScale: cannot be used together",
    ],
    [{ trafficRouting: smi }, "trafficRouting.smi: needs canaryService and stableService"],
    [
      { ...services, trafficRouting: { smi: {}, maxTrafficWeight: 200 } },
      "maxTrafficWeight: can be other than 100 only with plugins",
    ],
    [{ trafficRouting: {} }, "trafficRouting: needs a router"],
    [{ steps: [{}] }, "steps[0]: a step does exactly one thing"],
    [{ steps: [{ setWeight: 1, pause: {} }] }, "steps[0]: a step does exactly one thing"],
    [
      { steps: [{ setWeight: 101 }] },
      "steps[0].setWeight: expected a whole number from 0 to 100, found 101",
    ],
    [
      { steps: [{ pause: { duration: "1d" } }] },
      "steps[0].pause.duration: expected seconds or a duration",
    ],
    [
      { steps: [{ pause: { duration: -1 } }] },
      "steps[0].pause.duration: expected seconds or a duration",
    ],
    [
      { steps: [{ setCanaryScale: { weight: 10 } }] },
      "steps[0].setCanaryScale: needs trafficRouting",
    ],
    [
      {
        ...services,
        trafficRouting: smi,
        steps: [{ setCanaryScale: { weight: 10, replicas: 1 } }],
      },
      "needs exactly one of replicas",
    ],
    [
      { replicaProgressThreshold: { type: "Percent", value: 101 } },
      "replicaProgressThreshold.value: expected a number from 0 to 100",
    ],
  ] satisfies [CanaryStrategy, string][])("%j", (strategy, message) => {
    const issues = issuesOf(canary(strategy))
    expect(issues).toHaveLength(1)
    expect(issues[0]).toContain(message)
  })

  test("a weight above 100 is right where the router counts so", () => {
    const trafficRouting = { plugins: { "argo-ts/in-memory": {} }, maxTrafficWeight: 1000 }
    expect(canary({ trafficRouting, steps: [{ setWeight: 250 }] }).ok).toBe(true)
  })
})

test("blue-green", () => {
  const parse = (blueGreen: object) => issuesOf(parseRollout(blueGreenRollout(blueGreen as never)))
  expect(parse({ activeService: "a", previewService: "a" })[0]).toContain("same Service")
  expect(parse({})[0]).toContain("spec.strategy.blueGreen.activeService: is required, and missing")
  expect(parse({ activeService: "a", scaleDownDelayRevisionLimit: 11 })[0]).toContain(
    "more than the revisionHistoryLimit of 10",
  )
})

test("unknown and unsupported fields are told apart, all at once", () => {
  const rollout = canaryRollout({ trafficRouting: { nginx: {} }, steps: [{ experiment: {} }] })
  const { strategy } = rollout.spec
  const issues = issuesOf(
    parseRollout({ ...rollout, spec: { ...rollout.spec, stratgy: strategy } }),
  )
  expect(issues.map((issue) => issue.split(":")[0])).toEqual([
    "UnsupportedField spec.strategy.canary.trafficRouting.nginx",
    "UnsupportedField spec.strategy.canary.steps[0].experiment",
    "UnknownField spec.stratgy",
  ])
  expect(issues[2]).toContain('did you mean "strategy"?')
  expect(
    issuesOf(
      parseExperiment({
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Experiment",
        metadata: {},
        spec: {},
      }),
    )[0],
  ).toContain("UnsupportedField spec")
})

describe("pod templates", () => {
  const parse = (spec: object) =>
    issuesOf(withSpec({ template: { metadata: { labels: { app: "shop" } }, spec: spec as never } }))
  test.each([
    [{}, "spec.template.spec.containers: needs at least one container"],
    [{ containers: [{ name: "a" }] }, "containers[0].image: is required, and missing"],
    [
      {
        containers: [
          { name: "a", image: "i" },
          { name: "a", image: "i" },
        ],
      },
      'containers[1].name: a second container is named "a"',
    ],
    [
      { restartPolicy: "Never", containers: [{ name: "a", image: "i" }] },
      'restartPolicy: expected "Always", found "Never"',
    ],
    [
      { containers: [{ name: "a", image: "i", resources: { requests: { memory: "invalid" } } }] },
      "requests.memory: expected a quantity",
    ],
    [
      {
        containers: [
          { name: "a", image: "i", resources: { limits: { cpu: 1 }, requests: { cpu: "1500m" } } },
        ],
      },
      "requests.cpu: has to be at most the limit",
    ],
    [
      { containers: [{ name: "a", image: "i", volumeMounts: [{ name: "v" }] }] },
      'names the volume "v", which the pod does not have',
    ],
  ])("%j", (spec, message) => {
    expect(parse(spec)[0]).toContain(message)
  })
})

describe("analysis", () => {
  const provider = { web: { url: "http://x" } }
  const parse = (metric: object, spec: object = {}) =>
    issuesOf(
      parseAnalysisTemplate({
        apiVersion: "argoproj.io/v1alpha1",
        kind: "AnalysisTemplate",
        metadata: { name: "t" },
        spec: { metrics: [{ name: "m", provider, ...metric }], ...spec },
      }),
    )

  test.each([
    [{ provider: {} }, "provider: needs exactly one provider; found 0"],
    [
      { provider: { ...provider, prometheus: { query: "q" } } },
      "provider: needs exactly one provider; found 2",
    ],
    [{ count: 2 }, "interval: is required for a count of 2"],
    [
      { count: 3, failureLimit: 5, interval: "1m" },
      "count: is 3, less than failureLimit and consecutiveSuccessLimit together (5)",
    ],
    [{ failureLimit: -1 }, "nothing could ever end the metric"],
    [{ failureLimit: -2 }, "failureLimit: expected a whole number of at least -1, found -2"],
    [
      { failureLimit: -1, consecutiveSuccessLimit: 4, count: 3, interval: "1m" },
      "count: is 3, less than the consecutiveSuccessLimit of 4",
    ],
    [
      { inconclusiveLimit: 4, count: 3, interval: "1m" },
      "count: is 3, less than the inconclusiveLimit of 4",
    ],
    [
      { interval: "1d" },
      'interval: expected a duration like 30s or 1h30m, found "1d"; days are written in hours',
    ],
    [{ successCondition: "result ==" }, "metrics[0].successCondition: "],
    [{ successCondition: "reslt == 1" }, "unknown name reslt"],
    [{ provider: { web: { url: "u", body: "b" } } }, "web.method: is GET, which sends no body"],
    [
      { successCondition: "result == {{args.x}}" },
      "uses {{args.x}}, which is no argument of this object",
    ],
    [{ provider: { job: {} } }, "UnsupportedField spec.metrics[0].provider.job"],
  ] satisfies [object, string][])("%j", (metric, message) => {
    expect(parse(metric)[0]).toContain(message)
  })

  test("tags are judged later, and rules have to concern a metric", () => {
    expect(
      parse(
        { count: "{{args.n}}", interval: "{{args.i}}" },
        { args: [{ name: "n" }, { name: "i" }] },
      ),
    ).toEqual([])
    expect(parse({}, { dryRun: [{ metricName: "other" }] })[0]).toContain(
      'matches no metric: "other"',
    )
    expect(parse({}, { metrics: [] })[0]).toContain("needs at least one metric")
    const twice: Metric = { name: "m", provider }
    expect(parse({}, { metrics: [twice, twice] })[0]).toContain('a second one is named "m"')
    const run = {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "AnalysisRun",
      metadata: {},
      spec: { metrics: [twice] },
    }
    expect(parseAnalysisRun(run).ok).toBe(true)
  })
})
