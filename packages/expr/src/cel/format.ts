/** An instant as the interpreter has it. */
export interface CelTime {
  getTime(): number
  toISOString(): string
}

/** True for an instant. */
export function isCelTime(value: unknown): value is CelTime {
  return typeof value === "object" && value !== null && "getTime" in value
}

/** `"%s is %d".format(["a", 1])`: texts, whole numbers, fixed and hexadecimal ones, and `%%`. */
export function formatText(template: string, values: readonly unknown[]): string {
  let next = 0
  return template.replaceAll(/%(?:\.(\d{1,2}))?(.)/g, (_all, precision: string, verb: string) => {
    if (verb === "%") return "%"
    if (next >= values.length) throw new Error(`index ${next} out of range`)
    return formatOne(values[next++], verb, precision === undefined ? 6 : Number(precision))
  })
}

function formatOne(value: unknown, verb: string, precision: number): string {
  switch (verb) {
    case "s":
      return textOf(value)
    case "d":
      if (typeof value === "bigint") return String(value)
      break
    case "f":
      if (typeof value === "number" || typeof value === "bigint") {
        return Number(value).toFixed(precision)
      }
      break
    case "x":
    case "X": {
      if (typeof value !== "bigint") break
      const text = value.toString(16)
      return verb === "x" ? text : text.toUpperCase()
    }
    default:
      throw new Error(`unrecognized formatting clause "%${verb}"`)
  }
  throw new Error(`the formatting clause "%${verb}" does not take a ${typeof value}`)
}

function textOf(value: unknown): string {
  if (isCelTime(value)) return value.toISOString()
  if (Array.isArray(value)) return `[${value.map(textOf).join(", ")}]`
  if (typeof value !== "object" || value === null) return String(value)
  const entries = Object.entries(value).map(([key, item]) => `${key}: ${textOf(item)}`)
  return `{${entries.toSorted().join(", ")}}`
}
