import type { BinaryOperator, CallExpression, Expression, TableItem } from "./ast.js"
import type { Reader } from "./scope.js"

/** How tightly operators bind, to the left and to the right. */
const priorities: ReadonlyMap<string, readonly [number, number]> = new Map<
  string,
  readonly [number, number]
>([
  ["or", [1, 1]],
  ["and", [2, 2]],
  ...["<", ">", "<=", ">=", "~=", "=="].map((text) => [text, [3, 3]] as const),
  ["..", [5, 4]],
  ["+", [6, 6]],
  ["-", [6, 6]],
  ["*", [7, 7]],
  ["/", [7, 7]],
  ["%", [7, 7]],
  ["^", [10, 9]],
])
const unaryPriority = 8

/** Reads an expression whose operators bind tighter than `limit`. */
export function readExpression(reader: Reader, limit = 0): Expression {
  return reader.nested(() => {
    let left = readUnary(reader)
    for (;;) {
      const { text, kind } = reader.token
      const priority = kind === "string" || kind === "name" ? undefined : priorities.get(text)
      if (priority === undefined || priority[0] <= limit) return left
      const { line } = reader.advance()
      const right = readExpression(reader, priority[1])
      left =
        text === "and" || text === "or"
          ? { kind: text, left, right, line }
          : { kind: "binary", operator: text as BinaryOperator, left, right, line }
    }
  })
}

export function readExpressions(reader: Reader): readonly Expression[] {
  const list = [readExpression(reader)]
  while (reader.takes(",")) list.push(readExpression(reader))
  return list
}

function readUnary(reader: Reader): Expression {
  const { line } = reader.token
  for (const operator of ["not", "-", "#"] as const) {
    if (!reader.takes(operator)) continue
    const operand = readExpression(reader, unaryPriority)
    if (operator === "-" && operand.kind === "constant" && typeof operand.value === "number") {
      return { ...operand, value: -operand.value }
    }
    return { kind: "unary", operator, operand, line }
  }
  return readSimple(reader)
}

function readSimple(reader: Reader): Expression {
  const { kind, text, value, line } = reader.token
  if (kind === "number") {
    reader.advance()
    return { kind: "constant", value, line }
  }
  if (kind === "string") {
    reader.advance()
    return { kind: "constant", value: text, line }
  }
  if (reader.sees("nil") || reader.sees("true") || reader.sees("false")) {
    reader.advance()
    return { kind: text as "nil", line }
  }
  if (reader.takes("...")) {
    if (!reader.functionNode.isVariadic) reader.refuse("cannot use '...' outside a vararg function")
    return { kind: "vararg", line }
  }
  if (reader.sees("{")) return readTable(reader)
  if (reader.takes("function"))
    return { kind: "function", body: reader.readFunction(reader, line), line }
  return readSuffixed(reader)
}

function readName(reader: Reader): Expression {
  const { text: name, offset, line } = reader.expectName()
  const variable = reader.find(name)
  return variable === undefined
    ? { kind: "global", name, offset, line }
    : { kind: "local", variable, line }
}

function readPrimary(reader: Reader): Expression {
  const { line } = reader.token
  if (!reader.takes("(")) return readName(reader)
  const inner = readExpression(reader)
  reader.expect(")")
  return { kind: "parentheses", inner, line }
}

/** Notes a global that is read, with the fields that follow its name. */
function noteRead(reader: Reader, name: string, offset: number): void {
  const path = [name]
  let at = 0
  while (reader.sees(".", at) && reader.peek(at + 1).kind === "name") {
    path.push(reader.peek(at + 1).text)
    at += 2
  }
  const end =
    at === 0 ? offset + name.length : reader.peek(at - 1).offset + (path.at(-1)?.length ?? 0)
  const dynamic = reader.sees("[", at)
  reader.reads.push({ path, guarded: false, dynamic, offset, length: end - offset })
}

/** A name or parentheses with every index and call after it. */
export function readSuffixed(reader: Reader): Expression {
  let expression = readPrimary(reader)
  const assigns = expression.kind === "global" && (reader.sees("=") || reader.sees(","))
  if (expression.kind === "global" && !assigns) noteRead(reader, expression.name, expression.offset)
  for (;;) {
    const { line } = reader.token
    if (reader.takes(".")) {
      const key: Expression = { kind: "constant", value: reader.expectName().text, line }
      expression = { kind: "index", object: expression, key, line }
    } else if (reader.takes("[")) {
      const key = readExpression(reader)
      reader.expect("]")
      expression = { kind: "index", object: expression, key, line }
    } else if (reader.takes(":")) {
      const method = reader.expectName().text
      expression = readCall(reader, expression, method)
    } else if (startsCall(reader)) {
      expression = readCall(reader, expression, undefined)
    } else {
      return expression
    }
  }
}

function startsCall(reader: Reader): boolean {
  return reader.token.kind === "string" || reader.sees("(") || reader.sees("{")
}

function readCall(reader: Reader, callee: Expression, method: string | undefined): CallExpression {
  const { kind, text, line } = reader.token
  if (kind === "string") {
    reader.advance()
    const parameters: Expression[] = [{ kind: "constant", value: text, line }]
    return { kind: "call", callee, method, parameters, line }
  }
  if (reader.sees("{")) {
    return { kind: "call", callee, method, parameters: [readTable(reader)], line }
  }
  reader.expect("(")
  const parameters = reader.sees(")") ? [] : readExpressions(reader)
  reader.expect(")")
  return { kind: "call", callee, method, parameters, line }
}

function readTable(reader: Reader): Expression {
  const { line } = reader.expect("{")
  const items: TableItem[] = []
  while (!reader.sees("}")) {
    items.push(readItem(reader))
    if (!reader.takes(",") && !reader.takes(";")) break
  }
  reader.expect("}")
  return { kind: "table", items, line }
}

function readItem(reader: Reader): TableItem {
  const { line } = reader.token
  if (reader.takes("[")) {
    const key = readExpression(reader)
    reader.expect("]")
    reader.expect("=")
    return { key, value: readExpression(reader) }
  }
  const { kind, text } = reader.peek(1)
  if (reader.token.kind === "name" && kind === "operator" && text === "=") {
    const key: Expression = { kind: "constant", value: reader.advance().text, line }
    reader.advance()
    return { key, value: readExpression(reader) }
  }
  return { key: undefined, value: readExpression(reader) }
}
