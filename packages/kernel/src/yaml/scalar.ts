/** What a plain scalar means, or that Go's JSON cannot hold it. */
export type ResolvedScalar =
  | { readonly ok: true; readonly value: null | boolean | number | string }
  | { readonly ok: false }

const words: ReadonlyMap<string, null | boolean> = new Map<string, null | boolean>([
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
  ...["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"].map(
    (word) => [word, true] as const,
  ),
  ...["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map(
    (word) => [word, false] as const,
  ),
])
const notFinite = /^(?:\.nan|\.NaN|\.NAN|[+-]?\.(?:inf|Inf|INF))$/
const integer = /^([+-]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))$/
const float = /^[+-]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][+-]?[0-9]+)?$/

/**
 * Reads an unquoted, untagged scalar as Go's YAML does on its way to JSON: `yes`, `on` and `y` are booleans, `0644`
 * is 420, `1_000` is 1000, dates stay text, `.inf` is refused. Integers beyond 2^53 lose their last digits.
 */
export function resolvePlainScalar(text: string): ResolvedScalar {
  const word = words.get(text)
  if (word !== undefined) return { ok: true, value: word }
  if (notFinite.test(text)) return { ok: false }
  return { ok: true, value: /^[-+.0-9]/.test(text) ? (readNumber(text) ?? text) : text }
}

/** The number a plain scalar spells, if it spells one. */
export function readNumber(text: string): number | undefined {
  const digits = text.replaceAll("_", "")
  const match = integer.exec(digits)
  if (match !== null) {
    const [, sign, hexadecimal, binary, octal, decimal] = match
    const amount =
      hexadecimal !== undefined
        ? Number.parseInt(hexadecimal, 16)
        : binary !== undefined
          ? Number.parseInt(binary, 2)
          : octal !== undefined
            ? Number.parseInt(octal, 8)
            : Number(decimal)
    // Adding zero turns -0 into 0, which is what an integer's JSON says.
    return (sign === "-" ? -amount : amount) + 0
  }
  if (!float.test(digits)) return undefined
  const value = Number(digits)
  return Number.isFinite(value) ? value + 0 : undefined
}
