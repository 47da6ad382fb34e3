/** Where the bracket that opens at `start` closes, outside quotes; -1 where it does not. */
export function closing(text: string, start: number): number {
  const pairs: { readonly [open: string]: string } = { "[": "]", "(": ")" }
  const waiting: string[] = []
  for (let at = start; at < text.length; at++) {
    const char = text[at] as string
    if (char === "'" || char === '"') {
      at = endOfQuoted(text, at)
      if (at < 0) return -1
    } else if (Object.hasOwn(pairs, char)) waiting.push(pairs[char] as string)
    else if (char === "]" || char === ")") {
      if (waiting.pop() !== char) return -1
      if (waiting.length === 0) return at
    }
  }
  return -1
}

/** Where the quote that opens at `start` closes; -1 where it does not. */
export function endOfQuoted(text: string, start: number): number {
  const quote = text[start]
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++
    else if (text[at] === quote) return at
  }
  return -1
}
