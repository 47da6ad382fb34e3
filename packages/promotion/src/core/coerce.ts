import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  ok,
  own,
  type Result,
} from "@argo-ts/kernel"
import { type Field, type Shape, stepShapes } from "../api/step-schemas.js"
import { type Evaluation, evaluateConfig, evaluateText } from "./evaluate.js"

const isText: ReadonlySet<Field["type"]> = new Set(["text", "path", "duration", "expression"])

/** The text that a template rendered, where reading it as a number, a boolean or JSON was not wanted. */
function rendered(source: JsonValue, value: JsonValue, evaluation: Evaluation): JsonValue {
  // Nil is what a missing output gives: that stays an error.
  if (typeof source !== "string" || typeof value === "string" || value === null) return value
  // In quotes a template gives the text between them, whatever it looks like.
  const quoted = evaluateText(`"${source}"`, evaluation)
  return quoted.ok ? quoted.value : value
}

/** Descends along the shapes of steps, which are five levels deep. */
function coerce(
  source: JsonValue | undefined,
  value: JsonValue,
  field: Field,
  evaluation: Evaluation,
): JsonValue {
  if (source === undefined) return value
  if (isText.has(field.type)) return rendered(source, value, evaluation)
  const { shape, items } = field
  if (Array.isArray(value) && Array.isArray(source)) {
    const inner: Field = items ?? { type: "mapping", ...(shape === undefined ? {} : { shape }) }
    return value.map((each: JsonValue, index) =>
      coerce(source[index] as JsonValue | undefined, each, inner, evaluation),
    )
  }
  if (shape === undefined || !isJsonObject(value) || !isJsonObject(source)) return value
  return coerceFields(source, value, shape, evaluation)
}

function coerceFields(
  source: JsonObject,
  value: JsonObject,
  { fields }: Shape,
  evaluation: Evaluation,
): JsonObject {
  const entries = Object.entries(value).map(([name, each]) => {
    const field = own(fields, name)
    const from = own(source, name)
    return [name, field === undefined ? each : coerce(from, each, field, evaluation)] as const
  })
  return Object.fromEntries(entries)
}

/**
 * The configuration of a step, evaluated. Where the step wants a text, a text is what it gets.
 *
 * Differs from Kargo: a tag such as `1.10`, or a commit such as `12e45`, stays what it is there; upstream reads it as
 * a number, and the step then refuses it unless it stands in `quote()`.
 */
export function evaluateStepConfig(
  uses: string,
  config: JsonValue,
  evaluation: Evaluation,
): Result<JsonObject> {
  const evaluated = evaluateConfig(config, evaluation)
  const shape = own(stepShapes, uses)
  if (!evaluated.ok || shape === undefined || shape === "open" || !isJsonObject(config))
    return evaluated
  return ok(coerceFields(config, evaluated.value, shape, evaluation))
}
