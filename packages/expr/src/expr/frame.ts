import { Fault, type Zone } from "../issue.js"
import type { CallContext, Value } from "../values/value.js"

/** One evaluation: the environment, the variables and what is left of the budget. */
export interface Frame extends CallContext {
  readonly env: Value
  readonly slots: Value[]
  readonly step: (units: number) => void
}

/** What closures compute with. */
export type Evaluate = (frame: Frame) => Value

/** Settings of a frame. */
export interface FrameOptions {
  readonly env: Value
  readonly size: number
  readonly now: number | undefined
  readonly zones: (name: string) => Zone | undefined
  readonly steps: number
  readonly memory: number
}

class EvaluationFrame implements Frame {
  readonly env: Value
  readonly slots: Value[]
  readonly options: FrameOptions
  #steps = 0
  #memory = 0
  constructor(options: FrameOptions) {
    this.options = options
    this.env = options.env
    this.slots = options.size === 0 ? noSlots : Array.from({ length: options.size }, () => null)
  }
  get now(): number | undefined {
    return this.options.now
  }
  get zones(): (name: string) => Zone | undefined {
    return this.options.zones
  }
  charge(units: number): void {
    this.#memory += units
    if (this.#memory >= this.options.memory) throw new Fault("memory budget exceeded", -1, "budget")
  }
  step(units: number): void {
    this.#steps += units
    if (this.#steps > this.options.steps) throw new Fault("step budget exceeded", -1, "budget")
  }
}

const noSlots: Value[] = []

/** A fresh frame. */
export function createFrame(options: FrameOptions): Frame {
  return new EvaluationFrame(options)
}
