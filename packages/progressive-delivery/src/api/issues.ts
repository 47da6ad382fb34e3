import type { Issue, IssuePath } from "@argo-ts/kernel"

/** Gathers issues below one place of a document. */
export interface IssueSink {
  readonly issues: Issue[]
  readonly path: IssuePath
}

/** Reports a wrong value at `path` below the sink's place. */
export function invalid(sink: IssueSink, path: IssuePath, message: string): void {
  sink.issues.push({ code: "InvalidValue", path: [...sink.path, ...path], message })
}

/** The same list, at a place further down. */
export function below(sink: IssueSink, ...path: IssuePath): IssueSink {
  return { issues: sink.issues, path: [...sink.path, ...path] }
}

/** Reports numbers that are no whole number of at least `min`. Absent is fine. */
export function wholeNumber(
  sink: IssueSink,
  field: string,
  value: number | undefined,
  min = 0,
): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= min)) return
  invalid(sink, [field], `expected a whole number of at least ${min}, found ${value}`)
}
