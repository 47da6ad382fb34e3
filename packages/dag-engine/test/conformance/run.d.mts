/** One document of upstream. */
export interface Case {
  /** The path below the folder, with `#2` for a second document. */
  readonly name: string
  readonly file: string
  readonly index: number
  readonly value: unknown
}

/** What a document came to. */
export interface Verdict {
  /** The first issue, where it is refused. */
  readonly refused?: string
  readonly phase?: string
  /** The run's nodes, where it runs. */
  readonly tree?: string
}

/** What is expected of manifests that do not simply succeed; `file` is a case's name. */
export interface Expectations {
  readonly ends: readonly { readonly file: string; readonly phase: string; readonly why: string }[]
  readonly refused: readonly {
    readonly file: string
    readonly with: string
    readonly why: string
  }[]
}

export function readExpectations(): Expectations
export function readCases(folder: string): {
  readonly cases: readonly Case[]
  readonly others: readonly unknown[]
}
export function judge(one: Case, others: readonly unknown[]): Promise<Verdict>
export function expectedTree(name: string): string | undefined
export function keepTree(name: string, tree: string): void
export function differenceOf(
  one: Case,
  verdict: Verdict,
  expectations: Expectations,
): string | undefined
