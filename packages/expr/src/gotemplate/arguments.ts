import { Fault } from "../issue.js"
import { type GoType, isIntegerType } from "../values/types.js"
import { type GoFunc, SizedNumber, typeOf, type Value } from "../values/value.js"

/** How many arguments a function takes, as Go words a wrong number. */
export function checkCount(name: string, { type }: GoFunc, count: number): void {
  const { params = [], variadic = false } = type
  const least = variadic ? params.length - 1 : params.length
  if (count < least || (!variadic && count > least)) {
    const want = variadic ? `at least ${least}` : String(least)
    throw new Fault(`wrong number of args for ${name}: want ${want} got ${count}`)
  }
}

/** The parameter that an argument meets. */
export function parameterOf({ type }: GoFunc, index: number): GoType | undefined {
  const { params = [] } = type
  return params[Math.min(index, params.length - 1)]
}

/** An argument as its parameter takes it: constants are converted where they fit, values must have the type. */
export function fit(value: Value, parameter: GoType | undefined, isConstant: boolean): Value {
  if (parameter === undefined || parameter.kind === "any") return value
  if (value === null) {
    if (parameter.kind === "map" || parameter.kind === "slice" || parameter.kind === "func")
      return value
    throw new Fault(`invalid value; expected ${parameter.name}`)
  }
  const type = typeOf(value)
  if (type.name === parameter.name) return value
  if (isConstant) {
    const converted = ofConstant(value, parameter)
    if (converted !== undefined) return converted
    throw new Fault(`expected ${wordFor(parameter)}; found ${String(value)}`)
  }
  // Integers of other sizes are converted, as reflection does.
  if (isIntegerType(parameter) && value instanceof SizedNumber && typeof value.value === "bigint") {
    return value.value
  }
  throw new Fault(`wrong type for value; expected ${parameter.name}; got ${type.name}`)
}

function ofConstant(value: Value, parameter: GoType): Value | undefined {
  if (parameter.name === "float64" && typeof value === "bigint") return Number(value)
  const isWhole = typeof value === "number" && Number.isInteger(value)
  if (isIntegerType(parameter) && isWhole) return BigInt(value)
  return isIntegerType(parameter) && typeof value === "bigint" ? value : undefined
}

function wordFor(type: GoType): string {
  if (isIntegerType(type)) return "integer"
  return type.name === "float64" ? "float" : type.name
}
