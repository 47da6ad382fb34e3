import { unreachable } from "@argo-ts/kernel"
import type { Block, Expression, FunctionNode, LocalVariable, Statement, Target } from "./ast.js"
import { Op } from "./code.js"
import { Emitter, type Jump } from "./emitter.js"
import { ExpressionWriter } from "./generate-expression.js"
import type { Prototype } from "./value.js"

/** Writes the code of a script. Throws a `Fault` for jumps that go nowhere. */
export function generate(main: FunctionNode): Prototype {
  return writeFunction(new Emitter(main, undefined))
}

function writeFunction(emitter: Emitter): Prototype {
  new StatementWriter(emitter).function()
  return emitter.finish()
}

class StatementWriter {
  readonly #emitter: Emitter
  readonly #values: ExpressionWriter

  constructor(emitter: Emitter) {
    this.#emitter = emitter
    this.#values = new ExpressionWriter(emitter, writeFunction)
  }

  function(): void {
    const emitter = this.#emitter
    const { body, line, formals } = emitter.node
    emitter.line = line
    for (const { slot, isCaptured } of formals) {
      if (!isCaptured) continue
      emitter.emit(Op.getLocal, slot)
      emitter.emit(Op.newCell, slot)
    }
    this.#block(body, false)
    emitter.emit(Op.return, 0, 0)
  }

  #block(block: Block, isLoop: boolean, last?: () => void): readonly Jump[] {
    const emitter = this.#emitter
    const { statements, slotsAt, slotsBefore } = block
    emitter.openBlock(slotsBefore, isLoop)
    for (const [index, statement] of statements.entries()) {
      emitter.line = statement.line
      if (statement.kind === "label") {
        // A label that nothing follows is beyond the scope of the block's variables.
        const isEnd = statements.slice(index).every(({ kind }) => kind === "label")
        const slots = isEnd && last === undefined ? slotsBefore : (slotsAt[index] ?? 0)
        emitter.label(statement.name, slots)
      } else if (statement.kind === "goto") {
        emitter.goto(statement.name, slotsAt[index] ?? 0)
      } else {
        this.#statement(statement)
        emitter.releaseHidden()
      }
    }
    last?.()
    return emitter.closeBlock()
  }

  #statement(statement: Exclude<Statement, { readonly kind: "label" | "goto" }>): void {
    const emitter = this.#emitter
    switch (statement.kind) {
      case "locals":
        this.#values.exactly(statement.values, statement.variables.length)
        return this.#declare(statement.variables)
      case "assign":
        return this.#assign(statement.targets, statement.values)
      case "call":
        return this.#values.call(statement.call, 0)
      case "block":
        this.#block(statement.body, false)
        return
      case "while":
        return this.#while(statement)
      case "repeat":
        return this.#repeat(statement)
      case "if":
        return this.#if(statement)
      case "count":
        return this.#count(statement)
      case "each":
        return this.#each(statement)
      case "localFunction":
        return this.#localFunction(statement)
      case "return": {
        const { fixed, more } = this.#values.list(statement.values)
        emitter.line = statement.line
        return emitter.emit(Op.return, fixed, more)
      }
      case "break":
        return emitter.breakLoop()
      default:
        return unreachable(statement)
    }
  }

  /** Takes values off the stack into new variables, the last first. */
  #declare(variables: readonly LocalVariable[]): void {
    for (const { isCaptured, slot } of variables.toReversed()) {
      this.#emitter.emit(isCaptured ? Op.newCell : Op.setLocal, slot)
    }
  }

  #store(variable: LocalVariable): void {
    const emitter = this.#emitter
    if (variable.owner !== emitter.node) emitter.emit(Op.setUpvalue, emitter.upvalue(variable))
    else emitter.emit(variable.isCaptured ? Op.setCell : Op.setLocal, variable.slot)
  }

  #assign(targets: readonly Target[], values: readonly Expression[]): void {
    const [target] = targets
    if (target !== undefined && targets.length === 1) return this.#assignOne(target, values)
    const places = targets.map((each) => this.#place(each))
    this.#values.exactly(values, targets.length)
    for (const place of places.toReversed()) place()
  }

  #assignOne(target: Target, values: readonly Expression[]): void {
    const emitter = this.#emitter
    if (target.kind !== "index") {
      const place = this.#place(target)
      this.#values.exactly(values, 1)
      return place()
    }
    this.#values.one(target.object)
    this.#values.one(target.key)
    this.#values.exactly(values, 1)
    emitter.line = target.line
    emitter.emit(Op.setIndex)
  }

  /** Evaluates where a value goes; what is given back takes it off the stack. */
  #place(target: Target): () => void {
    const emitter = this.#emitter
    if (target.kind === "local") return () => this.#store(target.variable)
    if (target.kind === "global") {
      return () => emitter.emit(Op.setGlobal, emitter.constant(target.name))
    }
    const [object, key] = [emitter.hidden(), emitter.hidden()]
    this.#values.one(target.object)
    emitter.emit(Op.setLocal, object)
    this.#values.one(target.key)
    emitter.emit(Op.setLocal, key)
    return () => {
      emitter.line = target.line
      emitter.emit(Op.setIndexOf, object, key)
    }
  }

  #landAll(jumps: readonly Jump[]): void {
    for (const jump of jumps) this.#emitter.land(jump)
  }

  #while({ condition, body }: Extract<Statement, { readonly kind: "while" | "repeat" }>): void {
    const emitter = this.#emitter
    const start = emitter.here
    this.#values.one(condition)
    const out = emitter.jump(Op.jumpUnless)
    const breaks = this.#block(body, true)
    emitter.emit(Op.jump, start)
    this.#landAll([out, ...breaks])
  }

  #repeat({ condition, body }: Extract<Statement, { readonly kind: "while" | "repeat" }>): void {
    const emitter = this.#emitter
    const start = emitter.here
    const breaks = this.#block(body, true, () => {
      this.#values.one(condition)
      emitter.emit(Op.jumpUnless, start)
    })
    this.#landAll(breaks)
  }

  #if({ branches, otherwise }: Extract<Statement, { readonly kind: "if" }>): void {
    const emitter = this.#emitter
    const ends: Jump[] = []
    for (const [index, { condition, body }] of branches.entries()) {
      this.#values.one(condition)
      const next = emitter.jump(Op.jumpUnless)
      this.#block(body, false)
      const isLast = index === branches.length - 1 && otherwise === undefined
      if (!isLast) ends.push(emitter.jump(Op.jump))
      emitter.land(next)
    }
    if (otherwise !== undefined) this.#block(otherwise, false)
    this.#landAll(ends)
  }

  #count(statement: Extract<Statement, { readonly kind: "count" }>): void {
    const emitter = this.#emitter
    const { slot, variable, from, to, step, body, line } = statement
    this.#values.one(from)
    this.#values.one(to)
    if (step === undefined) emitter.emit(Op.constant, emitter.constant(1))
    else this.#values.one(step)
    for (const place of [slot + 2, slot + 1, slot]) emitter.emit(Op.setLocal, place)
    emitter.line = line
    const check = emitter.jump(Op.countFrom, slot)
    const start = emitter.here
    emitter.emit(Op.getLocal, slot)
    this.#declare([variable])
    const breaks = this.#block(body, true)
    emitter.land(check)
    emitter.line = line
    emitter.emit(Op.countOn, slot, start)
    this.#landAll(breaks)
  }

  #each(statement: Extract<Statement, { readonly kind: "each" }>): void {
    const emitter = this.#emitter
    const { slot, variables, values, body, line } = statement
    this.#values.exactly(values, 3)
    for (const place of [slot + 2, slot + 1, slot]) emitter.emit(Op.setLocal, place)
    const start = emitter.here
    emitter.line = line
    emitter.emit(Op.iterate, slot, variables.length)
    const out = emitter.jump(Op.iterated, slot, variables.length)
    this.#declare(variables)
    const breaks = this.#block(body, true)
    emitter.emit(Op.jump, start)
    this.#landAll([out, ...breaks])
  }

  #localFunction({
    variable,
    body,
    line,
  }: Extract<Statement, { readonly kind: "localFunction" }>): void {
    const emitter = this.#emitter
    if (variable.isCaptured) {
      // It may call itself: its cell is there before the function is.
      emitter.emit(Op.nil)
      emitter.emit(Op.newCell, variable.slot)
    }
    this.#values.closure({ kind: "function", body, line })
    this.#store(variable)
  }
}
