interface Frame {
  readonly path: string
  /** Keys so far; absent for a list. */
  readonly keys: Set<string> | undefined
  key: string
  index: number
}

function placeOf(frame: Frame | undefined): string {
  if (frame === undefined) return ""
  if (frame.keys === undefined) return `${frame.path}[${frame.index}]`
  return frame.path === "" ? frame.key : `${frame.path}.${frame.key}`
}

/** The end of the JSON text that starts at a quote. */
function endOfText(json: string, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== '"') at += json[at] === "\\" ? 2 : 1
  return at
}

/**
 * The paths of fields that a JSON text has twice, of which a parser keeps the last: `metadata.name`,
 * `spec.containers[0].image`. The text has to be JSON.
 */
export function duplicateFields(json: string): readonly string[] {
  const stack: Frame[] = []
  const found: string[] = []
  let isKey = false
  for (let at = 0; at < json.length; at++) {
    const top = stack.at(-1)
    switch (json[at]) {
      case "{":
        stack.push({ path: placeOf(top), keys: new Set(), key: "", index: 0 })
        isKey = true
        break
      case "[":
        stack.push({ path: placeOf(top), keys: undefined, key: "", index: 0 })
        isKey = false
        break
      case "}":
      case "]":
        stack.pop()
        isKey = false
        break
      case ",":
        if (top?.keys === undefined && top !== undefined) top.index++
        isKey = top?.keys !== undefined
        break
      case '"': {
        const end = endOfText(json, at)
        if (isKey && top?.keys !== undefined) {
          const quoted = json.slice(at, end + 1)
          top.key = quoted.includes("\\") ? String(JSON.parse(quoted)) : quoted.slice(1, -1)
          if (top.keys.has(top.key)) found.push(placeOf(top))
          top.keys.add(top.key)
          isKey = false
        }
        at = end
        break
      }
      default:
    }
  }
  return found
}
