/** Tells whether a place of a pattern takes a character. */
export type Takes = (character: string) => boolean

interface State {
  /** Reached without a character. */
  readonly free: number[]
  readonly edges: { readonly takes: Takes; readonly to: number }[]
}

/** A pattern as states with edges: running it costs pattern × text at most, whatever both are. */
export interface Machine {
  /** True where the whole text fits. */
  readonly accepts: (text: string) => boolean
}

/** Puts a machine together from left to right; choices nest without recursion. */
export interface MachineBuilder {
  /** One character. */
  one(takes: Takes): void
  /** Any number of characters. */
  run(takes: Takes): void
  /** Opens a choice; what follows is its first alternative. */
  open(): void
  /** Ends an alternative and begins the next. */
  or(): void
  /** Ends the innermost choice. */
  close(): void
  /** Closes what is open and answers the machine. */
  build(): Machine
}

/** A builder that holds the empty pattern. */
export function createMachine(): MachineBuilder {
  const states: State[] = []
  const add = (): number => states.push({ free: [], edges: [] }) - 1
  const link = (from: number, to: number): void => {
    ;(states[from] as State).free.push(to)
  }
  const edge = (from: number, takes: Takes, to: number): void => {
    ;(states[from] as State).edges.push({ takes, to })
  }
  const choices: { readonly start: number; readonly end: number }[] = []
  let at = add()
  const branch = (start: number): void => {
    at = add()
    link(start, at)
  }
  const close = (): void => {
    const choice = choices.pop()
    if (choice === undefined) return
    link(at, choice.end)
    at = choice.end
  }
  return {
    one(takes) {
      const next = add()
      edge(at, takes, next)
      at = next
    },
    run(takes) {
      const loop = add()
      link(at, loop)
      edge(loop, takes, loop)
      at = loop
    },
    open() {
      choices.push({ start: at, end: add() })
      branch(at)
    },
    or() {
      const choice = choices.at(-1)
      if (choice === undefined) return
      link(at, choice.end)
      branch(choice.start)
    },
    close,
    build() {
      while (choices.length > 0) close()
      return { accepts: (text) => accepts(states, at, text) }
    },
  }
}

function accepts(states: readonly State[], end: number, text: string): boolean {
  let current = reachable(states, [0])
  for (const character of text) {
    const next: number[] = []
    for (const id of current) {
      for (const { takes, to } of (states[id] as State).edges) if (takes(character)) next.push(to)
    }
    if (next.length === 0) return false
    current = reachable(states, next)
  }
  return current.has(end)
}

/** The states that can be reached without a character. */
function reachable(states: readonly State[], from: Iterable<number>): ReadonlySet<number> {
  const seen = new Set(from)
  for (const id of seen) for (const next of (states[id] as State).free) seen.add(next)
  return seen
}
