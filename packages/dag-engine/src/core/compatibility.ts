/**
 * Where upstream does what its users report as a bug, this engine does what they ask for. Each field that is true does as
 * upstream does instead. It belongs to the run: give a reopened run the same. Default: none.
 */
export interface Compatibility {
  /** The exit hook of the workflow runs whatever its `expression` says. Otherwise it runs where it holds. */
  readonly exitHookIgnoresExpression?: boolean
  /** A retry with a back-off and no `limit` is made at once. Otherwise it waits. */
  readonly backoffNeedsLimit?: boolean
  /** What follows a retried or looped task is attached to its hooks as well. Otherwise to its attempts and items only. */
  readonly hooksAreOutbound?: boolean
  /** A loop with a result that is no JSON has no aggregate: who asks for it fails. Otherwise such a result is a text. */
  readonly textResultsFail?: boolean
  /** What names an output that can never appear waits for it. Otherwise it fails. */
  readonly missingReferencesWait?: boolean
  /** A value with characters that Go quotes and JSON does not know fails who uses it. Otherwise it is inserted as it is. */
  readonly controlCharactersFail?: boolean
}

/** Every {@link Compatibility} at once: what upstream does, bugs included. */
export const upstreamCompatibility: Required<Compatibility> = {
  exitHookIgnoresExpression: true,
  backoffNeedsLimit: true,
  hooksAreOutbound: true,
  textResultsFail: true,
  missingReferencesWait: true,
  controlCharactersFail: true,
}

/** Controls that Go's `strconv.Quote` and JSON write alike: \b \t \n \f \r. */
const shared: ReadonlySet<number> = new Set([8, 9, 10, 12, 13])

/** Why upstream cannot insert a value into the JSON of a template; `undefined` where it can. */
export function quotingFault(value: string): string | undefined {
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index)
    if ((code > 31 && code !== 127) || shared.has(code)) continue
    const escape = code === 7 ? "a" : code === 11 ? "v" : "x"
    return `invalid character '${escape}' in string escape code`
  }
  return undefined
}

/** Why upstream cannot read a result as JSON; `undefined` where it can. */
export function resultFault(text: string): string | undefined {
  try {
    JSON.parse(text)
    return undefined
  } catch {
    const [first = ""] = text.trim()
    return first === ""
      ? "unexpected end of JSON input"
      : `invalid character '${first}' looking for beginning of value`
  }
}

/** True for a message by which upstream tells that a step is to be tried again: it goes by these very words. */
export function isPutOff(message: string): boolean {
  return /failed to resolve \{\{| is missing|variable not in env/.test(message)
}
