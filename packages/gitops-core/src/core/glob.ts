/**
 * Matches `*` (any run of characters) and `?` (any one) in linear space and at most quadratic time: only the last
 * star is ever revisited, so no pattern can explode. With a `separator`, neither crosses it.
 */
export function matchesGlob(pattern: string, text: string, separator?: string): boolean {
  let [at, read] = [0, 0]
  let [starAt, starRead] = [-1, 0]
  while (read < text.length) {
    const isWild = pattern[at] === "?" && text[read] !== separator
    if (pattern[at] === "*") {
      starAt = at++
      starRead = read
    } else if (isWild || pattern[at] === text[read]) {
      at++
      read++
    } else if (starAt >= 0 && text[starRead] !== separator) {
      at = starAt + 1
      read = ++starRead
    } else return false
  }
  while (pattern[at] === "*") at++
  return at === pattern.length
}
