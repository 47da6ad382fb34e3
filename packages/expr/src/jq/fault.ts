import { encodeJson, preview, typePreview } from "./encode.js"
import type { JqValue } from "./value.js"

/**
 * An error of the running program: `try` may catch it. Not an `Error`: programs throw in loops, and a stack costs more
 * than the step that failed.
 */
export class JqError {
  readonly #message: string | (() => string)
  readonly #value: JqValue | undefined
  /** The message, or what makes it: most errors are dropped by `?` unread. */
  constructor(message: string | (() => string), value?: JqValue) {
    this.#message = message
    this.#value = value
  }
  get message(): string {
    return typeof this.#message === "string" ? this.#message : this.#message()
  }
  /** What `catch` receives: the value given to `error`, else the message. */
  get value(): JqValue {
    return this.#value === undefined ? this.message : this.#value
  }
}

/** `halt` and `halt_error`: nothing catches it. */
export class Halt {
  readonly message: string
  constructor(value: JqValue) {
    this.message = `halt error: ${typeof value === "string" ? value : encodeJson(value)}`
  }
}

/** `break $label`: unwinds to the activation of the label. */
export class Break {
  readonly target: object
  constructor(target: object) {
    this.target = target
  }
}

/** `error(value)`. */
export function raised(value: JqValue): JqError {
  return new JqError(() => `error: ${typeof value === "string" ? value : encodeJson(value)}`, value)
}

/** A function and its arguments, as messages show a call. */
export function callText(name: string, args: readonly JqValue[]): string {
  return args.length === 0 ? name : `${name}(${args.map(preview).join("; ")})`
}

/** A function met an input that it has no meaning for. */
export function inapplicable(name: string, input: JqValue, args: readonly JqValue[] = []): JqError {
  return new JqError(() => `${callText(name, args)} cannot be applied to: ${typePreview(input)}`)
}

/** A function failed on an input of the right kind, for a reason. */
export function failedOn(
  name: string,
  input: JqValue,
  args: readonly JqValue[],
  reason: string,
): JqError {
  return new JqError(
    () => `${callText(name, args)} cannot be applied to ${preview(input)}: ${reason}`,
  )
}

/** An object was needed. */
export function noObject(value: JqValue): JqError {
  return new JqError(() => `expected an object but got: ${typePreview(value)}`)
}

/** An array was needed. */
export function noArray(value: JqValue): JqError {
  return new JqError(() => `expected an array but got: ${typePreview(value)}`)
}

/** A path expression made a value instead of selecting one. */
export function noPath(value: JqValue): JqError {
  return new JqError(() => `invalid path against: ${typePreview(value)}`)
}
