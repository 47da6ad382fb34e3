import { type EvaluateOptions, Fault, type Zone } from "../issue.js"
import type { CallContext, Value } from "../values/value.js"

/** One evaluation: the environment, the variables and what is left of the budget. */
export interface Frame extends CallContext {
  readonly env: Value
  readonly slots: Value[]
  readonly step: (units: number) => void
  /** The nil at which the last optional chain ended. */
  chainEnd: Value
}

/** What closures compute with. */
export type Evaluate = (frame: Frame) => Value

const defaults = { steps: 5_000_000, memory: 1_000_000 }
const noZones = (): undefined => undefined
const noSlots: Value[] = []

class EvaluationFrame implements Frame {
  readonly env: Value
  readonly slots: Value[]
  readonly given: EvaluateOptions | undefined
  readonly memoryMax: number
  chainEnd: Value = null
  steps = 0
  memory = 0
  constructor(env: Value, size: number, memoryMax: number, given: EvaluateOptions | undefined) {
    this.env = env
    this.slots = size === 0 ? noSlots : Array.from({ length: size }, () => null)
    this.given = given
    this.memoryMax = memoryMax
  }
  get now(): number | undefined {
    return this.given?.now
  }
  get zones(): (name: string) => Zone | undefined {
    return this.given?.zones ?? noZones
  }
  charge(units: number): void {
    this.memory += units
    if (this.memory >= this.memoryMax) throw new Fault("memory budget exceeded", -1, "budget")
  }
  step(units: number): void {
    this.steps += units
    const most = this.given?.budget?.steps ?? defaults.steps
    if (this.steps > most) throw new Fault("step budget exceeded", -1, "budget")
  }
}

/** What a program needs of its frames. */
export interface FrameNeeds {
  readonly size: number
  /** Units of memory beyond the budget: 1.15 fails only when it is exceeded, 1.17 when it is reached. */
  readonly slack: number
}

/** A fresh frame. */
export function createFrame(
  env: Value,
  needs: FrameNeeds,
  given: EvaluateOptions | undefined,
): Frame {
  const memory = (given?.budget?.memory ?? defaults.memory) + needs.slack
  return new EvaluationFrame(env, needs.size, memory, given)
}
