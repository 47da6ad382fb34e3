import { formatGoFloat, parseGoFloat, parseGoIntBase0 } from "../go/number.js"
import type { LuaTable } from "./table.js"

/** What Lua computes with: `undefined` is `nil`, strings hold one byte a unit. */
export type LuaValue =
  | undefined
  | boolean
  | number
  | string
  | LuaTable
  | LuaClosure
  | HostFunction
  | Coroutine

/** A variable that closures share. */
export interface Cell {
  value: LuaValue
}

/** A compiled function body. */
export interface Prototype {
  readonly code: readonly number[]
  /** The source line of each instruction. */
  readonly lines: readonly number[]
  readonly constants: readonly LuaValue[]
  readonly prototypes: readonly Prototype[]
  /** Where each variable from outside is found when the function is made. */
  readonly upvalues: readonly { readonly isLocal: boolean; readonly index: number }[]
  readonly parameters: number
  readonly isVariadic: boolean
  /** The slot of the old `arg` table, where the function reads it. */
  readonly argSlot: number
  readonly slots: number
  /** What a call at an instruction calls its function. */
  readonly callNames: ReadonlyMap<number, string>
}

/** A function written in Lua. */
export class LuaClosure {
  readonly prototype: Prototype
  readonly upvalues: readonly Cell[]
  constructor(prototype: Prototype, upvalues: readonly Cell[]) {
    this.prototype = prototype
    this.upvalues = upvalues
  }
}

/** What a host function may ask of the machine that calls it. */
export interface Host {
  /** Calls a function and gives all its results. */
  call(callee: LuaValue, parameters: readonly LuaValue[]): readonly LuaValue[]
  /** Pays for work. */
  spend(steps: number): void
  /** Pays for bytes. */
  allocate(bytes: number): void
  /** `chunk:line:` of the Lua function `level` calls up; empty where there is none. */
  where(level: number): string
  /** The table that `string` methods are found in. */
  readonly stringMethods: LuaTable
  /** Milliseconds since the epoch, if the evaluation knows any. */
  readonly now: number | undefined
  resume(coroutine: Coroutine, parameters: readonly LuaValue[]): readonly LuaValue[]
  readonly running: Coroutine
  print(line: string): void
}

/** Functions that the machine itself carries out. */
export type SpecialFunction = "pcall" | "xpcall" | "yield"

/** A function of the library. */
export class HostFunction {
  readonly name: string
  readonly run: (host: Host, parameters: readonly LuaValue[]) => readonly LuaValue[]
  readonly special: SpecialFunction | undefined
  constructor(name: string, run: HostFunction["run"], special?: SpecialFunction) {
    this.name = name
    this.run = run
    this.special = special
  }
}

/** A call that is under way. */
export interface Frame {
  readonly closure: LuaClosure
  /** Where its slots begin. */
  readonly base: number
  readonly rest: readonly LuaValue[]
  /** Results that the caller wants; -1: all. */
  readonly wanted: number
  /** What becomes of an error in it. */
  readonly guard: Guard | undefined
  pc: number
}

/** The place of a `pcall` or `xpcall`, whose handler sees the error first. */
export interface Guard {
  readonly handler: LuaValue
}

/** A thread of calls. The main one is a coroutine that nobody resumes. */
export class Coroutine {
  readonly stack: LuaValue[] = []
  readonly frames: Frame[] = []
  readonly body: LuaValue
  status: "suspended" | "running" | "normal" | "dead" = "suspended"
  /** Host functions under way between this thread's frames: none may be left by a yield. */
  nested = 0
  constructor(body: LuaValue) {
    this.body = body
  }
}

/** The name of a value's type, as `type` gives it. */
export function typeName(value: LuaValue): string {
  if (value === undefined) return "nil"
  if (typeof value === "object") {
    if (value instanceof LuaClosure || value instanceof HostFunction) return "function"
    return value instanceof Coroutine ? "thread" : "table"
  }
  return typeof value
}

/** Everything but `nil` and `false` holds. */
export function holds(value: LuaValue): boolean {
  return value !== undefined && value !== false
}

const int64Limit = 2 ** 63

/** A number as gopher-lua writes it: whole ones with all their digits, others as Go does. */
export function numberText(value: number): string {
  if (!Number.isInteger(value) || value >= int64Limit || value < -int64Limit) {
    return formatGoFloat(value)
  }
  return Number.isSafeInteger(value) ? String(value + 0) : BigInt(value).toString()
}

const blanks = /^[ \t\n]+|[ \t\n]+$/g

/** The number that a text spells, as literals and arithmetic read it; a leading 0 is octal, as in Go. */
export function readNumber(text: string): number | undefined {
  const trimmed = text.replace(blanks, "")
  const whole = parseGoIntBase0(trimmed)
  return whole === undefined ? parseGoFloat(trimmed) : Number(whole)
}

/** The number that arithmetic takes a value for. */
export function toNumber(value: LuaValue): number | undefined {
  if (typeof value === "number") return value
  return typeof value === "string" ? readNumber(value) : undefined
}
