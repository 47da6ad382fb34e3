import { compareUtf8 } from "../go/text.js"
import { Fault } from "../issue.js"
import { SizedNumber, type Value } from "../values/value.js"

type Basic = bigint | number | string | boolean

function basicOf(value: Value): Basic {
  if (value instanceof SizedNumber) return value.value
  if (
    typeof value === "bigint" ||
    typeof value === "number" ||
    typeof value === "string" ||
    typeof value === "boolean"
  )
    return value
  throw new Fault("invalid type for comparison")
}

function isLess(left: Basic, right: Basic): boolean {
  if (typeof left === "boolean" || typeof right === "boolean") {
    throw new Fault("invalid type for comparison")
  }
  const areTexts = typeof left === "string" && typeof right === "string"
  return areTexts ? compareUtf8(left, right) < 0 : left < right
}

/** Compares as Go's templates do: only within one kind, so a literal `10` never meets a number of JSON. */
export function holds(operator: string, leftValue: Value, rightValue: Value): boolean {
  const left = basicOf(leftValue)
  const right = basicOf(rightValue)
  if (typeof left !== typeof right) throw new Fault("incompatible types for comparison")
  switch (operator) {
    case "==":
      return left === right
    case "!=":
      return left !== right
    case "<":
      return isLess(left, right)
    case "<=":
      return isLess(left, right) || left === right
    case ">":
      return !(isLess(left, right) || left === right)
    case ">=":
      return !isLess(left, right)
    default:
      throw new Fault(`unrecognized filter operator ${operator}`)
  }
}
