import type { CompiledTemplate } from "./compile-types.js"
import type { Frame } from "./frame.js"
import type { Run } from "./run.js"

/*
 * Templates may call themselves, a hundred bodies deep (spec/workflows §2.4). One that calls itself ten times has made more
 * nodes than a machine holds long before it is so deep: how many nodes recursion makes is bounded, too.
 */

/** So many nodes may bodies make that run inside a body of their own template; a workflow may have any number of others. */
const recursedMax = 100_000

/** Why nothing more is made by recursion. */
export const runawayMessage: string = `templates that call themselves have made ${recursedMax} nodes: recursion without an end`

/** True for a body of a template inside another body of that template. */
export function isRecursive(parent: Frame | undefined, template: CompiledTemplate): boolean {
  if (parent === undefined || parent.isRecursive) return parent !== undefined
  let frame: Frame | undefined = parent
  while (frame !== undefined && frame.template !== template) frame = frame.parent
  return frame !== undefined
}

/** True once recursion has made all that it may: its bodies begin nothing more. */
export function isRunaway(run: Run): boolean {
  return run.recursed >= recursedMax
}

/** Counts a call; false where it would make more than recursion may. */
export function mayRecurse(run: Run, frame: Frame | undefined): boolean {
  if (frame?.isRecursive !== true) return true
  if (isRunaway(run)) return false
  run.recursed++
  return true
}
