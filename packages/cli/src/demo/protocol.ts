import type { Fact } from "./facts/fact.js"

/** What the demo asks of the process that tells the story. */
export interface WorkerRequest {
  readonly directory: string
  readonly seed: number
  /** Facts that were already received from a process before this one. */
  readonly skip: number
  /** The process ends itself right after this write; absent: it does not. */
  readonly killAfter?: string
  /** True where somebody looks at a live tree. */
  readonly wantsTree: boolean
  /** Where to write log lines, for those who look for a fault. */
  readonly logFile?: string
}

/** How a story ended, without anything that depends on the machine. */
export interface StoryEnd {
  readonly ok: boolean
  /** Steps whose expectation held, of all. */
  readonly held: number
  readonly steps: number
  readonly virtualMs: number
  /** What did not become true, one sentence each. */
  readonly missing: readonly string[]
  /** The step that failed. */
  readonly failed?: string
  /** Stage → version. */
  readonly versions: { readonly [stage: string]: string }
  /** Stage → largest share of its traffic that the faulty version ever had, in percent. */
  readonly exposure: { readonly [stage: string]: number }
}

/** One line from the process that tells the story. */
export type WorkerLine =
  | { readonly type: "fact"; readonly fact: Fact }
  | { readonly type: "step"; readonly part: number; readonly text: string; readonly state: string }
  | { readonly type: "tree"; readonly lines: readonly string[] }
  | { readonly type: "end"; readonly end: StoryEnd }
  | { readonly type: "error"; readonly message: string }
