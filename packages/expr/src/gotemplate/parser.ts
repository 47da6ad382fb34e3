import { parseGoFloat, parseGoIntBase0 } from "../go/number.js"
import { goUnquote } from "../go/unquote.js"
import { Fault } from "../issue.js"
import type { Value } from "../values/value.js"
import { type Piece, split, type Token } from "./lexer.js"
import type { Command, Node, Operand, Pipeline, Place, Template } from "./node.js"

const nestingMax = 200
const keywords = new Set([
  "if",
  "else",
  "end",
  "range",
  "with",
  "define",
  "template",
  "block",
  "break",
  "continue",
])

/** How a template is read. */
export interface ParserOptions {
  readonly source: string
  readonly isFunction: (name: string) => boolean
}

/** Everything a parser knows between two pieces. */
interface State extends ParserOptions {
  readonly pieces: readonly Piece[]
  at: number
  depth: number
  loops: number
  readonly variables: string[]
  readonly defined: Map<string, readonly Node[]>
}

function fail(message: string, offset: number): never {
  throw new Fault(message, offset, "parse")
}

/** Parses a template. Throws a `Fault`. */
export function parseTemplate(options: ParserOptions): Template {
  const state: State = {
    ...options,
    pieces: split(options.source),
    at: 0,
    depth: 0,
    loops: 0,
    variables: ["$"],
    defined: new Map(),
  }
  const [nodes, end] = parseList(state)
  if (end !== undefined) fail(`unexpected {{${end.text}}}`, end.offset)
  return { nodes, defined: state.defined }
}

/** The tokens of one action, without blanks at its ends. */
interface Cursor {
  readonly tokens: readonly Token[]
  at: number
}

/** What closes a list: `end`, or `else` with what follows it. */
interface Closing {
  readonly text: "end" | "else"
  readonly offset: number
  readonly cursor: Cursor
}

function peek(cursor: Cursor): Token {
  return cursor.tokens[cursor.at] as Token
}

function skipSpace(cursor: Cursor): Token {
  while (peek(cursor).kind === "space") cursor.at++
  return peek(cursor)
}

/** Reads nodes up to an `end` or `else` that belongs to somebody above. */
function parseList(state: State): readonly [readonly Node[], Closing | undefined] {
  if (++state.depth > nestingMax) {
    throw new Fault("the template is nested too deeply", -1, "budget")
  }
  const nodes: Node[] = []
  while (state.at < state.pieces.length) {
    const piece = state.pieces[state.at++] as Piece
    if (piece.kind === "text") {
      nodes.push({ kind: "text", text: piece.text })
      continue
    }
    const cursor: Cursor = { tokens: piece.tokens, at: 0 }
    const first = skipSpace(cursor)
    if (first.kind === "identifier" && (first.text === "end" || first.text === "else")) {
      cursor.at++
      state.depth--
      return [nodes, { text: first.text, offset: first.offset, cursor }]
    }
    nodes.push(...parseAction(state, cursor, first))
  }
  state.depth--
  return [nodes, undefined]
}

function parseAction(state: State, cursor: Cursor, first: Token): readonly Node[] {
  const isKeyword = first.kind === "identifier" && keywords.has(first.text)
  if (!isKeyword) {
    if (first.kind === "end") fail("missing value for command", first.offset)
    const pipe = parsePipeline(state, cursor, "command")
    expectEnd(cursor, "command")
    return [{ kind: "action", pipe }]
  }
  cursor.at++
  switch (first.text) {
    case "if":
    case "with":
    case "range":
      return [parseControl(state, cursor, first.text)]
    case "define":
      return parseDefine(state, cursor)
    case "block":
      return [parseBlock(state, cursor)]
    case "template":
      return [parseCall(state, cursor, first.offset)]
    default:
      return [parseJump(state, cursor, first)]
  }
}

function expectEnd(cursor: Cursor, context: string): void {
  const next = skipSpace(cursor)
  if (next.kind !== "end") fail(`unexpected ${quoted(next)} in ${context}`, next.offset)
}

function quoted({ text }: Token): string {
  return `<${text}>`
}

function parseJump(state: State, cursor: Cursor, first: Token): Node {
  expectEnd(cursor, `{{${first.text}}}`)
  if (state.loops === 0) fail(`{{${first.text}}} outside {{range}}`, first.offset)
  return { kind: first.text === "break" ? "break" : "continue" }
}

function parseControl(state: State, cursor: Cursor, kind: "if" | "with" | "range"): Node {
  const scope = state.variables.length
  const pipe = parsePipeline(state, cursor, kind)
  expectEnd(cursor, kind)
  if (kind === "range") state.loops++
  const [body, end] = parseList(state)
  if (kind === "range") state.loops--
  const otherwise = end === undefined ? unclosed(state) : parseElse(state, end, kind)
  state.variables.length = scope
  return { kind, pipe, body, otherwise }
}

function unclosed(state: State): never {
  return fail("unexpected EOF", state.source.length)
}

function parseElse(state: State, end: Closing, kind: "if" | "with" | "range"): readonly Node[] {
  const { cursor } = end
  const next = skipSpace(cursor)
  if (end.text === "end") {
    expectEnd(cursor, "end")
    return []
  }
  const isChained = next.kind === "identifier" && next.text === kind && kind !== "range"
  if (isChained) {
    // `{{else if x}}` is an if within the else; both end together.
    cursor.at++
    return [parseControl(state, cursor, kind)]
  }
  expectEnd(cursor, "else")
  const [body, last] = parseList(state)
  if (last === undefined) return unclosed(state)
  if (last.text === "else") fail("expected end; found {{else}}", last.offset)
  expectEnd(last.cursor, "end")
  return body
}

function nameOf(cursor: Cursor, context: string): string {
  const token = skipSpace(cursor)
  cursor.at++
  const name = token.kind === "string" || token.kind === "raw" ? goUnquote(token.text) : undefined
  if (typeof name !== "string")
    return fail(`unexpected ${quoted(token)} in ${context}`, token.offset)
  return name
}

function parseDefine(state: State, cursor: Cursor): readonly Node[] {
  if (state.depth > 1) fail("unexpected {{define}}", peek(cursor).offset)
  const name = nameOf(cursor, "define clause")
  expectEnd(cursor, "define clause")
  define(state, name, parseBody(state))
  return []
}

/** The body of a template of its own: with its own variables and outside every loop. */
function parseBody(state: State): readonly Node[] {
  const { loops } = state
  const outer = state.variables.splice(1)
  state.loops = 0
  const [body, end] = parseList(state)
  if (end === undefined) return unclosed(state)
  if (end.text === "else") fail("unexpected {{else}} in define clause", end.offset)
  expectEnd(end.cursor, "end")
  state.loops = loops
  state.variables.splice(1, Infinity, ...outer)
  return body
}

/** A later definition replaces an earlier one, but for an empty one. */
function define(state: State, name: string, body: readonly Node[]): void {
  const isEmpty = body.every((node) => node.kind === "text" && node.text.trim() === "")
  if (!isEmpty || !state.defined.has(name)) state.defined.set(name, body)
}

function parseBlock(state: State, cursor: Cursor): Node {
  const { offset } = peek(cursor)
  const name = nameOf(cursor, "block clause")
  const pipe = parsePipeline(state, cursor, "block clause")
  expectEnd(cursor, "block clause")
  define(state, name, parseBody(state))
  return { kind: "template", name, pipe, place: { offset, text: `{{template "${name}"}}` } }
}

function parseCall(state: State, cursor: Cursor, offset: number): Node {
  const name = nameOf(cursor, "template clause")
  const hasPipe = skipSpace(cursor).kind !== "end"
  const pipe = hasPipe ? parsePipeline(state, cursor, "template clause") : undefined
  expectEnd(cursor, "template clause")
  const tail = pipe === undefined ? "" : ` ${pipe.place.text}`
  return { kind: "template", name, pipe, place: { offset, text: `{{template "${name}"${tail}}}` } }
}

/** `$x := …`, `$i, $v := …` (range only), `$x = …`. */
function parseDeclaration(
  state: State,
  cursor: Cursor,
  context: string,
): { readonly variables: readonly string[]; readonly isAssignment: boolean } | undefined {
  const start = cursor.at
  const first = skipSpace(cursor)
  if (first.kind !== "variable") return undefined
  cursor.at++
  const names = [first.text]
  if (context === "range" && skipSpace(cursor).text === ",") {
    cursor.at++
    const second = skipSpace(cursor)
    if (second.kind !== "variable") fail("range can only initialize variables", second.offset)
    cursor.at++
    names.push(second.text)
  }
  const sign = skipSpace(cursor)
  if (sign.kind !== "symbol" || (sign.text !== ":=" && sign.text !== "=")) {
    if (names.length > 1) fail("range can only initialize variables", sign.offset)
    cursor.at = start
    return undefined
  }
  cursor.at++
  if (sign.text === "=") {
    for (const name of names) checkVariable(state, name, first.offset)
  }
  return { variables: names, isAssignment: sign.text === "=" }
}

function checkVariable(state: State, name: string, offset: number): void {
  if (!state.variables.includes(name)) fail(`undefined variable "${name}"`, offset)
}

function parsePipeline(state: State, cursor: Cursor, context: string): Pipeline {
  if (++state.depth > nestingMax) throw new Fault("the template is nested too deeply", -1, "budget")
  const { offset } = skipSpace(cursor)
  const declared = parseDeclaration(state, cursor, context)
  const commands: Command[] = []
  for (;;) {
    commands.push(parseCommand(state, cursor, context))
    if (skipSpace(cursor).text !== "|" || peek(cursor).kind !== "symbol") break
    cursor.at++
  }
  state.depth--
  for (const [index, command] of commands.entries()) if (index > 0) checkCallable(command)
  const { variables = [], isAssignment = false } = declared ?? {}
  if (!isAssignment) state.variables.push(...variables)
  return { variables, isAssignment, commands, place: placeOf(state, offset, cursor) }
}

/** Only what can be called may stand behind a pipe. */
function checkCallable({ operands: [first], place }: Command): void {
  if (first.kind === "constant" || first.kind === "dot" || first.kind === "nil") {
    fail(`non executable command in pipeline stage 2`, place.offset)
  }
}

function placeOf(state: State, offset: number, cursor: Cursor): Place {
  const end = peek(cursor).offset
  return { offset, text: state.source.slice(offset, end).trim() }
}

function parseCommand(state: State, cursor: Cursor, context: string): Command {
  const { offset } = skipSpace(cursor)
  const operands: Operand[] = []
  for (;;) {
    const before = cursor.at
    const next = skipSpace(cursor)
    const isOver =
      next.kind === "end" || (next.kind === "symbol" && (next.text === "|" || next.text === ")"))
    if (isOver) break
    if (operands.length > 0 && cursor.at === before)
      fail(`unexpected ${quoted(next)} in operand`, next.offset)
    operands.push(parseOperand(state, cursor, context))
  }
  const [first, ...rest] = operands
  if (first === undefined) return fail(`missing value for ${context}`, offset)
  return { operands: [first, ...rest], place: placeOf(state, offset, cursor) }
}

/** A term with the fields behind it: `(index .a 0).name`. */
function parseOperand(state: State, cursor: Cursor, context: string): Operand {
  const start = peek(cursor)
  const term = parseTerm(state, cursor, context)
  const names = readFields(cursor)
  if (names.length === 0) return term
  const place = placeOf(state, start.offset, cursor)
  if (term.kind === "field") return { ...term, names: [...term.names, ...names], place }
  if (term.kind === "variable") return { ...term, names: [...term.names, ...names], place }
  if (term.kind === "constant" || term.kind === "nil" || term.kind === "dot") {
    return fail(`unexpected . after term ${JSON.stringify(start.text)}`, start.offset)
  }
  return { kind: "chain", of: term, names, place }
}

function readFields(cursor: Cursor): readonly string[] {
  const names: string[] = []
  while (peek(cursor).kind === "field") {
    names.push(peek(cursor).text.slice(1))
    cursor.at++
  }
  return names
}

function parseTerm(state: State, cursor: Cursor, context: string): Operand {
  const token = peek(cursor)
  cursor.at++
  const place = { offset: token.offset, text: token.text }
  switch (token.kind) {
    case "field":
      return { kind: "field", names: [token.text.slice(1)], place }
    case "variable":
      checkVariable(state, token.text, token.offset)
      return { kind: "variable", name: token.text, names: [], place }
    case "identifier":
      return word(state, token, place)
    case "symbol":
      if (token.text === ".") return { kind: "dot", place }
      if (token.text === "(") return parenthesis(state, cursor, token)
      return fail(`unexpected ${quoted(token)} in ${context}`, token.offset)
    default:
      return { kind: "constant", value: constantOf(token), place }
  }
}

function word(state: State, token: Token, place: Place): Operand {
  if (token.text === "true" || token.text === "false") {
    return { kind: "constant", value: token.text === "true", place }
  }
  if (token.text === "nil") return { kind: "nil", place }
  if (keywords.has(token.text)) fail(`unexpected ${quoted(token)} in operand`, token.offset)
  if (!state.isFunction(token.text)) fail(`function "${token.text}" not defined`, token.offset)
  return { kind: "function", name: token.text, place }
}

function parenthesis(state: State, cursor: Cursor, opening: Token): Operand {
  const scope = state.variables.length
  const pipe = parsePipeline(state, cursor, "parenthesized pipeline")
  state.variables.length = scope
  const closing = skipSpace(cursor)
  if (closing.text !== ")") fail("unclosed left paren", opening.offset)
  cursor.at++
  return { kind: "pipe", pipe, place: { offset: opening.offset, text: `(${pipe.place.text})` } }
}

/** `1`, `1.5`, `0x1F`, `'a'`, `"text"`: a number with a point or an exponent is a float. */
function constantOf(token: Token): Value {
  const { kind, text, offset } = token
  if (kind === "string" || kind === "raw") {
    return goUnquote(text) ?? fail(`invalid syntax: ${text}`, offset)
  }
  if (kind === "char") {
    const char = goUnquote(text)
    if (typeof char !== "string") return fail(`malformed character constant: ${text}`, offset)
    return BigInt(char.codePointAt(0) ?? 0)
  }
  if (text.endsWith("i")) return fail("complex numbers are not supported", offset)
  const isHex = /^[+-]?0[xX]/.test(text)
  const isFloat = isHex ? /[.pP]/.test(text) : /[.eE]/.test(text)
  const value = isFloat ? parseGoFloat(text) : parseGoIntBase0(text)
  return value ?? fail(`illegal number syntax: "${text}"`, offset)
}
