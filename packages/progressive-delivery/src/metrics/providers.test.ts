import { epochMs } from "@argo-ts/kernel"
import type { HttpClient, HttpRequest, HttpResponse } from "@argo-ts/kernel/http"
import { describe, expect, test } from "vitest"
import type { MetricProviderSpec } from "../api/metric-provider.js"
import { createPrometheusProvider } from "./prometheus.js"
import { createWebProvider } from "./web.js"

function answering(status: number, text: string, seen: HttpRequest[] = []): HttpClient {
  return {
    async request(request) {
      seen.push(request)
      const response: HttpResponse = {
        status,
        headers: {},
        body: new Uint8Array(),
        text: () => text,
      }
      return response
    },
  }
}

const ask = (provider: MetricProviderSpec) => ({ metric: "m", provider, now: epochMs(90_500) })

describe("web", () => {
  const web = { url: "http://x/metrics" }
  test.each([
    [200, '{"a":{"b":[1,2]}}', "{$.a.b[1]}", { type: "Value", value: 2 }],
    [200, "fine", undefined, { type: "Value", value: "fine" }],
    [200, '{"a":1}', undefined, { type: "Value", value: { a: 1 } }],
    [503, "no", undefined, { type: "Failure", message: "received non 2xx response code: 503" }],
  ])("%i %s at %s", async (...[status, text, jsonPath, expected]) => {
    const metric = jsonPath === undefined ? web : { ...web, jsonPath }
    const { result } = await createWebProvider(answering(status, text)).measure(
      ask({ web: metric }),
    )
    expect(result).toEqual(expected)
  })

  test("sends what the manifest says", async () => {
    const seen: HttpRequest[] = []
    const headers = [{ key: "X-Token", value: "t" }]
    const metric = {
      ...web,
      method: "POST" as const,
      headers,
      jsonBody: { a: 1 },
      timeoutSeconds: 3,
    }
    await createWebProvider(answering(200, "{}", seen)).measure(ask({ web: metric }))
    expect(seen).toEqual([
      {
        method: "POST",
        url: "http://x/metrics",
        headers: { "X-Token": "t", "Content-Type": "application/json" },
        timeoutMs: 3000,
        body: '{"a":1}',
      },
    ])
  })

  test("a server that does not answer is a failure, not an exception", async () => {
    const http: HttpClient = { request: () => Promise.reject(new Error("no answer from http://x")) }
    const { result } = await createWebProvider(http).measure(ask({ web }))
    expect(result).toEqual({ type: "Failure", message: "no answer from http://x" })
  })
})

describe("prometheus", () => {
  const data = (resultType: string, result: unknown): string =>
    JSON.stringify({ status: "success", data: { resultType, result } })
  test.each([
    [
      data("vector", [
        { metric: {}, value: [1, "0.5"] },
        { metric: {}, value: [1, "NaN"] },
      ]),
      { type: "Vector", numbers: ["0.5", "NaN"] },
    ],
    [data("vector", []), { type: "Vector", numbers: [] }],
    [data("scalar", [1, "3"]), { type: "Scalar", number: "3" }],
    [
      data("matrix", [
        {
          values: [
            [1, "1"],
            [2, "2"],
          ],
        },
        { values: [[1, "3"]] },
      ]),
      { type: "Vector", numbers: ["1", "2", "3"] },
    ],
    [
      JSON.stringify({ status: "error", errorType: "bad_data", error: "parse error" }),
      { type: "Failure", message: "bad_data: parse error" },
    ],
    ["<html>", { type: "Failure", message: "Prometheus answered 200, and no JSON" }],
  ])("%s", async (text, expected) => {
    const provider = createPrometheusProvider({ http: answering(200, text) })
    const { result } = await provider.measure(
      ask({ prometheus: { address: "http://p/", query: "q" } }),
    )
    expect(result).toEqual(expected)
  })

  test("asks for the instant of the clock, and keeps warnings", async () => {
    const seen: HttpRequest[] = []
    const text = JSON.stringify({
      status: "success",
      warnings: ["slow"],
      data: { resultType: "scalar", result: [1, "3"] },
    })
    const provider = createPrometheusProvider({
      http: answering(200, text, seen),
      address: "http://default:9090",
    })
    const { metadata } = await provider.measure(ask({ prometheus: { query: 'sum(x{a="b"})' } }))
    expect(seen[0]?.url).toBe(
      "http://default:9090/api/v1/query?query=sum%28x%7Ba%3D%22b%22%7D%29&time=90.5",
    )
    expect(metadata).toEqual({ warnings: "slow" })
    const nowhere = createPrometheusProvider({ http: answering(200, text) })
    expect((await nowhere.measure(ask({ prometheus: { query: "q" } }))).result).toMatchObject({
      type: "Failure",
    })
  })
})
