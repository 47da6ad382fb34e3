import type { Reference } from "../issue.js"
import { Fault } from "../issue.js"
import type { Block, FunctionNode, LocalVariable } from "./ast.js"
import type { Token } from "./lexer.js"

/** Variables that stand for the `arg` table of their function, which is made only where one is read. */
const hiddenArgs = new WeakSet<LocalVariable>()
const localsMax = 200
const nestingMax = 190
const noBlock: Block = { statements: [], slotsBefore: 0, slotsAt: [0] }

/** A function that is being read, and its variables in sight. */
interface Scope {
  readonly node: FunctionNode
  readonly inSight: LocalVariable[]
  /** Slots in use, hidden ones of loops included. */
  used: number
}

/** Where a parser stands: in the tokens, and in which functions and variables. */
export class Reader {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0
  readonly #scopes: Scope[] = []
  /** Globals that are read, with the fields that are read of them. */
  readonly reads: Reference[] = []
  /** Globals that are assigned. */
  readonly written: Set<string> = new Set()
  /** Reads a function from its parameters on: expressions hold functions, and functions expressions. */
  readonly readFunction: (reader: Reader, line: number) => FunctionNode

  constructor(tokens: readonly Token[], readFunction: Reader["readFunction"]) {
    this.#tokens = tokens
    this.readFunction = readFunction
  }

  get token(): Token {
    return this.#tokens[this.#at] as Token
  }

  /** The token so many after the next one. */
  peek(ahead: number): Token {
    return this.#tokens[this.#at + ahead] ?? (this.#tokens.at(-1) as Token)
  }

  advance(): Token {
    const { token } = this
    if (token.kind !== "end") this.#at++
    return token
  }

  /** True where the next token is this keyword or operator. */
  sees(text: string, ahead = 0): boolean {
    const { kind, text: found } = this.peek(ahead)
    return found === text && (kind === "keyword" || kind === "operator")
  }

  /** Takes this keyword or operator, if it is next. */
  takes(text: string): boolean {
    if (!this.sees(text)) return false
    this.#at++
    return true
  }

  expect(text: string): Token {
    if (!this.sees(text)) this.refuse()
    return this.advance()
  }

  expectName(): Token {
    if (this.token.kind !== "name") this.refuse()
    return this.advance()
  }

  refuse(message = "syntax error"): never {
    const { text, offset, kind } = this.token
    const found = kind === "end" ? "the end" : `'${text}'`
    throw new Fault(`${message} near ${found}`, offset, "parse")
  }

  /** Runs a part of the parser one level deeper. */
  nested<Value>(read: () => Value): Value {
    if (++this.#depth > nestingMax) {
      throw new Fault("the script is nested too deeply", this.token.offset, "budget")
    }
    const value = read()
    this.#depth--
    return value
  }

  get #scope(): Scope {
    return this.#scopes.at(-1) as Scope
  }

  get functionNode(): FunctionNode {
    return this.#scope.node
  }

  openFunction(line: number): FunctionNode {
    const node: FunctionNode = {
      parent: this.#scopes.at(-1)?.node,
      line,
      formals: [],
      parameters: 0,
      isVariadic: false,
      argSlot: -1,
      body: noBlock,
      slots: 0,
    }
    this.#scopes.push({ node, inSight: [], used: 0 })
    return node
  }

  closeFunction(): void {
    this.#scopes.pop()
  }

  /** Slots that variables in sight use. */
  get used(): number {
    return this.#scope.used
  }

  /** Takes slots without a name. Gives the first. */
  reserve(count: number): number {
    const scope = this.#scope
    const slot = scope.used
    scope.used += count
    if (scope.used > localsMax) this.refuse("too many local variables")
    scope.node.slots = Math.max(scope.node.slots, scope.used)
    return slot
  }

  /** A new variable, not yet in sight. */
  variable(name: string): LocalVariable {
    return { name, owner: this.#scope.node, slot: this.reserve(1), isCaptured: false }
  }

  show(variable: LocalVariable): void {
    this.#scope.inSight.push(variable)
  }

  /** Runs a part of the parser whose variables are out of sight after it. */
  block<Value>(read: () => Value): Value {
    const scope = this.#scope
    const { used } = scope
    const { length } = scope.inSight
    const value = read()
    scope.used = used
    scope.inSight.length = length
    return value
  }

  /** The variable that a name means here, if any. */
  find(name: string): LocalVariable | undefined {
    for (let depth = this.#scopes.length - 1; depth >= 0; depth--) {
      const { inSight, node } = this.#scopes[depth] as Scope
      const found = inSight.findLast((variable) => variable.name === name)
      if (found === undefined) continue
      if (node !== this.functionNode) found.isCaptured = true
      if (hiddenArgs.has(found)) node.argSlot = found.slot
      return found
    }
    return undefined
  }

  /** Declares a parameter. */
  formal(name: string): LocalVariable {
    const variable = this.variable(name)
    this.functionNode.formals.push(variable)
    this.show(variable)
    return variable
  }

  /** Declares the `arg` table that variadic functions of old have. */
  declareArg(): void {
    hiddenArgs.add(this.formal("arg"))
  }
}
