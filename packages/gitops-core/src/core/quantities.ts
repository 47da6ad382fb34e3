import { isJsonObject, type JsonObject, type JsonValue, parseQuantity } from "@argo-ts/kernel"

/** Fields of built-in kinds whose values are maps of quantities. */
const quantityMaps: ReadonlySet<string> = new Set([
  "limits",
  "requests",
  "hard",
  "capacity",
  "allocatable",
  "overhead",
  "max",
  "min",
  "default",
  "defaultRequest",
  "maxLimitRequestRatio",
])
/** Fields of built-in kinds that are quantities themselves. */
const quantities: ReadonlySet<string> = new Set(["sizeLimit", "averageValue", "divisor"])

const billion = 1_000_000_000n

/** One text for every amount, however it was written. */
function canonical(value: JsonValue): JsonValue {
  if (typeof value !== "string" && typeof value !== "number") return value
  const parsed = parseQuantity(String(value))
  if (!parsed.ok) return value
  return parsed.value % billion === 0n ? String(parsed.value / billion) : `${parsed.value}n`
}

function isQuantityMap(key: string, value: JsonValue): value is JsonObject {
  return quantityMaps.has(key) && isJsonObject(value)
}

/**
 * A built-in object with its quantities in one spelling, so that `1000m` and `1` are no difference. Only for
 * comparing: the server keeps another spelling. The same object where nothing changes.
 */
export function withCanonicalQuantities(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withCanonicalQuantities)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (quantities.has(key)) return [key, canonical(inner)]
      if (!isQuantityMap(key, inner)) return [key, withCanonicalQuantities(inner)]
      return [key, Object.fromEntries(Object.entries(inner).map(([n, v]) => [n, canonical(v)]))]
    }),
  )
}
