import type { Reference } from "../issue.js"
import type { Block, Expression, FunctionNode, Statement, Target } from "./ast.js"
import { tokensOf } from "./lexer.js"
import { readExpression, readExpressions, readSuffixed } from "./parser-expression.js"
import { Reader } from "./scope.js"

/** A script that was read, and what it reads from outside. */
export interface ParsedScript {
  readonly main: FunctionNode
  readonly reads: readonly Reference[]
  /** Globals that it assigns. */
  readonly written: ReadonlySet<string>
}

/** Reads a script. Throws a `Fault` with its place for what is none. */
export function parseLua(source: string): ParsedScript {
  const reader = new Reader(tokensOf(source), readFunction)
  const main = reader.openFunction(0)
  main.isVariadic = true
  main.body = readBlock(reader)
  if (reader.token.kind !== "end") reader.refuse()
  reader.closeFunction()
  return { main, reads: reader.reads, written: reader.written }
}

const blockEnds: ReadonlySet<string> = new Set(["end", "else", "elseif", "until"])

function endsBlock(reader: Reader): boolean {
  const { kind, text } = reader.token
  return kind === "end" || (kind === "keyword" && blockEnds.has(text))
}

/** Reads statements; `last` is read while their variables are still in sight. */
function readBlock(reader: Reader, last?: () => void): Block {
  return reader.nested(() =>
    reader.block(() => {
      const slotsBefore = reader.used
      const statements: Statement[] = []
      const slotsAt: number[] = []
      while (!endsBlock(reader)) {
        if (reader.takes(";")) continue
        const isLast = reader.sees("return") || reader.sees("break")
        slotsAt.push(reader.used)
        statements.push(readStatement(reader))
        if (!isLast) continue
        reader.takes(";")
        if (!endsBlock(reader)) reader.refuse()
      }
      slotsAt.push(reader.used)
      last?.()
      return { statements, slotsBefore, slotsAt }
    }),
  )
}

function readStatement(reader: Reader): Statement {
  const { text, kind, line } = reader.token
  if (kind === "keyword") return readKeyword(reader, text, line)
  if (reader.takes("::")) {
    const name = reader.expectName().text
    reader.expect("::")
    return { kind: "label", name, line }
  }
  return readAssignmentOrCall(reader, line)
}

function readKeyword(reader: Reader, keyword: string, line: number): Statement {
  switch (keyword) {
    case "do":
      reader.advance()
      return { kind: "block", body: readUntilEnd(reader), line }
    case "while": {
      reader.advance()
      const condition = readExpression(reader)
      reader.expect("do")
      return { kind: "while", condition, body: readUntilEnd(reader), line }
    }
    case "repeat":
      return readRepeat(reader, line)
    case "if":
      return readIf(reader, line)
    case "for":
      return readFor(reader, line)
    case "function":
      return readNamedFunction(reader, line)
    case "local":
      return readLocal(reader, line)
    case "return": {
      reader.advance()
      const isBare = endsBlock(reader) || reader.sees(";")
      return { kind: "return", values: isBare ? [] : readExpressions(reader), line }
    }
    case "break":
      reader.advance()
      return { kind: "break", line }
    case "goto":
      reader.advance()
      return { kind: "goto", name: reader.expectName().text, line }
    default:
      return reader.refuse()
  }
}

function readUntilEnd(reader: Reader): Block {
  const body = readBlock(reader)
  reader.expect("end")
  return body
}

function readRepeat(reader: Reader, line: number): Statement {
  reader.advance()
  let condition: Expression | undefined
  const body = readBlock(reader, () => {
    reader.expect("until")
    condition = readExpression(reader)
  })
  return { kind: "repeat", condition: condition as unknown as Expression, body, line }
}

function readIf(reader: Reader, line: number): Statement {
  const branches: { condition: Expression; body: Block }[] = []
  do {
    reader.advance()
    const condition = readExpression(reader)
    reader.expect("then")
    branches.push({ condition, body: readBlock(reader) })
  } while (reader.sees("elseif"))
  const otherwise = reader.takes("else") ? readBlock(reader) : undefined
  reader.expect("end")
  return { kind: "if", branches, otherwise, line }
}

function readFor(reader: Reader, line: number): Statement {
  reader.advance()
  return reader.block(() => {
    const names = [reader.expectName().text]
    if (reader.takes("=")) return readCount(reader, names[0] as string, line)
    while (reader.takes(",")) names.push(reader.expectName().text)
    reader.expect("in")
    const values = readExpressions(reader)
    reader.expect("do")
    const slot = reader.reserve(3)
    const variables = names.map((name) => reader.variable(name))
    for (const variable of variables) reader.show(variable)
    return { kind: "each", slot, variables, values, body: readUntilEnd(reader), line }
  })
}

function readCount(reader: Reader, name: string, line: number): Statement {
  const from = readExpression(reader)
  reader.expect(",")
  const to = readExpression(reader)
  const step = reader.takes(",") ? readExpression(reader) : undefined
  reader.expect("do")
  const slot = reader.reserve(3)
  const variable = reader.variable(name)
  reader.show(variable)
  return { kind: "count", slot, variable, from, to, step, body: readUntilEnd(reader), line }
}

function readLocal(reader: Reader, line: number): Statement {
  reader.advance()
  if (reader.takes("function")) {
    const variable = reader.variable(reader.expectName().text)
    reader.show(variable)
    return { kind: "localFunction", variable, body: readFunction(reader, line), line }
  }
  const names = [reader.expectName().text]
  while (reader.takes(",")) names.push(reader.expectName().text)
  const values = reader.takes("=") ? readExpressions(reader) : []
  const variables = names.map((name) => reader.variable(name))
  for (const variable of variables) reader.show(variable)
  return { kind: "locals", variables, values, line }
}

function readNamedFunction(reader: Reader, line: number): Statement {
  reader.advance()
  const { text: name, offset } = reader.expectName()
  const variable = reader.find(name)
  let target: Target =
    variable === undefined
      ? { kind: "global", name, offset, line }
      : { kind: "local", variable, line }
  if (variable === undefined && !reader.sees(".") && !reader.sees(":")) reader.written.add(name)
  let isMethod = false
  while (!isMethod && (reader.sees(".") || reader.sees(":"))) {
    isMethod = reader.advance().text === ":"
    const key: Expression = { kind: "constant", value: reader.expectName().text, line }
    target = { kind: "index", object: target, key, line }
  }
  const body = readFunction(reader, line, isMethod)
  return { kind: "assign", targets: [target], values: [{ kind: "function", body, line }], line }
}

/** Reads a function from its parameters on. */
function readFunction(reader: Reader, line: number, isMethod = false): FunctionNode {
  const node = reader.openFunction(line)
  if (isMethod) reader.formal("self")
  reader.expect("(")
  while (!reader.sees(")")) {
    if (reader.takes("...")) {
      node.isVariadic = true
      break
    }
    reader.formal(reader.expectName().text)
    if (!reader.takes(",")) break
    if (reader.sees(")")) reader.refuse()
  }
  reader.expect(")")
  node.parameters = reader.used
  if (node.isVariadic) reader.declareArg()
  node.body = readUntilEnd(reader)
  reader.closeFunction()
  return node
}

function readAssignmentOrCall(reader: Reader, line: number): Statement {
  const first = readSuffixed(reader)
  if (first.kind === "call") return { kind: "call", call: first, line }
  const targets = [targetOf(reader, first)]
  while (reader.takes(",")) targets.push(targetOf(reader, readSuffixed(reader)))
  reader.expect("=")
  return { kind: "assign", targets, values: readExpressions(reader), line }
}

function targetOf(reader: Reader, expression: Expression): Target {
  const { kind } = expression
  if (kind === "global") reader.written.add(expression.name)
  if (kind === "local" || kind === "global" || kind === "index") return expression
  return reader.refuse()
}
