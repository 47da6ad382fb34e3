import type { EpochMs, JsonValue } from "@argo-ts/kernel"

/**
 * What a provider answered. Numbers of Prometheus stay text, because `NaN` and `+Inf` are legal there and JSON has no
 * words for them.
 */
export type MeasuredResult =
  | { readonly type: "Value"; readonly value: JsonValue }
  | { readonly type: "Scalar"; readonly number: string }
  | { readonly type: "Vector"; readonly numbers: readonly string[] }
  | { readonly type: "Failure"; readonly message: string }

/** One measurement that was taken. */
export interface Measured {
  /** Of the action that asked for it. */
  readonly key: string
  readonly startedAt: EpochMs
  readonly finishedAt: EpochMs
  readonly result: MeasuredResult
  /** Facts about the measurement itself, such as warnings of the server. */
  readonly metadata?: { readonly [key: string]: string }
}

/** Facts an AnalysisRun's decision depends on. */
export interface ObservedAnalysisRun {
  /** Answers to proposed measurements, in any order; unknown keys are ignored. */
  readonly measured: readonly Measured[]
}

/** A number as Prometheus writes it. */
export function prometheusNumber(text: string): number {
  if (text === "+Inf" || text === "Inf") return Number.POSITIVE_INFINITY
  if (text === "-Inf") return Number.NEGATIVE_INFINITY
  return text === "NaN" || text.trim() === "" ? Number.NaN : Number(text)
}

function numberText(text: string): string {
  const number = prometheusNumber(text)
  if (Number.isNaN(number)) return "NaN"
  if (!Number.isFinite(number)) return number > 0 ? "+Inf" : "-Inf"
  return String(number)
}

/** What `result` is in conditions. */
export function resultValue(result: MeasuredResult): ResultValue {
  switch (result.type) {
    case "Value":
      return result.value
    case "Scalar":
      return prometheusNumber(result.number)
    case "Vector":
      return result.numbers.map(prometheusNumber)
    default:
      return null
  }
}

/** A result as conditions read it: JSON, except that its numbers may be infinite or not a number. */
export type ResultValue = JsonValue

/** The text that is recorded as the measurement's `value`. */
export function resultText(result: MeasuredResult): string | undefined {
  switch (result.type) {
    case "Value":
      return typeof result.value === "string" ? result.value : JSON.stringify(result.value)
    case "Scalar":
      return numberText(result.number)
    case "Vector":
      return `[${result.numbers.map(numberText).join(",")}]`
    default:
      return undefined
  }
}
