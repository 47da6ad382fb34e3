import { compareUtf8 } from "../go/text.js"
import { Fault } from "../issue.js"
import { compilePattern } from "../regexp/index.js"
import { isList, SizedNumber, type Value } from "../values/value.js"
import type { Formula } from "./selector-token.js"

/** What a path in an expression leads to, for the value that `@` stands for. */
export type Follow = (path: Extract<Formula, { kind: "path" }>) => Value

/** What an expression comes to. Throws a `Fault`. */
export function evaluateFormula(formula: Formula, follow: Follow): Value {
  switch (formula.kind) {
    case "value":
      return formula.value
    case "list":
      return formula.items.map((item) => evaluateFormula(item, follow))
    case "path":
      return follow(formula)
    case "not":
      return !isTrue(evaluateFormula(formula.operand, follow))
    case "minus":
      return -numberOf(evaluateFormula(formula.operand, follow))
    case "binary":
      return binary(formula, follow)
    case "meaningless":
      throw new Fault("invalid expression")
    default:
      return formula satisfies never
  }
}

function isTrue(value: Value): boolean {
  return value !== null && value !== false && value !== ""
}

function plain(value: Value): Value {
  return value instanceof SizedNumber ? Number(value.value) : value
}

function numberOf(value: Value): number {
  const number = plain(value)
  if (typeof number !== "number") throw new Fault("invalid argument. expected number")
  return number
}

type Binary = Extract<Formula, { kind: "binary" }>

function binary({ operator, left, right }: Binary, follow: Follow): Value {
  const of = (side: Formula): Value => plain(evaluateFormula(side, follow))
  switch (operator) {
    case "&&":
      return isTrue(of(left)) && isTrue(of(right))
    case "||":
      return isTrue(of(left)) || isTrue(of(right))
    case "==":
      return same(of(left), of(right))
    case "!=":
      return !same(of(left), of(right))
    case "=~":
      return matches(of(left), of(right))
    case "in":
      return isIn(of(left), of(right))
    case "not in":
      return !isIn(of(left), of(right))
    case "+":
      return sum(of(left), of(right))
    default:
      return computed(operator, of(left), of(right))
  }
}

function sum(left: Value, right: Value): Value {
  if (typeof left === "string" && typeof right === "string") return left + right
  return numberOf(left) + numberOf(right)
}

function computed(operator: string, left: Value, right: Value): Value {
  switch (operator) {
    case "-":
      return numberOf(left) - numberOf(right)
    case "*":
      return numberOf(left) * numberOf(right)
    case "/":
      return numberOf(left) / numberOf(right)
    case "%":
      return numberOf(left) % numberOf(right)
    default:
      return ordered(operator, left, right)
  }
}

function ordered(operator: string, left: Value, right: Value): boolean {
  const order =
    typeof left === "string" && typeof right === "string"
      ? compareUtf8(left, right)
      : numberOf(left) - numberOf(right)
  switch (operator) {
    case "<":
      return order < 0
    case "<=":
      return order <= 0
    case ">":
      return order > 0
    default:
      return order >= 0
  }
}

/** Scalars by value; nothing that holds others equals anything. */
function same(left: Value, right: Value): boolean {
  return left === right
}

function isIn(value: Value, list: Value): boolean {
  if (!isList(list)) throw new Fault("invalid argument. expected array")
  return list.some((item) => same(plain(item), value))
}

function matches(text: Value, pattern: Value): boolean {
  if (typeof text !== "string" || typeof pattern !== "string") {
    throw new Fault("invalid argument. expected string")
  }
  return compilePattern(pattern).test(text)
}
