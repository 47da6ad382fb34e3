import type { Issue } from "../issue.js"

/** What is wrong with a text, and where in it. */
export interface YamlIssue extends Issue {
  /** The name given as `file`, if any. */
  readonly file?: string
  /** Counted from 1. */
  readonly line: number
  /** Counted from 1, in UTF-16 code units. */
  readonly column: number
}

/** Where in a text something is. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** What a sentence about a place needs. */
export interface YamlIssueFacts {
  readonly code: string
  readonly file: string | undefined
  readonly at: Position
  readonly finding: string
}

/** An issue whose message starts with the place: `web.yaml:12:3: …`. */
export function yamlIssue({ code, file, at, finding }: YamlIssueFacts): YamlIssue {
  const place = `${file === undefined ? "line " : `${file}:`}${at.line}:${at.column}`
  const facts = {
    code,
    path: [],
    message: `${place}: ${finding}`,
    line: at.line,
    column: at.column,
  }
  return file === undefined ? facts : { ...facts, file }
}

/** Finds line and column of offsets in one text, in O(log lines) each. */
export function createLineIndex(text: string): (offset: number) => Position {
  let starts: number[] | undefined
  const lineStarts = (): number[] => {
    const found = [0]
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) found.push(at + 1)
    return found
  }
  return (offset) => {
    starts ??= lineStarts()
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] as number) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: Math.max(0, offset - (starts[low] as number)) + 1 }
  }
}
