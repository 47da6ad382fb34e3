import { isJsonObject, type JsonValue, own, thrownText } from "@argo-ts/kernel"
import type { HttpClient } from "@argo-ts/kernel/http"
import type { MeasuredResult } from "../core/analysis/measured.js"
import { failure, type MetricAnswer, type MetricProvider } from "./metric-provider.js"

const timeoutDefaultSeconds = 30

/** How queries are sent. */
export interface PrometheusOptions {
  readonly http: HttpClient
  /** For metrics that name no address. Upstream takes it from the environment of the controller. */
  readonly address?: string
}

function sampleOf(value: unknown): string | undefined {
  const number: unknown = Array.isArray(value) ? value[1] : undefined
  return typeof number === "string" || typeof number === "number" ? String(number) : undefined
}

function itemsOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : []
}

/** Scalar, vector or matrix; the samples of a matrix in one list (spec/rollouts §1.8). */
function resultOf(type: JsonValue | undefined, result: JsonValue | undefined): MeasuredResult {
  if (type === "scalar") {
    const number = sampleOf(result)
    return number === undefined
      ? { type: "Failure", message: "the scalar has no value" }
      : { type: "Scalar", number }
  }
  if (type === "vector" || type === "matrix") {
    const samples = itemsOf(result).flatMap((series): readonly JsonValue[] => {
      if (!isJsonObject(series)) return []
      return type === "vector" ? [own(series, "value") ?? null] : itemsOf(own(series, "values"))
    })
    return {
      type: "Vector",
      numbers: samples.map(sampleOf).filter((sample) => sample !== undefined),
    }
  }
  return {
    type: "Failure",
    message: `Prometheus metric type not supported: ${JSON.stringify(type)}`,
  }
}

function answerOf(text: string, status: number): MetricAnswer {
  let document: JsonValue
  try {
    document = JSON.parse(text) as JsonValue
  } catch {
    return failure(`Prometheus answered ${status}, and no JSON`)
  }
  if (!isJsonObject(document)) return failure(`Prometheus answered ${status}, and no JSON object`)
  if (own(document, "status") !== "success") {
    const kind = own(document, "errorType")
    const why = own(document, "error")
    return failure(
      `${typeof kind === "string" ? kind : `status ${status}`}: ${typeof why === "string" ? why : "the query failed"}`,
    )
  }
  const data = own(document, "data")
  if (!isJsonObject(data)) return failure("Prometheus answered without data")
  const warnings = itemsOf(own(document, "warnings")).filter((each) => typeof each === "string")
  const result = resultOf(own(data, "resultType"), own(data, "result"))
  return warnings.length === 0
    ? { result }
    : { result, metadata: { warnings: warnings.join(", ") } }
}

/** Measures by instant queries (spec/rollouts §1.8, `prometheus`), asked for the virtual or real instant of the clock. */
export function createPrometheusProvider(options: PrometheusOptions): MetricProvider {
  return {
    async measure({ metric, provider, now }) {
      const { prometheus } = provider
      if (prometheus === undefined)
        return failure(`metric "${metric}" is not measured by Prometheus`)
      const address = prometheus.address ?? options.address
      if (address === undefined) return failure("prometheus address is not configured")
      const query = new URLSearchParams({ query: prometheus.query, time: String(now / 1000) })
      try {
        const response = await options.http.request({
          url: `${address.replace(/\/+$/, "")}/api/v1/query?${query.toString()}`,
          headers: Object.fromEntries(
            (prometheus.headers ?? []).map(({ key, value }) => [key, value]),
          ),
          timeoutMs: (prometheus.timeout ?? timeoutDefaultSeconds) * 1000,
        })
        return answerOf(response.text(), response.status)
      } catch (error) {
        return failure(thrownText(error))
      }
    },
  }
}
