import { methodsOf } from "../values/time-types.js"
import {
  anyMap,
  anySlice,
  anyType,
  boolType,
  bytesType,
  float64Type,
  type GoType,
  groupMap,
  intType,
  isIntegerType,
  isNumberType,
  nilType,
  stringType,
} from "../values/types.js"
import type { BuiltinNode, CallNode, MemberNode, Node } from "./ast.js"
import { olderType } from "./check-115.js"
import { checkBinary } from "./check-binary.js"
import { checkBuiltin, typeOfBuiltin } from "./check-builtins.js"
import { checkCall } from "./check-call.js"
import {
  dereferenced,
  failCheck,
  isAny,
  isArrayType,
  isBoolType,
  isMapType,
  isNilType,
  isStringType,
  joined,
  shown,
} from "./check-types.js"
import { builtinKind, type Dialect } from "./dialect.js"

/** What the checker knows of the environment. */
export interface TypeEnvironment {
  /** The types of the names; undefined where the environment is unknown and every name is `any`. */
  readonly fields: ReadonlyMap<string, GoType> | undefined
  readonly dialect: Dialect
}

interface PredicateTypes {
  readonly item: GoType
  readonly accumulator: GoType | undefined
  readonly hasIndex: boolean
}

interface Checker {
  readonly env: TypeEnvironment
  readonly variables: ReadonlyMap<string, GoType>
  readonly predicate: PredicateTypes | undefined
}

/** Finds the static type of every node and writes it there. Throws a `Fault` for the first that cannot be. */
export function checkTree(root: Node, env: TypeEnvironment): GoType {
  return visit(root, { env, variables: new Map(), predicate: undefined })
}

function visit(node: Node, checker: Checker): GoType {
  const type = typeOfNode(node, checker)
  node.type = type
  return type
}

function typeOfNode(node: Node, checker: Checker): GoType {
  switch (node.kind) {
    case "nil":
      return nilType
    case "bool":
      return boolType
    case "int":
      return intType
    case "float":
      return float64Type
    case "string":
      return stringType
    case "bytes":
      return bytesType
    case "constant":
      return node.type ?? anyType
    case "ident":
      return checkName(node.name, node.at, checker)
    case "unary":
      return checkUnary(node, checker)
    case "binary":
      return checkBinary(
        node,
        visit(node.left, checker),
        visit(node.right, checker),
        checker.env.dialect,
      )
    case "chain":
      return visit(node.node, checker)
    case "member":
      return checkMember(node, checker, false)
    case "slice":
      return checkSlice(node, checker)
    case "call":
      return checkCallNode(node, checker)
    case "builtin":
      return node.predicates.length > 0
        ? checkPredicates(node, checker)
        : checkPlainBuiltin(node, checker)
    default:
      return checkStructure(node, checker)
  }
}

function checkStructure(
  node: Extract<Node, { kind: "pointer" | "let" | "conditional" | "sequence" | "array" | "map" }>,
  checker: Checker,
): GoType {
  switch (node.kind) {
    case "pointer":
      return checkPointer(node.name, node.at, checker)
    case "let":
      return checkLet(node, checker)
    case "conditional": {
      const condition = visit(node.condition, checker)
      if (!isBoolType(condition) && !isAny(condition)) {
        failCheck(
          `non-bool expression (type ${shown(condition)}) used as condition`,
          node.condition.at,
        )
      }
      const then = visit(node.then, checker)
      return joined(then, visit(node.otherwise, checker))
    }
    case "sequence": {
      let type = nilType
      for (const part of node.nodes) type = visit(part, checker)
      return type
    }
    case "array": {
      const types = node.items.map((item) => visit(item, checker))
      const [first] = types
      if (checker.env.dialect === "1.15") return anySlice
      const isUniform = first !== undefined && types.every((type) => type.name === first.name)
      return isUniform && !isNilType(first) ? { ...anySlice, elem: first } : anySlice
    }
    default:
      for (const { key, value } of node.pairs) {
        visit(key, checker)
        visit(value, checker)
      }
      return anyMap
  }
}

function checkName(name: string, at: number, { env, variables }: Checker): GoType {
  const variable = variables.get(name)
  if (variable !== undefined) return variable
  if (name === "$env") return anyType
  const builtin =
    builtinKind(name, env.dialect) === undefined ? undefined : typeOfBuiltin(name, env.dialect)
  const field = env.fields?.get(name)
  // 1.15 looks for built-ins first.
  const found = env.dialect === "1.15" ? (builtin ?? field) : (field ?? builtin)
  if (found !== undefined) return found
  if (env.fields === undefined) return anyType
  return failCheck(`unknown name ${name}`, at)
}

function checkUnary(node: Extract<Node, { kind: "unary" }>, checker: Checker): GoType {
  const found = dereferenced(visit(node.node, checker))
  const type = checker.env.dialect === "1.15" ? olderType(found) : found
  const isLogic = node.op === "!" || node.op === "not"
  if (isAny(type)) return isLogic ? boolType : type
  if (isLogic ? isBoolType(type) : isNumberType(type)) return type
  return failCheck(`invalid operation: ${node.op} (mismatched type ${shown(type)})`, node.at)
}

function checkMember(node: MemberNode, checker: Checker, isCalled: boolean): GoType {
  const { property, at } = node
  if (node.node.kind === "ident" && node.node.name === "$env" && checker.env.fields !== undefined) {
    node.node.type = anyMap
    if (property.kind !== "string") return anyType
    const field = checker.env.fields.get(property.value)
    const { dialect } = checker.env
    const isBuiltin = dialect === "1.15" && builtinKind(property.value, dialect) !== undefined
    if (field === undefined && !node.optional && !isBuiltin)
      failCheck(`unknown name ${property.value}`, property.at)
    return field ?? anyType
  }
  const given = visit(node.node, checker)
  const key = visit(property, checker)
  const name = property.kind === "string" ? property.value : undefined
  const method =
    name === undefined
      ? undefined
      : (methodsOf(given)?.get(name) ?? dereferenced(given).methods?.get(name))
  if (method !== undefined) return method
  const base = dereferenced(given)
  if (isAny(base)) return anyType
  if (isMapType(base)) {
    const wanted = base.key ?? stringType
    if (!isAny(key) && wanted.kind !== "any" && key.name !== wanted.name) {
      failCheck(`cannot use ${shown(key)} to get an element from ${base.name}`, at)
    }
    return base.elem ?? anyType
  }
  if (isArrayType(base)) {
    if (!isAny(key) && !isIntegerType(key)) {
      failCheck(`array elements can only be selected using an integer (got ${shown(key)})`, at)
    }
    return base.elem ?? anyType
  }
  if (base.kind === "struct" && name !== undefined) {
    const field = base.fields?.get(name)
    if (field !== undefined) return field
    return failCheck(`type ${given.name} has no ${isCalled ? "method" : "field"} ${name}`, at)
  }
  if (base.kind === "struct" && isAny(key)) return anyType
  if (name !== undefined) {
    const shownBase = isNilType(base) ? "nil" : base.name
    return failCheck(
      `type ${shownBase} has no ${isCalled && !isNilType(base) ? "method" : "field"} ${name}`,
      at,
    )
  }
  return failCheck(`type ${shown(base)}[${shown(key)}] is undefined`, at)
}

function checkSlice(node: Extract<Node, { kind: "slice" }>, checker: Checker): GoType {
  const base = dereferenced(visit(node.node, checker))
  // The bounds of what is unknown are not looked at, as upstream does not; 1.15 does.
  if (isAny(base) && checker.env.dialect !== "1.15") return anyType
  if (!isAny(base) && !isStringType(base) && !isArrayType(base))
    failCheck(`cannot slice ${shown(base)}`, node.at)
  for (const bound of [node.from, node.to]) {
    if (bound === undefined) continue
    const type = visit(bound, checker)
    const isOlder = checker.env.dialect === "1.15"
    if (!isAny(type) && !isIntegerType(isOlder ? olderType(type) : type))
      failCheck(`non-integer slice index ${shown(type)}`, bound.at)
  }
  return base
}

function checkCallNode(node: CallNode, checker: Checker): GoType {
  const { callee, at } = node
  const type =
    callee.kind === "member" ? checkMember(callee, checker, true) : visit(callee, checker)
  callee.type = type
  const name =
    callee.kind === "ident"
      ? callee.name
      : callee.kind === "member" && callee.property.kind === "string"
        ? callee.property.value
        : "function"
  // The arguments of what is unknown are not looked at, as upstream does not.
  if (isAny(type)) return anyType
  const args = node.args as Node[]
  const types = args.map((arg) => visit(arg, checker))
  if (isNilType(type)) return failCheck("nil is not callable", at)
  if (type.kind !== "func") return failCheck(`${type.name} is not callable`, at)
  return checkCall(type, { name, args, types, at, dialect: checker.env.dialect })
}

function checkPlainBuiltin(node: BuiltinNode, checker: Checker): GoType {
  const args = node.args as Node[]
  const types = args.map((arg) => visit(arg, checker))
  return checkBuiltin({ name: node.name, args, types, at: node.at, dialect: checker.env.dialect })
}

function checkPredicates(node: BuiltinNode, checker: Checker): GoType {
  const { name, at } = node
  const collection = dereferenced(visit(node.args[0] as Node, checker))
  if (!isAny(collection) && !isArrayType(collection)) {
    failCheck(`builtin ${name} takes only array (got ${shown(collection)})`, node.args[0]?.at ?? at)
  }
  const item = collection.elem ?? anyType
  const accumulator = name === "reduce" ? anyType : undefined
  const predicate: PredicateTypes = {
    item,
    accumulator,
    hasIndex: name === "map" || name === "reduce",
  }
  const test = node.args[1]
  const found = test === undefined ? undefined : visit(test, { ...checker, predicate })
  const extra = node.args[2] === undefined ? undefined : visit(node.args[2], checker)
  if (found !== undefined && isNilType(found)) {
    failCheck("predicate should has one input and one output param", test?.at ?? at)
  }
  return resultOfPredicate(node, { item, found, extra })
}

interface PredicateResult {
  readonly item: GoType
  readonly found: GoType | undefined
  readonly extra: GoType | undefined
}

function resultOfPredicate(
  { name, at }: BuiltinNode,
  { item, found, extra }: PredicateResult,
): GoType {
  const needBool = (): void => {
    if (found !== undefined && !isBoolType(found) && !isAny(found)) {
      failCheck(`predicate should return boolean (got ${found.name})`, at)
    }
  }
  const list: GoType = isAny(item) ? anySlice : { ...anySlice, elem: item }
  switch (name) {
    case "map":
      return found === undefined || isAny(found) ? anySlice : { ...anySlice, elem: found }
    case "groupBy":
      return groupMap
    case "sortBy":
      if (extra !== undefined && !isStringType(extra) && !isAny(extra)) {
        failCheck(`sortBy order argument must be a string (got ${shown(extra)})`, at)
      }
      return anyType
    case "reduce":
      return anyType
    case "sum":
      return found ?? item
    default:
      needBool()
      break
  }
  if (name === "filter") return list
  if (name === "find" || name === "findLast") return item
  return name === "count" || name.endsWith("Index") ? intType : boolType
}

function checkPointer(name: string, at: number, { predicate }: Checker): GoType {
  if (predicate === undefined) return failCheck("cannot use pointer accessor outside predicate", at)
  if (name === "") return predicate.item
  if (name === "index" && predicate.hasIndex) return intType
  if (name === "acc" && predicate.accumulator !== undefined) return predicate.accumulator
  return failCheck(`unknown pointer #${name}`, at)
}

function checkLet(node: Extract<Node, { kind: "let" }>, checker: Checker): GoType {
  const { name, at } = node
  if (checker.variables.has(name)) failCheck(`cannot redeclare variable ${name}`, at)
  if (checker.env.fields?.has(name) === true) failCheck(`cannot redeclare ${name}`, at)
  if (builtinKind(name, checker.env.dialect) !== undefined)
    failCheck(`cannot redeclare builtin ${name}`, at)
  const value = visit(node.value, checker)
  return visit(node.body, { ...checker, variables: new Map(checker.variables).set(name, value) })
}
