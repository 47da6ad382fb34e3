import { Fault } from "../issue.js"
import { compilePattern } from "../regexp/index.js"
import { durationType, timeType } from "../values/time-types.js"
import {
  anyType,
  boolType,
  float64Type,
  type GoType,
  intSlice,
  intType,
  isFloatType,
  isIntegerType,
  isNumberType,
  stringType,
} from "../values/types.js"
import type { BinaryNode, Node } from "./ast.js"
import { olderType } from "./check-115.js"
import {
  dereferenced,
  eitherAny,
  failCheck,
  isAny,
  isArrayType,
  isBoolType,
  isBytesType,
  isComparable,
  isDurationType,
  isMapType,
  isNilType,
  isStringType,
  isTimeType,
  shown,
  type TypeTest,
} from "./check-types.js"
import type { Dialect } from "./dialect.js"

const textual = new Set(["contains", "startsWith", "endsWith"])

/** The type of a binary operator, or a fault where its operands cannot fit. */
export function checkBinary(
  node: BinaryNode,
  givenLeft: GoType,
  givenRight: GoType,
  dialect: Dialect,
): GoType {
  const left = dereferenced(givenLeft)
  const right = dereferenced(givenRight)
  const { op } = node
  const found =
    dialect === "1.15" ? byOlderRules(node, givenLeft, givenRight) : byOperator(node, left, right)
  if (found !== undefined) return found
  return failCheck(
    `invalid operation: ${op} (mismatched types ${shown(left)} and ${shown(right)})`,
    node.at,
  )
}

/** The type of the items of a list that is written out, where they share one. */
function itemType(node: Node): GoType | undefined {
  if (node.kind !== "array") return undefined
  const [first, ...rest] = node.items.map(({ type }) => type)
  return rest.every((type) => type?.kind === first?.kind) ? first : undefined
}

/** 1.15: named integers are numbers, pointers are not what they point to, nil is a key, bytes match nothing. */
function byOlderRules(node: BinaryNode, left: GoType, right: GoType): GoType | undefined {
  const { op } = node
  const [a, b] = [olderType(dereferenced(left)), olderType(dereferenced(right))]
  if ((op === "==" || op === "!=") && (left.kind === "pointer") !== (right.kind === "pointer")) {
    const isOpen = isAny(a) || isAny(b) || isNilType(a) || isNilType(b)
    return isOpen ? boolType : undefined
  }
  if (op === "in") {
    if (isNilType(a) && isMapType(b)) return boolType
    const elem = itemType(node.right) ?? (b.elem === undefined ? undefined : olderType(b.elem))
    if (isArrayType(b) && elem !== undefined) return byOperator(node, a, { ...b, elem })
    return byOperator(node, dereferenced(left), b)
  }
  if (op === "matches" && isBytesType(a)) return undefined
  const [x, y] = [dereferenced(left), dereferenced(right)]
  if ((op === "+" || op === "-") && (isTimeType(x) || isTimeType(y))) return byOperator(node, x, y)
  return byOperator(node, a, b)
}

function byOperator(node: BinaryNode, left: GoType, right: GoType): GoType | undefined {
  const { op } = node
  switch (op) {
    case "==":
    case "!=":
      return isComparable(left, right) ? boolType : undefined
    case "or":
    case "||":
    case "and":
    case "&&":
      return both(left, right, isBoolType) || eitherAny(left, right, [isBoolType])
        ? boolType
        : undefined
    case "<":
    case ">":
    case "<=":
    case ">=":
      return isOrdered(left, right) ? boolType : undefined
    case "in":
      return checkIn(node, left, right)
    case "matches":
      return checkMatches(node.right, left, right)
    case "..":
      return both(left, right, isIntegerType) || eitherAny(left, right, [isIntegerType])
        ? intSlice
        : undefined
    case "??":
      return coalesced(left, right)
    default:
      if (textual.has(op)) {
        return both(left, right, isStringType) || eitherAny(left, right, [isStringType])
          ? boolType
          : undefined
      }
      return arithmetic(op, left, right)
  }
}

function both(left: GoType, right: GoType, test: TypeTest): boolean {
  return test(left) && test(right)
}

function isOrdered(left: GoType, right: GoType): boolean {
  const tests = [isNumberType, isStringType, isTimeType, isDurationType]
  return tests.some((test) => both(left, right, test)) || eitherAny(left, right, tests)
}

function coalesced(left: GoType, right: GoType): GoType {
  if (isNilType(left) && isNilType(right)) return left
  if (isNilType(left)) return right
  if (isNilType(right)) return left
  return left.name === right.name ? left : anyType
}

function combined(left: GoType, right: GoType): GoType {
  return isFloatType(left) || isFloatType(right) ? float64Type : intType
}

function arithmetic(op: string, left: GoType, right: GoType): GoType | undefined {
  const isNumbers = both(left, right, isNumberType)
  switch (op) {
    case "+":
      return plus(left, right)
    case "-":
      if (isNumbers) return combined(left, right)
      if (both(left, right, isTimeType) || both(left, right, isDurationType)) return durationType
      if (isTimeType(left) && isDurationType(right)) return timeType
      return eitherAny(left, right, [isNumberType, isTimeType, isDurationType])
        ? anyType
        : undefined
    case "*":
      if (isNumbers) return combined(left, right)
      if (isDurationType(left) || isDurationType(right)) return times(left, right)
      return eitherAny(left, right, [isNumberType, isDurationType]) ? anyType : undefined
    case "%":
      if (both(left, right, isIntegerType)) return intType
      return eitherAny(left, right, [isIntegerType]) ? anyType : undefined
    default:
      return isNumbers || eitherAny(left, right, [isNumberType]) ? float64Type : undefined
  }
}

function times(left: GoType, right: GoType): GoType | undefined {
  const other = isDurationType(left) ? right : left
  if (isAny(other)) return anyType
  if (isFloatType(other)) return float64Type
  return isIntegerType(other) || isDurationType(other) ? durationType : undefined
}

function plus(left: GoType, right: GoType): GoType | undefined {
  if (both(left, right, isNumberType)) return combined(left, right)
  if (both(left, right, isStringType)) return stringType
  if (isTimeType(left) && isDurationType(right)) return timeType
  if (isDurationType(left) && isTimeType(right)) return timeType
  if (both(left, right, isDurationType)) return durationType
  return eitherAny(left, right, [isNumberType, isStringType, isTimeType, isDurationType])
    ? anyType
    : undefined
}

function checkIn(node: BinaryNode, left: GoType, right: GoType): GoType | undefined {
  if ((isStringType(left) || isAny(left)) && right.kind === "struct") return boolType
  if (isMapType(right)) {
    const key = right.key ?? stringType
    if (!isAny(left) && key.kind !== "any" && left.name !== key.name) {
      failCheck(`cannot use ${shown(left)} as type ${key.name} in map key`, node.at)
    }
    return boolType
  }
  if (isArrayType(right)) {
    if (!isComparable(left, right.elem ?? anyType)) {
      failCheck(`cannot use ${shown(left)} as type ${right.elem?.name ?? ""} in array`, node.at)
    }
    return boolType
  }
  return isAny(right) || (isAny(left) && isStringType(right)) ? boolType : undefined
}

function checkMatches(pattern: Node, left: GoType, right: GoType): GoType | undefined {
  if (pattern.kind === "string") {
    try {
      compilePattern(pattern.value)
    } catch (thrown) {
      throw thrown instanceof Fault ? new Fault(thrown.message, pattern.at, "check") : thrown
    }
  }
  const isText: TypeTest = (type) => isStringType(type) || isBytesType(type)
  if (isText(left) && isStringType(right)) return boolType
  if (isAny(left) && (isAny(right) || isStringType(right))) return boolType
  return isStringType(left) && isAny(right) ? boolType : undefined
}
