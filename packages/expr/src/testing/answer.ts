import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Result,
  thrownText,
} from "@argo-ts/kernel"
import { type EvaluateOptions, type ExprIssue, Fault, issueOfThrown } from "../issue.js"
import { typeOf, type Value } from "../values/value.js"
import { systemZones } from "../zones/index.js"
import { createDecoder } from "./decode.js"
import { encodeValue } from "./encode.js"
import { recordedFunctions, recordedMethods } from "./functions.js"

/** What a row came to: a value with its Go types, or why there is none. */
export type Answer =
  | {
      readonly ok: true
      readonly value: JsonValue
      readonly type?: string
      /** What else a language says of it: a canonical form, the raw text of a path. */
      readonly more?: JsonObject
    }
  | { readonly ok: false; readonly error: string; readonly phase?: string }

/** Everything that rows of one run share. */
export interface AnswerContext {
  /** Environments by name, as recorded (`--env`). */
  readonly environment: (name: string) => Value
  /** Documents that rows before this one have named. */
  readonly documents: ReadonlyMap<string, JsonValue | string>
  /** Values that rows before this one have named: `@std`, `@wf`, `@kargo`. */
  readonly named: ReadonlyMap<string, JsonValue>
  readonly decode: (value: JsonValue) => Value
  readonly options: EvaluateOptions
}

/** Answers a row of one language. */
export type RowLanguage = (row: JsonObject, context: AnswerContext) => Answer

/** An answer that is plain JSON. */
export function value(json: JsonValue): Answer {
  return { ok: true, value: json }
}

/** An answer that there is none. */
export function refused(message: string): Answer {
  return { ok: false, error: message }
}

/** The instant of recorded evaluations. */
export const recordedNow = 1_700_000_000_000

/** A text field of a row. */
export function textOf(row: JsonObject, field: string): string {
  const value = row[field]
  if (typeof value === "string") return value
  throw new Fault(`expected a text in ${field}, found ${JSON.stringify(value) ?? "nothing"}`)
}

/** An answer from what a program came to. */
export function answerOf(result: Result<Value, ExprIssue>): Answer {
  if (!result.ok) return failureOf(result.issues)
  const { value } = result
  return { ok: true, value: encodeValue(value), type: typeOf(value).name }
}

/** An answer that is plain JSON already. */
export function plainAnswer(result: Result<JsonValue, ExprIssue>): Answer {
  return result.ok ? { ok: true, value: result.value } : failureOf(result.issues)
}

function failureOf(issues: readonly ExprIssue[]): Answer {
  const [issue] = issues
  return { ok: false, error: issue?.message ?? "", ...(issue && { phase: issue.phase }) }
}

/** An answer to any row: what is thrown becomes an error of the row. */
export function guarded(answer: () => Answer): Answer {
  try {
    return answer()
  } catch (thrown) {
    // A row that makes no sense ends itself, not the batch.
    const isOurs = thrown instanceof Fault || thrown instanceof RangeError
    if (!isOurs) return { ok: false, error: thrownText(thrown) }
    return failureOf([issueOfThrown(thrown, "")])
  }
}

/** Reads recorded environments: names → values with their Go types. */
export function environmentsOf(recorded: JsonValue): (name: string) => Value {
  const known = new Map<string, Value>()
  return (name) => {
    const found = known.get(name)
    if (found !== undefined) return found
    if (!isJsonObject(recorded) || !Object.hasOwn(recorded, name)) {
      throw new Fault(`no environment is called ${name}`)
    }
    const value = createDecoder(recordedFunctions, recordedMethods)(recorded[name] ?? null)
    known.set(name, value)
    return value
  }
}

/** What evaluations of rows know: a fixed instant, and the runtime's time zones. */
export const recordedOptions: EvaluateOptions = {
  now: recordedNow as EvaluateOptions["now"] & number,
  zones: systemZones,
}
