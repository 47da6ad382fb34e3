/** `done/all`, as a step tells it. */
export interface ReportedProgress {
  readonly done: number
  readonly all: number
}

/** Reads `3/10`; `undefined` where it is no such text, or more is done than there is. */
export function readProgress(text: string | undefined): ReportedProgress | undefined {
  const found = /^(\d{1,9})\/(\d{1,9})$/.exec(text ?? "")
  if (found === null) return undefined
  const [done, all] = [Number(found[1]), Number(found[2])]
  return all > 0 && done <= all ? { done, all } : undefined
}
