import type { Notes, Scene } from "./scene.js"

/** One step of the story: something is done, then something becomes true. */
export interface StoryStep {
  /** Stable: the story finds its place by it after a restart. */
  readonly id: string
  /** 0 is what was there before. */
  readonly part: 0 | 1 | 2 | 3 | 4 | 5
  readonly text: string
  /** What it returns is remembered. Performed once. */
  readonly act?: (scene: Scene) => Promise<Notes>
  /** What is not yet as expected; nothing once it is. */
  readonly missing: (scene: Scene) => readonly string[]
  /** At least so long the story waits, and then the expectation must hold. Default 0. */
  readonly lastsMs?: number
  /** At most so long. */
  readonly withinMs: number
}

/** A list with one sentence unless the condition holds. */
export function unless(condition: boolean, sentence: string): readonly string[] {
  return condition ? [] : [sentence]
}

/** Milliseconds of minutes. */
export function minutes(count: number): number {
  return count * 60_000
}
