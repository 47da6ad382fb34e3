import type { EpochMs } from "@argo-ts/kernel"
import type { MetricProviderSpec } from "../api/metric-provider.js"
import type { MeasuredResult } from "../core/analysis/measured.js"

/** One question to a provider: all arguments filled in, Secrets included. */
export interface MetricQuestion {
  readonly metric: string
  readonly provider: MetricProviderSpec
  readonly now: EpochMs
}

/** What a provider answered. */
export interface MetricAnswer {
  readonly result: MeasuredResult
  /** Facts about the measurement, such as warnings of the server. */
  readonly metadata?: { readonly [key: string]: string }
}

/** Measures. Never rejects for what the outside answers: that is a result of type `Failure`. */
export interface MetricProvider {
  measure(question: MetricQuestion): Promise<MetricAnswer>
}

/** One provider for each field of `provider` that is supported. */
export interface MetricProviders {
  readonly web: MetricProvider
  readonly prometheus: MetricProvider
}

/** A failed measurement. */
export function failure(message: string): MetricAnswer {
  return { result: { type: "Failure", message } }
}
