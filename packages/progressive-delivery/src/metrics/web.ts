import { type JsonValue, thrownText } from "@argo-ts/kernel"
import type { HttpClient, HttpResponse } from "@argo-ts/kernel/http"
import type { WebMetric } from "../api/metric-provider.js"
import { firstAtPath } from "../core/analysis/json-path.js"
import { failure, type MetricAnswer, type MetricProvider } from "./metric-provider.js"

const timeoutDefaultSeconds = 10

function bodyOf(web: WebMetric): { readonly body?: string; readonly type?: string } {
  if (web.jsonBody !== undefined)
    return { body: JSON.stringify(web.jsonBody), type: "application/json" }
  return web.body === undefined ? {} : { body: web.body }
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return undefined
  }
}

/** Reads an answer: JSON at the path, or the text itself where it is no JSON. */
function answerOf(web: WebMetric, response: HttpResponse): MetricAnswer {
  if (response.status < 200 || response.status >= 300) {
    return failure(`received non 2xx response code: ${response.status}`)
  }
  const text = response.text()
  const document = parseJson(text)
  if (document === undefined) return { result: { type: "Value", value: text } }
  const found = firstAtPath(document, web.jsonPath ?? "{$}")
  return found.ok
    ? { result: { type: "Value", value: found.value } }
    : failure(found.issues.map(({ message }) => message).join("; "))
}

/** Measures by HTTP requests (spec/rollouts §1.8, `web`). */
export function createWebProvider(http: HttpClient): MetricProvider {
  return {
    async measure({ metric, provider }) {
      const { web } = provider
      if (web === undefined) return failure(`metric "${metric}" is not measured by web requests`)
      const { body, type } = bodyOf(web)
      const headers = new Map((web.headers ?? []).map(({ key, value }) => [key, value]))
      const hasType = [...headers.keys()].some((key) => key.toLowerCase() === "content-type")
      if (type !== undefined && !hasType) headers.set("Content-Type", type)
      try {
        const response = await http.request({
          method: web.method ?? "GET",
          url: web.url,
          headers: Object.fromEntries(headers),
          timeoutMs: (web.timeoutSeconds ?? timeoutDefaultSeconds) * 1000,
          ...(body === undefined ? {} : { body }),
        })
        return answerOf(web, response)
      } catch (error) {
        return failure(thrownText(error))
      }
    },
  }
}
