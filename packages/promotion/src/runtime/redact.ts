import { isJsonObject, type JsonValue, recordOf, redactText } from "@argo-ts/kernel"
import type { StepOutcome } from "../core/step-outcome.js"

function redactJson(value: JsonValue, secrets: readonly string[]): JsonValue {
  if (typeof value === "string") return redactText(value, secrets)
  // Outputs went through JSON already: they nest no deeper than what made them.
  if (Array.isArray(value)) return value.map((item: JsonValue) => redactJson(item, secrets))
  if (!isJsonObject(value)) return value
  return recordOf(Object.entries(value).map(([key, item]) => [key, redactJson(item, secrets)]))
}

/** An outcome as it may stand in a status: without the values of Secrets, however the step came to show them. */
export function redactOutcome(outcome: StepOutcome, secrets: Iterable<string>): StepOutcome {
  // Shorter ones would blot out innocent text, as in the logger.
  const known = [...secrets].filter((secret) => secret.length >= 4)
  if (known.length === 0) return outcome
  const { message, output } = outcome
  return {
    ...outcome,
    ...(message === undefined ? {} : { message: redactText(message, known) }),
    ...(output === undefined ? {} : { output: redactJson(output, known) }),
  }
}
