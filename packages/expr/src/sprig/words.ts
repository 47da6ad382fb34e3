const wordPieces = /\p{Lu}+(?=\p{Lu}\p{Ll})|\p{Lu}?\p{Ll}+|\p{Lu}+|\p{Nd}+|[^\p{Lu}\p{Ll}\p{Nd}]/gu
const connector = /^[\s_-]$/u

/**
 * The words of an identifier in lower case, joined: `HTTPServer2xx` is `http_server_2xx`. Digits begin a word where small
 * letters follow, and else end the one before; each blank, `_` and `-` becomes one connector.
 */
export function joinWords(text: string, joint: string): string {
  const pieces = text.match(wordPieces) ?? []
  let joined = ""
  let isOpen = false
  let isNumber = false
  for (const [index, piece] of pieces.entries()) {
    const isDigits = /^\p{Nd}/u.test(piece)
    if (connector.test(piece)) {
      joined += joint
      isOpen = false
      isNumber = false
      continue
    }
    const isLow = /^\p{Ll}/u.test(piece)
    const startsNumber = isDigits && /^\p{Ll}/u.test(pieces[index + 1] ?? "")
    const isGlued: boolean = isNumber ? isDigits || isLow : isDigits && !startsNumber
    if (isOpen && !isGlued && /[\p{L}\p{Nd}]/u.test(piece)) joined += joint
    joined += piece.toLowerCase()
    isOpen = true
    isNumber = isGlued ? isNumber : startsNumber
  }
  return joined
}

/** `first_name` is `FirstName`; what is large stays so. Connectors at the ends, and doubled ones, stay. */
export function pascalCase(text: string): string {
  const inner = text.replace(
    /([^\s_-])[\s_-](?=[^\s_-])(.)/gu,
    (_, before: string, after: string) => before + after.toUpperCase(),
  )
  return inner.replace(
    /^([\s_-]*)(\p{L})/u,
    (_, lead: string, first: string) => lead + first.toUpperCase(),
  )
}

/** Wraps a text at blanks, as sprig's `wrap` and `wrapWith`; long words are cut only by the latter. */
export function wrapWords(
  text: string,
  {
    width,
    joint,
    cutsWords,
  }: { readonly width: number; readonly joint: string; readonly cutsWords: boolean },
): string {
  const size = Math.max(width, 1)
  let wrapped = ""
  let at = 0
  while (text.length - at > size) {
    if (text[at] === " ") {
      at++
      continue
    }
    const blank = text.lastIndexOf(" ", at + size)
    if (blank >= at) {
      wrapped += text.slice(at, blank) + joint
      at = blank + 1
    } else if (cutsWords) {
      wrapped += text.slice(at, at + size) + joint
      at += size
    } else {
      const next = text.indexOf(" ", at + size)
      wrapped += next < 0 ? text.slice(at) : text.slice(at, next) + joint
      at = next < 0 ? text.length : next + 1
    }
  }
  return wrapped + text.slice(at)
}

/** As Go's `strings.Title`: the letter behind anything but a letter, digit, `_` or `'`… grows. */
export function titleCase(text: string): string {
  return text.replace(/(^|[^\p{L}\p{Nd}_])(\p{L})/gu, (_, before: string, letter: string) => {
    const isSeparator = before === "" || /[\s\p{ASCII}]/u.test(before)
    return before + (isSeparator ? letter.toUpperCase() : letter)
  })
}
