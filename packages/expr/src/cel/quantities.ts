import { parseQuantity } from "@argo-ts/kernel"
import type { Environment } from "@marcbachmann/cel-js"

const billion = 1_000_000_000n

/** An amount in billionths, exactly. */
class Quantity {
  readonly amount: bigint
  constructor(amount: bigint) {
    this.amount = amount
  }
}

function quantityOf(text: string): Quantity {
  const parsed = parseQuantity(text)
  if (!parsed.ok) throw new Error(parsed.issues[0]?.message ?? "expected a quantity")
  return new Quantity(parsed.value)
}

function whole({ amount }: Quantity): bigint {
  if (amount % billion !== 0n) throw new Error("cannot convert value to integer")
  return amount / billion
}

/** Adds Kubernetes' quantities: `quantity("1Gi").isGreaterThan(quantity("512Mi"))`. */
export function registerQuantities(environment: Environment): void {
  environment
    .registerType("Quantity", Quantity)
    .registerFunction("quantity(string): Quantity", quantityOf)
    .registerFunction("isQuantity(string): bool", (text: string) => parseQuantity(text).ok)
    .registerFunction(
      "Quantity.isGreaterThan(Quantity): bool",
      (a: Quantity, b: Quantity) => a.amount > b.amount,
    )
    .registerFunction(
      "Quantity.isLessThan(Quantity): bool",
      (a: Quantity, b: Quantity) => a.amount < b.amount,
    )
    .registerFunction("Quantity.compareTo(Quantity): int", (a: Quantity, b: Quantity) =>
      a.amount < b.amount ? -1n : a.amount > b.amount ? 1n : 0n,
    )
    .registerFunction(
      "Quantity.add(Quantity): Quantity",
      (a: Quantity, b: Quantity) => new Quantity(a.amount + b.amount),
    )
    .registerFunction(
      "Quantity.sub(Quantity): Quantity",
      (a: Quantity, b: Quantity) => new Quantity(a.amount - b.amount),
    )
    .registerFunction(
      "Quantity.add(int): Quantity",
      (a: Quantity, b: bigint) => new Quantity(a.amount + b * billion),
    )
    .registerFunction(
      "Quantity.sub(int): Quantity",
      (a: Quantity, b: bigint) => new Quantity(a.amount - b * billion),
    )
    .registerFunction("Quantity.sign(): int", ({ amount }: Quantity) =>
      amount < 0n ? -1n : amount > 0n ? 1n : 0n,
    )
    .registerFunction(
      "Quantity.isInteger(): bool",
      ({ amount }: Quantity) => amount % billion === 0n,
    )
    .registerFunction("Quantity.asInteger(): int", whole)
    .registerFunction(
      "Quantity.asApproximateFloat(): double",
      ({ amount }: Quantity) => Number(amount) / 1e9,
    )
}
