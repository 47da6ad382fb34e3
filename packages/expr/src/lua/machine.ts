import { Fault } from "../issue.js"
import { ArgumentFault, LuaError, raise } from "./fault.js"
import { instructions } from "./instructions.js"
import { metamethod } from "./operators.js"
import { LuaTable } from "./table.js"
import {
  type Cell,
  Coroutine,
  type Frame,
  type Guard,
  type Host,
  HostFunction,
  LuaClosure,
  type LuaValue,
} from "./value.js"

/** Calls within calls; gopher-lua's own limit. */
const framesMax = 256
/** Library functions that call Lua functions that call library functions … */
const nestingMax = 150

/** What one evaluation may spend. */
export interface Allowance {
  readonly steps: number
  readonly bytes: number
}

/** What an evaluation may know. */
export interface MachineOptions {
  readonly globals: LuaTable
  readonly stringMethods: LuaTable
  readonly allowance: Allowance
  readonly now: number | undefined
  readonly print: (line: string) => void
}

/** Carries out instructions. Its fields are the registers: those of the frame that runs are kept here, not in the frame. */
export class Machine implements Host {
  readonly globals: LuaTable
  readonly stringMethods: LuaTable
  readonly now: number | undefined
  readonly print: (line: string) => void
  running: Coroutine = new Coroutine(undefined)
  stack: (LuaValue | Cell)[] = this.running.stack
  closure!: LuaClosure
  code!: readonly number[]
  constants!: readonly LuaValue[]
  rest: readonly LuaValue[] = []
  base = 0
  /** The first free place of the stack. */
  top = 0
  pc = 0
  /** How many values the last call or `...` left whose count was open. */
  multi = 0
  #steps: number
  #bytes: number
  #nesting = 0
  #returned: readonly LuaValue[] = []
  #paused: { readonly at: number; readonly wanted: number } | undefined
  readonly #pauses = new WeakMap<Coroutine, { readonly at: number; readonly wanted: number }>()

  constructor(options: MachineOptions) {
    this.globals = options.globals
    this.stringMethods = options.stringMethods
    this.now = options.now
    this.print = options.print
    this.#steps = options.allowance.steps
    this.#bytes = options.allowance.bytes
    this.running.status = "running"
  }

  spend(steps: number): void {
    this.#steps -= steps
    if (this.#steps < 0) throw new Fault("step budget exceeded", -1, "budget")
  }

  allocate(bytes: number): void {
    this.#bytes -= bytes
    if (this.#bytes < 0) throw new Fault("memory budget exceeded", -1, "budget")
  }

  /** The next operand. */
  operand(): number {
    return this.code[this.pc++] as number
  }

  push(value: LuaValue): void {
    this.stack[this.top++] = value
  }

  pop(): LuaValue {
    return this.stack[--this.top] as LuaValue
  }

  where(level: number): string {
    const { frames } = this.running
    const frame = frames.at(-level)
    if (frame === undefined || level < 1) return ""
    const pc = level === 1 ? this.pc : frame.pc
    return `<string>:${frame.closure.prototype.lines[pc - 1] ?? 0}:`
  }

  /** Runs a closure on the main thread from nothing. */
  start(closure: LuaClosure, parameters: readonly LuaValue[]): readonly LuaValue[] {
    return this.call(closure, parameters)
  }

  call(callee: LuaValue, parameters: readonly LuaValue[]): readonly LuaValue[] {
    if (callee instanceof HostFunction) return this.#callHost(callee, parameters)
    if (!(callee instanceof LuaClosure)) {
      const method = metamethod(this, callee, "__call")
      if (method === undefined) return raise("attempt to call a non-function object")
      return this.call(method, [callee, ...parameters])
    }
    const { frames } = this.running
    const floor = frames.length
    const { top, pc } = this
    this.push(callee)
    for (const each of parameters) this.push(each)
    return this.#nested(() => {
      this.#enter(callee, { at: top, count: parameters.length, wanted: -1, guard: undefined })
      const results = this.#run(floor)
      this.#resumeFrame(top, pc)
      return results
    })
  }

  #resumeFrame(top: number, pc: number): void {
    const frame = this.running.frames.at(-1)
    if (frame !== undefined) this.#load(frame)
    this.top = top
    this.pc = pc
  }

  #nested<Value>(run: () => Value): Value {
    if (this.#nesting >= nestingMax) return raise("stack overflow")
    const { running } = this
    this.#nesting++
    running.nested++
    try {
      return run()
    } finally {
      this.#nesting--
      running.nested--
    }
  }

  #callHost(callee: HostFunction, parameters: readonly LuaValue[]): readonly LuaValue[] {
    if (callee.special === undefined) return callee.run(this, parameters)
    if (callee.special === "yield") return raise("attempt to yield across a call boundary")
    const [target, second] = parameters
    const isPlain = callee.special === "pcall"
    const guard = { handler: isPlain ? undefined : second }
    return this.#guarded(guard, target, isPlain ? parameters.slice(1) : [])
  }

  /** A `pcall` of what is no Lua function, or from a library function. */
  #guarded(guard: Guard, callee: LuaValue, parameters: readonly LuaValue[]): readonly LuaValue[] {
    const { running, top, pc } = this
    const depth = running.frames.length
    try {
      return [true, ...this.call(callee, parameters)]
    } catch (thrown) {
      const error = this.#errorOf(thrown, "(anonymous)")
      running.frames.length = depth
      this.#resumeFrame(top, pc)
      return [false, ...this.#handled(guard, error)]
    }
  }

  #handled({ handler }: Guard, { value }: LuaError): readonly LuaValue[] {
    return handler === undefined ? [value] : this.call(handler, [value])
  }

  /** A caught error with its place, or throws on what a script may not catch. */
  #errorOf(thrown: unknown, name: string): LuaError {
    if (thrown instanceof ArgumentFault) {
      const { place, message } = thrown
      return this.#errorOf(
        new LuaError(`bad argument #${place} to ${name} (${message})`, false),
        name,
      )
    }
    if (!(thrown instanceof LuaError)) throw thrown
    if (!thrown.isPlaced) {
      thrown.isPlaced = true
      const where = this.where(1)
      if (where !== "") thrown.value = `${where} ${String(thrown.value)}`
    }
    return thrown
  }

  #run(floor: number): readonly LuaValue[] {
    const { running } = this
    const { nested, frames } = running
    for (;;) {
      try {
        while (frames.length > floor && this.#paused === undefined) {
          if (--this.#steps < 0) throw new Fault("step budget exceeded", -1, "budget")
          const instruction = instructions[this.code[this.pc++] as number]
          ;(instruction as (machine: Machine) => void)(this)
        }
        return this.#returned
      } catch (thrown) {
        running.nested = nested
        this.#recover(thrown, running, floor)
      }
    }
  }

  /** Goes on after the innermost `pcall` above `floor`, or throws on. */
  #recover(thrown: unknown, thread: Coroutine, floor: number): void {
    if (thread !== this.running) this.#enterThread(thread)
    const { callNames } = this.closure.prototype
    const error = this.#errorOf(thrown, callNames.get(this.pc - 4) ?? "?")
    const { frames } = thread
    let index = frames.length - 1
    while (index >= floor && frames[index]?.guard === undefined) index--
    const frame = frames[index]
    if (index < floor || frame?.guard === undefined) {
      frames.length = floor
      throw error
    }
    const at = frame.base - 1
    frames.length = index
    const caller = frames.at(-1) as Frame
    this.#load(caller)
    this.top = at
    this.leave(at, [false, ...this.#handled(frame.guard, error)], frame.wanted)
  }

  #load(frame: Frame): void {
    const { closure, base, rest, pc } = frame
    this.closure = closure
    this.code = closure.prototype.code
    this.constants = closure.prototype.constants
    this.rest = rest
    this.base = base
    this.pc = pc
  }

  /** Begins a call whose function lies at a place of the stack, its parameters after it. */
  #enter(
    closure: LuaClosure,
    call: {
      readonly at: number
      readonly count: number
      readonly wanted: number
      readonly guard: Guard | undefined
    },
  ): void {
    const { frames } = this.running
    const { at, count, wanted, guard } = call
    if (frames.length >= framesMax) return raise("stack overflow")
    const { prototype } = closure
    const { parameters, slots, isVariadic, argSlot } = prototype
    const { stack } = this
    const base = at + 1
    const rest =
      isVariadic && count > parameters
        ? (stack.slice(base + parameters, base + count) as LuaValue[])
        : []
    for (let slot = Math.min(count, parameters); slot < slots; slot++)
      stack[base + slot] = undefined
    if (argSlot >= 0) stack[base + argSlot] = argTable(rest)
    const caller = frames.at(-1)
    if (caller !== undefined) caller.pc = this.pc
    const frame: Frame = { closure, base, rest, wanted, guard, pc: 0 }
    frames.push(frame)
    this.#load(frame)
    this.top = base + slots
  }

  /** Calls what lies at a place of the stack with the parameters after it. */
  invoke(at: number, count: number, wanted: number): void {
    const callee = this.stack[at] as LuaValue
    if (callee instanceof LuaClosure) {
      return this.#enter(callee, { at, count, wanted, guard: undefined })
    }
    if (callee instanceof HostFunction) return this.#invokeHost(callee, at, { count, wanted })
    const method = metamethod(this, callee, "__call")
    if (method === undefined) return raise("attempt to call a non-function object")
    this.stack.copyWithin(at + 1, at, at + 1 + count)
    this.stack[at] = method
    this.top++
    this.invoke(at, count + 1, wanted)
  }

  #invokeHost(
    callee: HostFunction,
    at: number,
    { count, wanted }: { readonly count: number; readonly wanted: number },
  ): void {
    const parameters = this.stack.slice(at + 1, at + 1 + count) as LuaValue[]
    if (callee.special === undefined) {
      const frame = this.running.frames.at(-1) as Frame
      frame.pc = this.pc
      return this.leave(at, callee.run(this, parameters), wanted)
    }
    if (callee.special === "yield") return this.#pause(at, wanted, parameters)
    const [target, handler] = parameters
    const isPlain = callee.special === "pcall"
    const guard = { handler: isPlain ? undefined : handler }
    const passed = isPlain ? parameters.slice(1) : []
    if (!(target instanceof LuaClosure)) {
      return this.leave(at, this.#guarded(guard, target, passed), wanted)
    }
    for (const [index, each] of passed.entries()) this.stack[at + 1 + index] = each
    this.stack[at] = target
    this.#enter(target, { at, count: passed.length, wanted, guard })
  }

  /** Leaves results where a call's function lay, as many as are wanted. */
  leave(at: number, results: readonly LuaValue[], wanted: number): void {
    const { stack } = this
    const count = wanted < 0 ? results.length : wanted
    for (let index = 0; index < count; index++) stack[at + index] = results[index]
    this.top = at + count
    if (wanted < 0) this.multi = results.length
  }

  /** Ends the frame that runs. */
  return(count: number): void {
    const { frames } = this.running
    const values = this.stack.slice(this.top - count, this.top) as LuaValue[]
    const frame = frames.pop() as Frame
    const results = frame.guard === undefined ? values : [true, ...values]
    const caller = frames.at(-1)
    if (caller === undefined || frame.wanted === -1) this.#returned = results
    if (caller === undefined) return
    this.#load(caller)
    this.leave(frame.base - 1, results, frame.wanted)
  }

  #pause(at: number, wanted: number, values: readonly LuaValue[]): void {
    const { running } = this
    if (running.body === undefined) return raise("can not yield from outside of a coroutine")
    if (running.nested > 1) return raise("attempt to yield across a call boundary")
    const frame = running.frames.at(-1) as Frame
    frame.pc = this.pc
    this.#returned = values
    this.#paused = { at, wanted }
  }

  resume(coroutine: Coroutine, parameters: readonly LuaValue[]): readonly LuaValue[] {
    const { running: resumer, top, pc } = this
    const frame = resumer.frames.at(-1)
    if (frame !== undefined) frame.pc = pc
    resumer.status = "normal"
    return this.#nested(() => {
      this.#enterThread(coroutine)
      coroutine.status = "running"
      try {
        const results = this.#continue(coroutine, parameters)
        coroutine.status = this.#paused === undefined ? "dead" : "suspended"
        return results
      } catch (thrown) {
        coroutine.status = "dead"
        throw thrown
      } finally {
        if (this.#paused !== undefined) this.#pauses.set(coroutine, this.#paused)
        this.#paused = undefined
        coroutine.nested = 0
        resumer.status = "running"
        this.#enterThread(resumer)
        this.#resumeFrame(top, pc)
      }
    })
  }

  #enterThread(thread: Coroutine): void {
    this.running = thread
    this.stack = thread.stack
    const frame = thread.frames.at(-1)
    if (frame !== undefined) this.#load(frame)
  }

  #continue(coroutine: Coroutine, parameters: readonly LuaValue[]): readonly LuaValue[] {
    const pause = this.#pauses.get(coroutine)
    coroutine.nested = 1
    if (pause !== undefined) {
      this.leave(pause.at, parameters, pause.wanted)
      return this.#run(0)
    }
    const { body } = coroutine
    this.top = 0
    if (!(body instanceof LuaClosure)) return this.call(body, parameters)
    this.push(body)
    for (const each of parameters) this.push(each)
    this.#enter(body, { at: 0, count: parameters.length, wanted: -1, guard: undefined })
    return this.#run(0)
  }
}

function argTable(rest: readonly LuaValue[]): LuaTable {
  const table = new LuaTable()
  for (const [index, each] of rest.entries()) table.setPlace(index + 1, each)
  table.set("n", rest.length)
  return table
}
