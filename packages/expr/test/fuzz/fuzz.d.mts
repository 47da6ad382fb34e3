/** A language to fuzz: sources to begin with, and what is done with one. */
export interface FuzzLanguage {
  readonly seeds: readonly string[]
  readonly run: (source: string) => readonly unknown[]
}

export declare function problemOf(run: FuzzLanguage["run"], source: string): string | undefined

export declare function fuzz(options: {
  readonly name: string
  readonly language: FuzzLanguage
  readonly count: number
  readonly seed: number
  readonly now?: () => number
}): {
  readonly problems: readonly { readonly source: string; readonly problem: string }[]
  readonly slowest: { readonly ms: number; readonly source: string }
}
