/** A sentence about ourselves turned out false. Never caught inside an engine; recognised by `name`. */
export class InvariantError extends Error {
  override readonly name = "InvariantError"
}

/** Throws {@link InvariantError} unless `condition` holds. For our own mistakes only, never for a caller's data. */
export function invariant(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new InvariantError(sentence)
}

/** Closes a switch over a union: a variant nobody handled is a compile error here, and an invariant at run time. */
export function unreachable(value: never): never {
  throw new InvariantError(`a variant that no case handles: ${JSON.stringify(value)}`)
}
