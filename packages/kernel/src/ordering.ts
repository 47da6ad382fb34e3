/** Compares two texts by UTF-16 code unit: the same on every machine and in every locale. */
export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

/** Compares two numbers; never NaN in, never NaN out. */
export function compareNumber(left: number, right: number): number {
  return left < right ? -1 : left > right ? 1 : 0
}

/** Chains comparisons: the first that tells two values apart decides. End every order with a tie-break. */
export function byEach<Value>(
  ...comparisons: readonly ((left: Value, right: Value) => number)[]
): (left: Value, right: Value) => number {
  return (left, right) => {
    for (const compare of comparisons) {
      const order = compare(left, right)
      if (order !== 0) return order
    }
    return 0
  }
}
