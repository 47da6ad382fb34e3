import { Op } from "./code.js"
import { raise } from "./fault.js"
import type { Machine } from "./machine.js"
import {
  type Arithmetic,
  arithmetic,
  assign,
  assignRaw,
  concat,
  equals,
  index,
  isLess,
  isLessOrEqual,
  lengthOf,
  modulo,
  negate,
} from "./operators.js"
import { LuaTable } from "./table.js"
import { type Cell, HostFunction, holds, LuaClosure, type LuaValue } from "./value.js"

type Instruction = (machine: Machine) => void

function cellAt(machine: Machine, slot: number): Cell {
  return machine.stack[machine.base + slot] as unknown as Cell
}

const moves: readonly (readonly [number, Instruction])[] = [
  [Op.constant, (m) => m.push(m.constants[m.operand()])],
  [Op.nil, (m) => m.push(undefined)],
  [Op.yes, (m) => m.push(true)],
  [Op.no, (m) => m.push(false)],
  [
    Op.rest,
    (m) => {
      const wanted = m.operand()
      m.leave(m.top, m.rest, wanted)
    },
  ],
  [Op.getLocal, (m) => m.push(m.stack[m.base + m.operand()] as LuaValue)],
  [
    Op.setLocal,
    (m) => {
      m.stack[m.base + m.operand()] = m.pop()
    },
  ],
  [Op.getCell, (m) => m.push(cellAt(m, m.operand()).value)],
  [
    Op.setCell,
    (m) => {
      cellAt(m, m.operand()).value = m.pop()
    },
  ],
  [
    Op.newCell,
    (m) => {
      const value = m.pop()
      m.stack[m.base + m.operand()] = { value }
    },
  ],
  [Op.getUpvalue, (m) => m.push(m.closure.upvalues[m.operand()]?.value)],
  [
    Op.setUpvalue,
    (m) => {
      const cell = m.closure.upvalues[m.operand()] as Cell
      cell.value = m.pop()
    },
  ],
  [
    Op.getGlobal,
    (m) => {
      const name = m.constants[m.operand()]
      m.push(index(m, m.globals, name))
    },
  ],
  [
    Op.setGlobal,
    (m) => {
      const name = m.constants[m.operand()]
      assign(m, m.globals, name, m.pop())
    },
  ],
  [
    Op.pop,
    (m) => {
      m.top--
    },
  ],
  [Op.closure, makeClosure],
]

const functionBytes = 64

function makeClosure(machine: Machine): void {
  const prototype = machine.closure.prototype.prototypes[machine.operand()]
  if (prototype === undefined) return
  machine.allocate(functionBytes)
  const upvalues = prototype.upvalues.map(({ isLocal, index: at }) =>
    isLocal ? cellAt(machine, at) : (machine.closure.upvalues[at] as Cell),
  )
  machine.push(new LuaClosure(prototype, upvalues))
}

const tableBytes = 64

const tables: readonly (readonly [number, Instruction])[] = [
  [
    Op.newTable,
    (m) => {
      m.allocate(tableBytes)
      m.push(new LuaTable())
    },
  ],
  [Op.append, append],
  [
    Op.field,
    (m) => {
      const value = m.pop()
      const key = m.pop()
      assignRaw(m, m.stack[m.top - 1] as LuaTable, key, value)
    },
  ],
  [
    Op.getIndex,
    (m) => {
      const key = m.pop()
      m.push(index(m, m.pop(), key))
    },
  ],
  [
    Op.getField,
    (m) => {
      const key = m.constants[m.operand()]
      m.push(index(m, m.pop(), key))
    },
  ],
  [
    Op.setIndex,
    (m) => {
      const value = m.pop()
      const key = m.pop()
      assign(m, m.pop(), key, value)
    },
  ],
  [
    Op.setIndexOf,
    (m) => {
      const object = m.stack[m.base + m.operand()] as LuaValue
      const key = m.stack[m.base + m.operand()] as LuaValue
      assign(m, object, key, m.pop())
    },
  ],
  [
    Op.self,
    (m) => {
      const object = m.pop()
      m.push(index(m, object, m.constants[m.operand()]))
      m.push(object)
    },
  ],
]

function append(machine: Machine): void {
  const from = machine.operand()
  const fixed = machine.operand()
  const count = machine.operand() === 0 ? fixed : fixed + machine.multi
  const table = machine.stack[machine.top - count - 1] as LuaTable
  machine.allocate(count * tableBytes)
  machine.top -= count
  for (let at = 0; at < count; at++) {
    table.setPlace(from + at, machine.stack[machine.top + at] as LuaValue)
  }
}

function binary(
  operation: Arithmetic,
  compute: (left: number, right: number) => number,
): Instruction {
  return (m) => {
    const right = m.pop()
    const left = m.pop()
    m.push(
      typeof left === "number" && typeof right === "number"
        ? compute(left, right)
        : arithmetic(m, operation, left, right),
    )
  }
}

function comparing(compare: (m: Machine, left: LuaValue, right: LuaValue) => boolean): Instruction {
  return (m) => {
    const right = m.pop()
    m.push(compare(m, m.pop(), right))
  }
}

const computations: readonly (readonly [number, Instruction])[] = [
  [Op.add, binary("add", (left, right) => left + right)],
  [Op.subtract, binary("sub", (left, right) => left - right)],
  [Op.multiply, binary("mul", (left, right) => left * right)],
  [Op.divide, binary("div", (left, right) => left / right)],
  [Op.modulo, binary("mod", modulo)],
  [Op.power, binary("pow", (left, right) => left ** right)],
  [
    Op.concat,
    (m) => {
      for (let count = m.operand(); count > 1; count--) {
        const right = m.pop()
        m.push(concat(m, m.pop(), right))
      }
    },
  ],
  [Op.equal, comparing(equals)],
  [Op.unequal, comparing((m, left, right) => !equals(m, left, right))],
  [Op.less, comparing(isLess)],
  [Op.lessEqual, comparing(isLessOrEqual)],
  [Op.greater, comparing((m, left, right) => isLess(m, right, left))],
  [Op.greaterEqual, comparing((m, left, right) => isLessOrEqual(m, right, left))],
  [Op.negate, (m) => m.push(negate(m, m.pop()))],
  [Op.not, (m) => m.push(!holds(m.pop()))],
  [Op.length, (m) => m.push(lengthOf(m, m.pop()))],
]

function numberOf(value: LuaValue, what: string): number {
  return typeof value === "number" ? value : raise(`for statement ${what} must be a number`)
}

const flow: readonly (readonly [number, Instruction])[] = [
  [
    Op.jump,
    (m) => {
      m.pc = m.operand()
    },
  ],
  [
    Op.jumpUnless,
    (m) => {
      const target = m.operand()
      if (!holds(m.pop())) m.pc = target
    },
  ],
  [
    Op.and,
    (m) => {
      const target = m.operand()
      if (!holds(m.stack[m.top - 1] as LuaValue)) m.pc = target
      else m.top--
    },
  ],
  [
    Op.or,
    (m) => {
      const target = m.operand()
      if (holds(m.stack[m.top - 1] as LuaValue)) m.pc = target
      else m.top--
    },
  ],
  [
    Op.call,
    (m) => {
      const fixed = m.operand()
      const count = m.operand() === 0 ? fixed : fixed + m.multi
      const wanted = m.operand()
      m.invoke(m.top - count - 1, count, wanted)
    },
  ],
  [
    Op.return,
    (m) => {
      const fixed = m.operand()
      m.return(m.operand() === 0 ? fixed : fixed + m.multi)
    },
  ],
  [
    Op.countFrom,
    (m) => {
      const at = m.base + m.operand()
      const target = m.operand()
      const { stack } = m
      const from = numberOf(stack[at] as LuaValue, "init")
      numberOf(stack[at + 1] as LuaValue, "limit")
      stack[at] = from - numberOf(stack[at + 2] as LuaValue, "step")
      m.pc = target
    },
  ],
  [
    Op.countOn,
    (m) => {
      const at = m.base + m.operand()
      const target = m.operand()
      const { stack } = m
      const step = stack[at + 2] as number
      const next = (stack[at] as number) + step
      stack[at] = next
      const limit = stack[at + 1] as number
      if (step > 0 ? next <= limit : next >= limit) m.pc = target
    },
  ],
  [Op.iterate, iterate],
  [
    Op.iterated,
    (m) => {
      const slot = m.operand()
      const count = m.operand()
      const target = m.operand()
      const control = m.stack[m.top - count] as LuaValue
      if (control !== undefined) {
        m.stack[m.base + slot + 2] = control
        return
      }
      m.top -= count
      m.pc = target
    },
  ],
]

/** Calls the iterator of a loop; the walk over a table needs no call. */
function iterate(machine: Machine): void {
  const at = machine.base + machine.operand()
  const wanted = machine.operand()
  const { stack } = machine
  const iterator = stack[at] as LuaValue
  const state = stack[at + 1] as LuaValue
  if (iterator instanceof HostFunction && iterator.name === "next" && state instanceof LuaTable) {
    const pair = state.next(stack[at + 2] as LuaValue)
    if (pair !== "unknown") return machine.leave(machine.top, pair ?? [], wanted)
  }
  const callee = machine.top
  for (let offset = 0; offset < 3; offset++) machine.push(stack[at + offset] as LuaValue)
  machine.invoke(callee, 2, wanted)
}

/** What each instruction does, by its number. */
export const instructions: readonly Instruction[] = (() => {
  const all = new Map([...moves, ...tables, ...computations, ...flow])
  return Array.from({ length: all.size }, (_, code) => all.get(code) as Instruction)
})()
