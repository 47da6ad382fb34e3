import { Fault } from "../issue.js"
import type { FunctionNode, LocalVariable } from "./ast.js"
import { Op } from "./code.js"
import type { LuaValue, Prototype } from "./value.js"

type Opcode = (typeof Op)[keyof typeof Op]

/** A jump whose target is not known yet. */
export interface Jump {
  /** Where its target is written. */
  readonly operand: number
}

interface PendingGoto {
  readonly name: string
  readonly line: number
  readonly jump: Jump
  /** Variables in sight where it stands, of blocks that are still open. */
  slots: number
}

interface OpenBlock {
  readonly slotsBefore: number
  readonly labels: Map<
    string,
    { readonly at: number; readonly slots: number; readonly line: number }
  >
  readonly gotos: PendingGoto[]
  /** Jumps out of a loop, if this is the body of one. */
  readonly breaks: Jump[] | undefined
}

/** The code of one function as it is written. */
export class Emitter {
  readonly node: FunctionNode
  readonly parent: Emitter | undefined
  readonly prototypes: Prototype[] = []
  readonly #code: number[] = []
  readonly #lines: number[] = []
  readonly #constants: LuaValue[] = []
  readonly #constantAt = new Map<LuaValue, number>()
  readonly #upvalues: { readonly isLocal: boolean; readonly index: number }[] = []
  readonly #upvalueAt = new Map<LocalVariable, number>()
  readonly #callNames = new Map<number, string>()
  readonly #blocks: OpenBlock[] = []
  #hidden: number
  #slots: number
  line = 0

  constructor(node: FunctionNode, parent: Emitter | undefined) {
    this.node = node
    this.parent = parent
    this.#hidden = node.slots
    this.#slots = node.slots
  }

  emit(opcode: Opcode, ...operands: number[]): void {
    for (const each of [opcode, ...operands]) {
      this.#code.push(each)
      this.#lines.push(this.line)
    }
  }

  get here(): number {
    return this.#code.length
  }

  constant(value: number | string): number {
    // A map takes -0 for 0; Lua's literals have no -0 that matters.
    const known = this.#constantAt.get(value)
    if (known !== undefined) return known
    this.#constants.push(value)
    this.#constantAt.set(value, this.#constants.length - 1)
    return this.#constants.length - 1
  }

  /** Emits an instruction whose last operand is a target, to be set with {@link land}. */
  jump(opcode: Opcode, ...operands: number[]): Jump {
    this.emit(opcode, ...operands, -1)
    return { operand: this.#code.length - 1 }
  }

  /** Lets a jump end here, or at a place that is known. */
  land(jump: Jump, at: number = this.here): void {
    this.#code[jump.operand] = at
  }

  /** Names what the call that was just emitted calls. */
  nameCall(name: string): void {
    this.#callNames.set(this.here - 4, name)
  }

  /** The place of a variable of an outer function among this one's. */
  upvalue(variable: LocalVariable): number {
    const known = this.#upvalueAt.get(variable)
    if (known !== undefined) return known
    const { parent } = this
    if (parent === undefined) throw new Fault("a variable of no function", -1, "parse")
    const isLocal = variable.owner === parent.node
    this.#upvalues.push({ isLocal, index: isLocal ? variable.slot : parent.upvalue(variable) })
    this.#upvalueAt.set(variable, this.#upvalues.length - 1)
    return this.#upvalues.length - 1
  }

  /** A slot for the machine's own use; {@link releaseHidden} gives all back. */
  hidden(): number {
    const slot = this.#hidden++
    this.#slots = Math.max(this.#slots, this.#hidden)
    return slot
  }

  releaseHidden(): void {
    this.#hidden = this.node.slots
  }

  openBlock(slotsBefore: number, isLoop: boolean): void {
    const breaks = isLoop ? [] : undefined
    this.#blocks.push({ slotsBefore, labels: new Map(), gotos: [], breaks })
  }

  label(name: string, slots: number): void {
    const block = this.#blocks.at(-1) as OpenBlock
    for (const { labels } of this.#blocks) {
      const before = labels.get(name)
      if (before === undefined) continue
      const message = `label '${name}' already defined on line ${before.line}`
      throw new Fault(message, -1, "parse")
    }
    block.labels.set(name, { at: this.here, slots, line: this.line })
  }

  goto(name: string, slots: number): void {
    const block = this.#blocks.at(-1) as OpenBlock
    block.gotos.push({ name, line: this.line, jump: this.jump(Op.jump), slots })
  }

  /** Leaves the innermost loop. */
  breakLoop(): void {
    const loop = this.#blocks.findLast(({ breaks }) => breaks !== undefined)
    if (loop?.breaks === undefined) {
      throw new Fault(`no loop to break near line ${this.line}`, -1, "parse")
    }
    loop.breaks.push(this.jump(Op.jump))
  }

  /** Ends a block: its gotos find their labels, here or further out. Gives the jumps that leave the loop. */
  closeBlock(): readonly Jump[] {
    const { labels, gotos, breaks = [], slotsBefore } = this.#blocks.pop() as OpenBlock
    const outer = this.#blocks.at(-1)
    for (const pending of gotos) {
      const label = labels.get(pending.name)
      const slots = Math.min(pending.slots, slotsBefore)
      if (label !== undefined) {
        if (label.slots > pending.slots) {
          const message = `<goto ${pending.name}> at line ${pending.line} jumps into the scope of a local`
          throw new Fault(message, -1, "parse")
        }
        this.land(pending.jump, label.at)
      } else if (outer === undefined) {
        const message = `no visible label '${pending.name}' for <goto> at line ${pending.line}`
        throw new Fault(message, -1, "parse")
      } else {
        outer.gotos.push({ ...pending, slots })
      }
    }
    return breaks
  }

  finish(): Prototype {
    const { parameters, isVariadic, argSlot } = this.node
    return {
      code: this.#code,
      lines: this.#lines,
      constants: this.#constants,
      prototypes: this.prototypes,
      upvalues: this.#upvalues,
      parameters,
      isVariadic,
      argSlot,
      slots: this.#slots,
      callNames: this.#callNames,
    }
  }
}
