import { systemZones } from "@argo-ts/expr/zones"
import type { Result } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import { aDependency, aSensor, aTrigger } from "../testing/builders.js"
import { parseEventBus } from "./parse-event-bus.js"
import { parseEventSource } from "./parse-event-source.js"
import { parseSensor } from "./parse-sensor.js"

function told(result: Result<unknown>): readonly string[] {
  return result.ok
    ? []
    : result.issues.map(({ code, path, message }) => `${code} ${path.join(".")}: ${message}`)
}

const good = aSensor([aDependency("a"), aDependency("b")], [aTrigger("t")])

function sensorWith(spec: object): readonly string[] {
  return told(parseSensor({ ...good, spec: { ...good.spec, ...spec } }, { zones: systemZones }))
}

const template = (rest: object): object => ({ triggers: [{ template: { name: "t", ...rest } }] })
const dependency = (rest: object): object => ({
  dependencies: [{ name: "a", eventSourceName: "s", eventName: "e", ...rest }],
})

describe("parseSensor", () => {
  test("takes a valid one, with null fields as absent", () => {
    const value = { ...good, spec: { ...good.spec, template: null, replicas: null } }
    const parsed = parseSensor(value)
    expect(parsed.ok && Object.keys(parsed.value.spec)).toEqual(["dependencies", "triggers"])
  })

  test.each<[string, object, string]>([
    [
      "no dependency",
      { dependencies: [] },
      "InvalidValue spec.dependencies: expected at least one dependency",
    ],
    ["no trigger", { triggers: [] }, "InvalidValue spec.triggers: expected at least one trigger"],
    ["an unknown field", { dependency: [] }, "UnknownField spec.dependency: no such field"],
    [
      "an unsupported field",
      dependency({ transform: { jq: "." } }),
      "UnsupportedField spec.dependencies.0.transform: is not supported",
    ],
    [
      "Lua",
      dependency({ filters: { script: "return true" } }),
      "UnsupportedField spec.dependencies.0.filters.script",
    ],
    [
      "an empty name",
      dependency({ name: "" }),
      "InvalidValue spec.dependencies.0.name: expected a text that is not empty",
    ],
    [
      "two dependencies of one name",
      { dependencies: [aDependency("a"), aDependency("a")] },
      'spec.dependencies.1: another dependency is called "a"',
    ],
    [
      "two triggers of one name",
      { triggers: [aTrigger("t"), aTrigger("t")] },
      'spec.triggers.1: another trigger is called "t"',
    ],
    [
      "an unknown operator",
      dependency({ filtersLogicalOperator: "xor" }),
      "spec.dependencies.0.filtersLogicalOperator: expected one of",
    ],
    [
      "an unknown comparator",
      dependency({
        filters: { data: [{ path: "x", type: "number", value: ["1"], comparator: "=>" }] },
      }),
      "comparator: expected one of",
    ],
    [
      "no value",
      dependency({ filters: { data: [{ path: "x", type: "number", value: [""] }] } }),
      "spec.dependencies.0.filters.data.0.value: expected at least one value",
    ],
    [
      "a broken pattern",
      dependency({ filters: { data: [{ path: "x", type: "string", value: ["("] }] } }),
      'spec.dependencies.0.filters.data.0.value.0: the pattern "("',
    ],
    [
      "an expression without fields",
      dependency({ filters: { exprs: [{ expr: "a == 1", fields: [] }] } }),
      "spec.dependencies.0.filters.exprs.0.fields: expected at least one field",
    ],
    [
      "a broken expression",
      dependency({ filters: { exprs: [{ expr: "a ==", fields: [{ name: "a", path: "a" }] }] } }),
      'spec.dependencies.0.filters.exprs.0.expr: "a ==" cannot be read',
    ],
    [
      "an empty context filter",
      dependency({ filters: { context: { id: "x" } } }),
      "spec.dependencies.0.filters.context: expected one of",
    ],
    [
      "a time without seconds",
      dependency({ filters: { time: { start: "10:00", stop: "11:00:00" } } }),
      "spec.dependencies.0.filters.time.start",
    ],
    [
      "equal times",
      dependency({ filters: { time: { start: "10:00:00", stop: "10:00:00" } } }),
      "spec.dependencies.0.filters.time.stop",
    ],
    [
      "an unknown zone",
      dependency({
        filters: { time: { start: "10:00:00", stop: "11:00:00", timezone: "Mars/Base" } },
      }),
      'spec.dependencies.0.filters.time.timezone: no time zone is called "Mars/Base"',
    ],
    [
      "conditions of nobody",
      template({ log: {}, conditions: "a && z" }),
      "spec.triggers.0.template.conditions: conditions",
    ],
    [
      "a reset without cron",
      template({ log: {}, conditionsReset: [{}] }),
      "spec.triggers.0.template.conditionsReset.0.byTime: expected byTime",
    ],
    [
      "a reset with six fields",
      template({ log: {}, conditionsReset: [{ byTime: { cron: "* * * * * *" } }] }),
      "spec.triggers.0.template.conditionsReset.0.byTime: ",
    ],
    ["nothing to do", template({}), 'spec.triggers.0.template: trigger "t" says nothing to do'],
    [
      "a trigger not built yet",
      template({ slack: {} }),
      "UnsupportedField spec.triggers.0.template.slack",
    ],
    [
      "a source not built yet",
      template({ k8s: { source: { inline: "x" } } }),
      "UnsupportedField spec.triggers.0.template.k8s.source.inline",
    ],
    ["no source", template({ k8s: {} }), "spec.triggers.0.template.k8s.source: is required"],
    [
      "an unknown operation",
      template({ k8s: { operation: "apply", source: { resource: {} } } }),
      "spec.triggers.0.template.k8s.operation: expected one of",
    ],
    [
      "a workflow operation",
      template({ argoWorkflow: { operation: "resubmit", source: { resource: {} } } }),
      'UnsupportedField spec.triggers.0.template.argoWorkflow.operation: operation "resubmit"',
    ],
    [
      "no workflow operation",
      template({ argoWorkflow: { source: { resource: {} } } }),
      "spec.triggers.0.template.argoWorkflow.operation: is required",
    ],
    [
      "no URL",
      template({ http: { url: "" } }),
      "spec.triggers.0.template.http.url: expected a text",
    ],
    [
      "half a login",
      template({ http: { url: "http://x", basicAuth: { username: { name: "s", key: "k" } } } }),
      "basicAuth: expected username and password",
    ],
    [
      "a parameter of nobody",
      template({
        http: { url: "http://x", parameters: [{ src: { dependencyName: "z" }, dest: "url" }] },
      }),
      'UnknownDependency spec.triggers.0.template.http.parameters.0.src.dependencyName: "z"',
    ],
    [
      "a parameter that goes nowhere",
      template({ http: { url: "http://x", parameters: [{ src: { dependencyName: "a" } }] } }),
      "spec.triggers.0.template.http.parameters.0.dest: expected a text",
    ],
    [
      "an empty status policy",
      { triggers: [{ ...aTrigger("t"), policy: { status: { allow: [] } } }] },
      "spec.triggers.0.policy.status.allow: expected at least one code",
    ],
    [
      "a label policy",
      { triggers: [{ ...aTrigger("t"), policy: { k8s: { labels: {} } } }] },
      "UnsupportedField spec.triggers.0.policy.k8s",
    ],
    [
      "a rate of zero",
      { triggers: [{ ...aTrigger("t"), rateLimit: { requestsPerUnit: 0 } }] },
      "spec.triggers.0.rateLimit.requestsPerUnit: expected at least 1",
    ],
    ["a trigger without template", { triggers: [{}] }, "spec.triggers.0.template: is required"],
  ])("refuses %s", (_what, spec, expected) => {
    expect(sensorWith(spec).join("\n")).toContain(expected)
  })

  test("tells everything at once, and each thing once", () => {
    expect(
      sensorWith({
        dependencies: [aDependency("", { eventName: "e" })],
        triggers: [{ template: { name: "" } }],
      }),
    ).toEqual([
      "InvalidValue spec.dependencies.0.name: expected a text that is not empty",
      "InvalidValue spec.triggers.0.template.name: expected a text that is not empty",
      'InvalidValue spec.triggers.0.template: trigger "" says nothing to do; expected k8s, argoWorkflow, http or log',
    ])
  })

  test("wants its kind, version and a name", () => {
    expect(told(parseSensor({ ...good, kind: "Pod", metadata: {} }))).toEqual([
      'InvalidValue kind: expected "Sensor", found "Pod"',
      "InvalidValue metadata.name: a Sensor needs a name",
    ])
  })
})

const source = (spec: object): readonly string[] =>
  told(
    parseEventSource(
      { apiVersion: "argoproj.io/v1alpha1", kind: "EventSource", metadata: { name: "s" }, spec },
      { zones: systemZones },
    ),
  )
const hook = { endpoint: "/x", port: "12000" }
const github = { webhook: hook, events: ["*"], organizations: ["example"] }

describe("parseEventSource", () => {
  test.each<[object]>([
    [
      {
        webhook: { a: hook, b: { ...hook, endpoint: "/y" } },
        github: { c: { ...github, webhook: { ...hook, endpoint: "/z" } } },
      },
    ],
    [
      {
        calendar: {
          a: { interval: "10s" },
          b: {
            schedule: "CRON_TZ=Europe/Berlin 0 9 * * 1",
            exclusionDates: ["EXDATE;VALUE=DATE:20260101"],
          },
        },
      },
    ],
  ])("takes %j", (spec) => {
    expect(source(spec)).toEqual([])
  })

  test.each<[string, object, string]>([
    ["nothing", {}, "spec: expected at least one event"],
    ["an unknown kind", { webhooks: {} }, "UnknownField spec.webhooks"],
    ["a kind not built yet", { kafka: {} }, "UnsupportedField spec.kafka"],
    ["no port", { webhook: { a: { endpoint: "/" } } }, "spec.webhook.a.port: is required"],
    [
      "a word for a port",
      { webhook: { a: { ...hook, port: "http" } } },
      'spec.webhook.a.port: expected a port number as text, found "http"',
    ],
    [
      "an unknown method",
      { webhook: { a: { ...hook, method: "FETCH" } } },
      "spec.webhook.a.method: expected one of",
    ],
    [
      "HTTPS",
      { webhook: { a: { ...hook, serverCertSecret: { name: "s", key: "k" } } } },
      "UnsupportedField spec.webhook.a.serverCertSecret",
    ],
    [
      "a broken filter",
      { webhook: { a: { ...hook, filter: { expression: "a ==" } } } },
      "spec.webhook.a.filter.expression",
    ],
    [
      "one name twice",
      { webhook: { a: hook }, github: { a: { ...github, webhook: { ...hook, endpoint: "/y" } } } },
      'spec.webhook.a: another event under github is called "a"',
    ],
    [
      "one place twice",
      { webhook: { a: hook, b: { ...hook, endpoint: "x" } } },
      "spec.webhook.b: another event listens at port 12000, endpoint /x",
    ],
    [
      "mixed families",
      { webhook: { a: hook }, calendar: { b: { interval: "10s" } } },
      "spec: calendar does not share an EventSource",
    ],
    [
      "GitHub without events",
      { github: { a: { ...github, events: [] } } },
      "spec.github.a.events: expected at least one",
    ],
    [
      "GitHub of nobody",
      { github: { a: { webhook: hook, events: ["*"] } } },
      "spec.github.a: expected repositories or organizations, found neither",
    ],
    [
      "half of GitHub Enterprise",
      { github: { a: { ...github, githubBaseURL: "https://x" } } },
      "expected both of githubBaseURL and githubUploadURL",
    ],
    [
      "an empty calendar",
      { calendar: { a: {} } },
      "spec.calendar.a: expected a schedule or an interval",
    ],
    [
      "a broken interval",
      { calendar: { a: { interval: "often" } } },
      "spec.calendar.a.interval: expected a duration",
    ],
    ["a descriptor", { calendar: { a: { schedule: "@hourly" } } }, "spec.calendar.a.schedule"],
    [
      "an unknown zone",
      { calendar: { a: { schedule: "0 0 * * *", timezone: "Mars/Base" } } },
      "spec.calendar.a.timezone",
    ],
    [
      "a broken exclusion",
      { calendar: { a: { interval: "1m", exclusionDates: ["2026-01-01"] } } },
      "spec.calendar.a.exclusionDates.0: expected EXDATE:",
    ],
    [
      "catch-up",
      { calendar: { a: { interval: "1m", persistence: {} } } },
      "UnsupportedField spec.calendar.a.persistence",
    ],
  ])("refuses %s", (_what, spec, expected) => {
    expect(source(spec).join("\n")).toContain(expected)
  })
})

describe("parseEventBus", () => {
  const bus = (spec: object): readonly string[] =>
    told(
      parseEventBus({
        apiVersion: "argoproj.io/v1alpha1",
        kind: "EventBus",
        metadata: { name: "default" },
        spec,
      }),
    )
  test.each<[object, string | undefined]>([
    [{ nats: { native: { replicas: 3, auth: "token" } } }, undefined],
    [{ jetstream: { version: "latest", replicas: 1 } }, undefined],
    [{}, "spec: expected one of nats, jetstream, jetstreamExotic and kafka"],
    [{ nats: {} }, "spec.nats: expected native or exotic"],
    [{ nats: { native: {} }, jetstream: { version: "1" } }, "expected one bus, found both"],
    [
      { jetstream: { version: "1", replicas: 2 } },
      "spec.jetstream.replicas: expected 1 replica or at least 3",
    ],
    [{ jetstream: {} }, "spec.jetstream.version: expected a text"],
    [{ jetstreamExotic: { url: "nats://x" } }, "UnsupportedField spec.jetstreamExotic"],
    [{ kafka: {} }, "UnsupportedField spec.kafka"],
  ])("%j: %s", (spec, expected) => {
    if (expected === undefined) expect(bus(spec)).toEqual([])
    else expect(bus(spec).join("\n")).toContain(expected)
  })
})
