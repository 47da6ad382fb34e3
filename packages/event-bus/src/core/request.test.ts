import type { JsonValue } from "@argo-ts/kernel"
import { describe, expect, test } from "vitest"
import type { HTTPTrigger, Trigger, TriggerParameter } from "../api/triggers.js"
import { anEvent, aTrigger } from "../testing/builders.js"
import { compileRequest } from "./request.js"

const push = anEvent({ id: "1", subject: "push", data: { body: { n: 8, url: "" } } })
const tag = anEvent({ id: "2", subject: "tag", data: { body: { s: "v1" } } })
const events = new Map([
  ["tag", tag],
  ["push", push],
])

/** The request, or `path: message` of what is wrong. */
function build(trigger: Trigger): unknown {
  const compiled = compileRequest(trigger)
  const built = compiled.ok ? compiled.value(events) : compiled
  return built.ok
    ? built.value
    : built.issues.map(({ path, message }) => `${path.join(".")}: ${message}`)
}

function from(dataKey: string, dest?: string, dependencyName = "push"): TriggerParameter {
  const src = { dependencyName, dataKey }
  return dest === undefined ? { src } : { src, dest }
}

const url = "https://hooks.example.com/x"

function http(fields: Partial<HTTPTrigger>, rest: Omit<Trigger, "template"> = {}): unknown {
  return build(aTrigger("t", { http: { url, ...fields } }, rest))
}

describe("http", () => {
  const plain = { type: "Http", method: "POST", url, headers: {}, secureHeaders: [] }

  test("posts to the URL without a body, and gives the answer a minute", () => {
    expect(http({})).toEqual({ ...plain, timeoutSeconds: 60 })
  })

  test.each([
    [5, 5],
    [0, 60],
    [-1, 60],
  ])("a timeout of %d is %d seconds", (timeout, timeoutSeconds) => {
    expect(http({ timeout })).toMatchObject({ timeoutSeconds })
  })

  test("method, credentials and secret headers pass; Secrets stay names", () => {
    const basicAuth = { username: { name: "login", key: "user" } }
    const secureHeaders = [
      { name: "Authorization", valueFrom: { secretKeyRef: { name: "token", key: "value" } } },
    ]
    expect(http({ method: "PUT", basicAuth, secureHeaders })).toEqual({
      ...plain,
      method: "PUT",
      basicAuth,
      secureHeaders,
      timeoutSeconds: 60,
    })
  })

  test("policy.status.allow names the codes that are success", () => {
    expect(http({}, { policy: { status: { allow: [202] } } })).toMatchObject({ allow: [202] })
    expect(http({}, { policy: {} })).not.toHaveProperty("allow")
  })

  test("a payload is written as a document, or is the text of the entry without dest", () => {
    expect(http({ payload: [from("body.n", "count")] })).toMatchObject({ body: '{"count":"8"}' })
    expect(http({ payload: [from("body.s", undefined, "tag")] })).toMatchObject({ body: "v1" })
    expect(http({ payload: [from("body.absent", "x")] })).toEqual([
      ': event "1" of dependency "push" has no "body.absent"',
    ])
  })

  test("computed headers win over fixed ones; one of a dependency that took no part is left out", () => {
    const dynamicHeaders = [from("body.n", "N"), from("body.n", "Absent", "other")]
    expect(http({ headers: { N: "1", Fixed: "f" }, dynamicHeaders })).toMatchObject({
      headers: { N: "8", Fixed: "f" },
    })
    expect(http({ dynamicHeaders: [from("body.absent", "X")] })).toEqual([
      ': event "1" of dependency "push" has no "body.absent"',
    ])
  })

  test("parameters change the request; a URL that ends up empty is refused", () => {
    expect(http({ parameters: [from("body.s", "method", "tag")] })).toMatchObject({ method: "v1" })
    expect(http({ parameters: [from("body.url", "url")] })).toEqual(["http.url: expected a URL"])
    expect(http({ parameters: [{ ...from("body", "url"), src: raw("body") }] })).toEqual([
      "http.url: expected a URL",
    ])
    expect(http({ parameters: [from("body.absent", "url")] })).toEqual([
      ': event "1" of dependency "push" has no "body.absent"',
    ])
  })

  function raw(dataKey: string): TriggerParameter["src"] {
    return { dependencyName: "push", dataKey, useRawData: true }
  }
})

describe("objects", () => {
  const resource = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" } }

  test("k8s creates, and merges where it patches, unless it says otherwise", () => {
    expect(build(aTrigger("t", { k8s: { source: { resource } } }))).toEqual({
      type: "Kubernetes",
      operation: "create",
      object: resource,
      patchStrategy: "application/merge-patch+json",
    })
    const patch = { operation: "patch", patchStrategy: "application/json-patch+json" } as const
    expect(build(aTrigger("t", { k8s: { source: { resource }, ...patch } }))).toMatchObject(patch)
  })

  test("argoWorkflow submits; parameters are written into the object", () => {
    const argoWorkflow = {
      source: { resource },
      parameters: [from("body.n", "metadata.name")],
    }
    expect(build(aTrigger("t", { argoWorkflow }))).toEqual({
      type: "Submit",
      object: { ...resource, metadata: { name: "8" } },
    })
  })

  test("without an object there is nothing to send", () => {
    const expected = ['source.resource: trigger "t" has no object under source.resource']
    expect(build(aTrigger("t", { k8s: {} }))).toEqual(expected)
    expect(build(aTrigger("t", { k8s: { source: { resource: [] as never } } }))).toEqual(expected)
    expect(build(aTrigger("t", { argoWorkflow: {} }))).toEqual(expected)
    const parameters = [from("body.absent", "x")]
    expect(build(aTrigger("t", { k8s: { source: { resource }, parameters } }))).toEqual([
      ': event "1" of dependency "push" has no "body.absent"',
    ])
  })
})

describe("log and function", () => {
  test("a log tells every event, in order of dependency", () => {
    const named = [
      { dependency: "push", event: push },
      { dependency: "tag", event: tag },
    ]
    const log = (intervalSeconds: number) => ({ type: "Log", intervalSeconds, events: named })
    expect(build(aTrigger("t", { log: {} }))).toEqual(log(0))
    expect(build(aTrigger("t", { log: { intervalSeconds: 3 } }))).toEqual(log(3))
  })

  test("a function is called with the events, or with its payload", () => {
    const call = (argument: JsonValue) => ({ type: "Call", name: "f", argument })
    const whole = { push, tag } as unknown as JsonValue
    expect(build(aTrigger("t", { function: { name: "f" } }))).toEqual(call(whole))
    const document = { name: "f", payload: [from("body.n", "count")] }
    expect(build(aTrigger("t", { function: document }))).toEqual(call({ count: "8" }))
    const text = { name: "f", payload: [from("body.s", undefined, "tag")] }
    expect(build(aTrigger("t", { function: text }))).toEqual(call("v1"))
    const absent = { name: "f", payload: [from("body.absent")] }
    expect(build(aTrigger("t", { function: absent }))).toHaveLength(1)
  })
})

describe("what a trigger says", () => {
  test("its own parameters change the template before it is read", () => {
    const parameters = [from("body.n", "log.intervalSeconds")]
    expect(build(aTrigger("t", { log: {} }, { parameters }))).toMatchObject({
      intervalSeconds: "8",
    })
    const absent = [from("body.absent", "name")]
    expect(build(aTrigger("t", { log: {} }, { parameters: absent }))).toEqual([
      ': event "1" of dependency "push" has no "body.absent"',
    ])
  })

  test("of several kinds the first counts: k8s, argoWorkflow, http, log, function", () => {
    const every = { http: { url }, log: {}, function: { name: "f" } }
    const source = { resource: {} }
    const type = (template: object) => (build(aTrigger("t", template)) as { type: string }).type
    expect(type({ ...every, k8s: { source }, argoWorkflow: { source } })).toBe("Kubernetes")
    expect(type({ ...every, argoWorkflow: { source } })).toBe("Submit")
    expect(type(every)).toBe("Http")
    expect(type({ log: {}, function: { name: "f" } })).toBe("Log")
  })

  test("nothing to do is refused, with the trigger's name", () => {
    const wanted = "expected k8s, argoWorkflow, http or log"
    expect(build(aTrigger("t", {}))).toEqual([
      `template: trigger "t" says nothing to do; ${wanted}`,
    ])
    expect(build({})).toEqual([`template: trigger "" says nothing to do; ${wanted}`])
  })
})
