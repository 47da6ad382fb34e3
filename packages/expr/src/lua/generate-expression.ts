import { unreachable } from "@argo-ts/kernel"
import type { BinaryOperator, CallExpression, Expression, LocalVariable, TableItem } from "./ast.js"
import { Op } from "./code.js"
import { Emitter } from "./emitter.js"
import type { Prototype } from "./value.js"

/** Writes the code of a function's body; statements hold expressions, and expressions functions. */
export type BodyWriter = (emitter: Emitter) => Prototype

/** Operands before they reach the table, so that a long constructor needs no long stack. */
const flushEvery = 50

const binaryOps: { readonly [operator in Exclude<BinaryOperator, "..">]: number } = {
  "+": Op.add,
  "-": Op.subtract,
  "*": Op.multiply,
  "/": Op.divide,
  "%": Op.modulo,
  "^": Op.power,
  "==": Op.equal,
  "~=": Op.unequal,
  "<": Op.less,
  "<=": Op.lessEqual,
  ">": Op.greater,
  ">=": Op.greaterEqual,
}

const unaryOps = { "-": Op.negate, not: Op.not, "#": Op.length } as const

/** Writes code that leaves values of expressions on the stack. */
export class ExpressionWriter {
  readonly emitter: Emitter
  readonly #writeBody: BodyWriter

  constructor(emitter: Emitter, writeBody: BodyWriter) {
    this.emitter = emitter
    this.#writeBody = writeBody
  }

  /** One value. */
  one(expression: Expression): void {
    const { emitter } = this
    emitter.line = expression.line
    switch (expression.kind) {
      case "nil":
        return emitter.emit(Op.nil)
      case "true":
        return emitter.emit(Op.yes)
      case "false":
        return emitter.emit(Op.no)
      case "constant":
        return emitter.emit(Op.constant, emitter.constant(expression.value))
      case "vararg":
        return emitter.emit(Op.rest, 1)
      case "local":
        return this.#load(expression.variable)
      case "global":
        return emitter.emit(Op.getGlobal, emitter.constant(expression.name))
      case "index":
        return this.#index(expression)
      case "call":
        return this.call(expression, 1)
      case "function":
        return this.closure(expression)
      case "binary":
        return this.#binary(expression)
      case "and":
      case "or": {
        this.one(expression.left)
        const jump = emitter.jump(expression.kind === "and" ? Op.and : Op.or)
        this.one(expression.right)
        return emitter.land(jump)
      }
      case "unary":
        this.one(expression.operand)
        emitter.line = expression.line
        return emitter.emit(unaryOps[expression.operator])
      case "parentheses":
        return this.one(expression.inner)
      case "table":
        return this.#table(expression.items)
      default:
        return unreachable(expression)
    }
  }

  #load(variable: LocalVariable): void {
    const { emitter } = this
    if (variable.owner !== emitter.node) emitter.emit(Op.getUpvalue, emitter.upvalue(variable))
    else emitter.emit(variable.isCaptured ? Op.getCell : Op.getLocal, variable.slot)
  }

  closure({ body }: Extract<Expression, { readonly kind: "function" }>): void {
    const { emitter } = this
    emitter.prototypes.push(this.#writeBody(new Emitter(body, emitter)))
    emitter.emit(Op.closure, emitter.prototypes.length - 1)
  }

  #index({ object, key, line }: Extract<Expression, { readonly kind: "index" }>): void {
    const { emitter } = this
    this.one(object)
    if (key.kind === "constant") {
      emitter.line = line
      return emitter.emit(Op.getField, emitter.constant(key.value))
    }
    this.one(key)
    emitter.line = line
    emitter.emit(Op.getIndex)
  }

  #binary(expression: Extract<Expression, { readonly kind: "binary" }>): void {
    const { emitter } = this
    const { operator, left, right, line } = expression
    if (operator === "..") return this.#concat(expression)
    this.one(left)
    this.one(right)
    emitter.line = line
    emitter.emit(binaryOps[operator] as typeof Op.add)
  }

  /** `a .. b .. c` is one instruction: it binds to the right, and texts are joined once. */
  #concat(expression: Extract<Expression, { readonly kind: "binary" }>): void {
    const parts: Expression[] = []
    let rest: Expression = expression
    while (rest.kind === "binary" && rest.operator === "..") {
      parts.push(rest.left)
      rest = rest.right
    }
    parts.push(rest)
    for (const part of parts) this.one(part)
    this.emitter.line = expression.line
    this.emitter.emit(Op.concat, parts.length)
  }

  #table(items: readonly TableItem[]): void {
    const { emitter } = this
    emitter.emit(Op.newTable)
    let place = 1
    let waiting = 0
    for (const [index, { key, value }] of items.entries()) {
      if (key !== undefined) {
        if (waiting > 0) emitter.emit(Op.append, place - waiting, waiting, 0)
        waiting = 0
        this.one(key)
        this.one(value)
        emitter.emit(Op.field)
        continue
      }
      if (index === items.length - 1 && isMulti(value)) {
        this.all(value)
        emitter.emit(Op.append, place - waiting, waiting, 1)
        return
      }
      this.one(value)
      place++
      waiting++
      if (waiting < flushEvery) continue
      emitter.emit(Op.append, place - waiting, waiting, 0)
      waiting = 0
    }
    if (waiting > 0) emitter.emit(Op.append, place - waiting, waiting, 0)
  }

  /** Every value of a call or of `...`, counted. */
  all(expression: Expression): void {
    if (expression.kind === "call") return this.call(expression, -1)
    this.emitter.line = expression.line
    this.emitter.emit(Op.rest, -1)
  }

  /** Values of a list: fixed ones, and all of the last where it gives several. True in the second case. */
  list(expressions: readonly Expression[]): { readonly fixed: number; readonly more: number } {
    const last = expressions.at(-1)
    const fixed = expressions.length
    if (last === undefined || !isMulti(last)) {
      for (const each of expressions) this.one(each)
      return { fixed, more: 0 }
    }
    for (const each of expressions.slice(0, -1)) this.one(each)
    this.all(last)
    return { fixed: fixed - 1, more: 1 }
  }

  call(expression: CallExpression, wanted: number): void {
    const { emitter } = this
    const { callee, method, parameters, line } = expression
    this.one(callee)
    if (method !== undefined) {
      emitter.line = line
      emitter.emit(Op.self, emitter.constant(method))
    }
    const { fixed, more } = this.list(parameters)
    emitter.line = line
    emitter.emit(Op.call, fixed + (method === undefined ? 0 : 1), more, wanted)
    emitter.nameCall(method ?? nameOf(callee))
  }

  /** Exactly `count` values: missing ones are nil, those too many are evaluated and dropped. */
  exactly(expressions: readonly Expression[], count: number): void {
    const { emitter } = this
    for (const [index, each] of expressions.entries()) {
      const isLast = index === expressions.length - 1
      const missing = count - index
      if (isLast && missing > 1 && each.kind === "call") return this.call(each, missing)
      if (isLast && missing > 1 && each.kind === "vararg") {
        emitter.line = each.line
        return emitter.emit(Op.rest, missing)
      }
      this.one(each)
      if (index >= count) emitter.emit(Op.pop)
    }
    for (let index = expressions.length; index < count; index++) emitter.emit(Op.nil)
  }
}

function isMulti({ kind }: Expression): boolean {
  return kind === "call" || kind === "vararg"
}

/** What an error calls the function of a call. */
function nameOf(callee: Expression): string {
  if (callee.kind === "global") return callee.name
  if (callee.kind === "local") return callee.variable.name
  const isField = callee.kind === "index" && callee.key.kind === "constant"
  return isField && callee.key.kind === "constant" ? String(callee.key.value) : "?"
}
