/** A pattern as a machine: states with edges on characters and free ones. */
interface State {
  readonly free: number[]
  readonly edges: { readonly takes: (character: string) => boolean; readonly to: number }[]
}

interface Machine {
  readonly states: readonly State[]
  readonly accept: number
}

interface CharacterClass {
  readonly takes: (character: string) => boolean
  /** The index behind the closing bracket. */
  readonly next: number
}

/** Reads `[abc]`, `[!abc]`, `[a-c]` or `[!a-c]` from behind the bracket; `undefined` where it is none of them. */
function readClass(characters: readonly string[], from: number): CharacterClass | undefined {
  const isNegated = characters[from] === "!"
  const start = isNegated ? from + 1 : from
  let close = start
  while (close < characters.length && characters[close] !== "]") {
    close += characters[close] === "\\" ? 2 : 1
  }
  if (close === start || close >= characters.length) return undefined
  const [low, dash, high] = characters.slice(start, close)
  const isRange = dash === "-" && close - start >= 3
  // A range stands alone in its brackets: `[a-c-e]` is refused, and in `[abc-e]` the dash is a character.
  if (isRange && close - start !== 3) return undefined
  if (close - start === 2 && dash === "-") return undefined
  if (isRange && (low as string) > (high as string)) return undefined
  const inside = characters.slice(start, close)
  const list = new Set(inside.filter((one, at) => one !== "\\" || inside[at - 1] === "\\"))
  const isIn = (one: string): boolean =>
    isRange ? one >= (low as string) && one <= (high as string) : list.has(one)
  return { takes: (one) => isIn(one) !== isNegated, next: close + 1 }
}

/** Compiles a pattern; `undefined` where it is malformed. Choices nest without recursion. */
function compile(pattern: string, separator: string | undefined): Machine | undefined {
  const states: State[] = []
  const add = (): number => states.push({ free: [], edges: [] }) - 1
  const link = (from: number, to: number): void => {
    ;(states[from] as State).free.push(to)
  }
  const step = (from: number, takes: (character: string) => boolean): number => {
    const to = add()
    ;(states[from] as State).edges.push({ takes, to })
    return to
  }
  const repeat = (from: number, takes: (character: string) => boolean): number => {
    const loop = add()
    link(from, loop)
    ;(states[loop] as State).edges.push({ takes, to: loop })
    return loop
  }
  const isInside = (character: string): boolean => character !== separator
  const choices: { readonly start: number; readonly end: number }[] = []
  const branch = (start: number): number => {
    const first = add()
    link(start, first)
    return first
  }
  const characters = [...pattern]
  let at = add()
  for (let index = 0; index < characters.length; ) {
    const character = characters[index] as string
    const choice = choices.at(-1)
    index++
    if (character === "\\") {
      const escaped = characters[index++]
      if (escaped !== undefined) at = step(at, (one) => one === escaped)
    } else if (character === "*") {
      const isAny = characters[index] === "*"
      if (isAny) index++
      at = repeat(at, isAny ? () => true : isInside)
    } else if (character === "?") at = step(at, isInside)
    else if (character === "[") {
      const found = readClass(characters, index)
      if (found === undefined) return undefined
      at = step(at, found.takes)
      index = found.next
    } else if (character === "{") {
      choices.push({ start: at, end: add() })
      at = branch(at)
    } else if (character === "," && choice !== undefined) {
      link(at, choice.end)
      at = branch(choice.start)
    } else if (character === "}" && choice !== undefined) {
      link(at, choice.end)
      at = choice.end
      choices.pop()
    } else at = step(at, (one) => one === character)
  }
  for (const choice of choices.toReversed()) {
    link(at, choice.end)
    at = choice.end
  }
  return { states, accept: at }
}

/** The states that can be reached without a character. */
function reachable(machine: Machine, from: Iterable<number>): ReadonlySet<number> {
  const seen = new Set(from)
  for (const id of seen) for (const next of machine.states[id]?.free ?? []) seen.add(next)
  return seen
}

/**
 * Matches a glob as Argo CD does: `*` any run of characters, `**` one that crosses `separator`, `?` any one, `[a-c]`
 * and `[!abc]`, `{a,b}` choices that nest, `\` before a special character. Time grows with pattern × text, whatever
 * they are. A malformed pattern matches nothing.
 */
export function matchesGlob(pattern: string, text: string, separator?: string): boolean {
  if (!/[*?[\]{}\\]/.test(pattern)) return pattern === text
  const around = /^([^*?[\]{}\\]*)\*\*([^*?[\]{}\\]*)$/.exec(pattern)
  if (around !== null) {
    // Upstream lets the two ends overlap: `apps/**/values.yaml` takes `apps/values.yaml` too.
    return text.startsWith(around[1] as string) && text.endsWith(around[2] as string)
  }
  const machine = compile(pattern, separator)
  if (machine === undefined) return false
  let current = reachable(machine, [0])
  for (const character of text) {
    const next: number[] = []
    for (const id of current) {
      for (const { takes, to } of machine.states[id]?.edges ?? [])
        if (takes(character)) next.push(to)
    }
    if (next.length === 0) return false
    current = reachable(machine, next)
  }
  return current.has(machine.accept)
}
