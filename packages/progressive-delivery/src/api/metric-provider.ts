import type { JsonObject, JsonValue } from "@argo-ts/kernel"

/** `provider` of a metric: exactly one field. */
export interface MetricProviderSpec {
  /** A query to Prometheus. */
  readonly prometheus?: PrometheusMetric
  /** An HTTP request whose answer is judged. */
  readonly web?: WebMetric
  /** @unsupported metrics from Jobs are not built yet */
  readonly job?: JsonObject
  /** @unsupported this provider is not built yet */
  readonly kayenta?: JsonObject
  /** @unsupported this provider is not built yet */
  readonly datadog?: JsonObject
  /** @unsupported this provider is not built yet */
  readonly newRelic?: JsonObject
  /** @unsupported this provider is not built yet */
  readonly wavefront?: JsonObject
  /** @unsupported this provider is not built yet */
  readonly cloudWatch?: JsonObject
  /** @unsupported this provider is not built yet */
  readonly graphite?: JsonObject
  /** @unsupported this provider is not built yet */
  readonly influxdb?: JsonObject
  /** @unsupported this provider is not built yet */
  readonly skywalking?: JsonObject
  /** @unsupported metric plugins are not built yet */
  readonly plugin?: JsonObject
}

/** `provider.prometheus`. The result is a number (scalar) or a list of numbers (vector). */
export interface PrometheusMetric {
  /** Base URL of the server. Default: the one the controller was given. */
  readonly address?: string
  /** PromQL, asked for the instant of the measurement. */
  readonly query: string
  /** Seconds. Default 30. */
  readonly timeout?: number
  readonly headers?: readonly MetricHeader[]
  /** @unsupported unverified TLS is refused */
  readonly insecure?: boolean
  /** @unsupported signed and OAuth requests are not built yet; use `headers` */
  readonly authentication?: JsonObject
  /** @unsupported range queries are not built yet */
  readonly rangeQuery?: JsonObject
}

/** `provider.web`. The result is the first value `jsonPath` finds in the answer, or its text. */
export interface WebMetric {
  /** Default GET. */
  readonly method?: "GET" | "POST" | "PUT"
  readonly url: string
  readonly headers?: readonly MetricHeader[]
  /** Text to send; not with GET. */
  readonly body?: string
  /** JSON to send; not with GET, and not together with `body`. */
  readonly jsonBody?: JsonValue
  /** Default 10. */
  readonly timeoutSeconds?: number
  /** Where the value is: Kubernetes' JSONPath. Default `{$}`. */
  readonly jsonPath?: string
  /** @unsupported unverified TLS is refused */
  readonly insecure?: boolean
  /** @unsupported OAuth requests are not built yet; use `headers` */
  readonly authentication?: JsonObject
}

/** One HTTP header. */
export interface MetricHeader {
  readonly key: string
  readonly value: string
}
