import type { EpochMs } from "@argo-ts/kernel"
import { Fault } from "../issue.js"
import type { JqObject } from "./value.js"

/** What one evaluation may still spend, and what it may know. A program has one machine and resets it. */
export interface Machine {
  steps: number
  memory: number
  now: EpochMs | undefined
  env: JqObject
}

/** A machine with nothing to spend yet. */
export function createMachine(): Machine {
  return { steps: 0, memory: 0, now: undefined, env: Object.create(null) }
}

/** Pays for work. */
export function spend(machine: Machine, steps: number): void {
  machine.steps -= steps
  if (machine.steps < 0) throw new Fault("step budget exceeded", -1, "budget")
}

/** Pays for what a value grows by: items of a collection, and eighths of the characters of a text. */
export function grow(machine: Machine, units: number): void {
  machine.memory -= units
  if (machine.memory < 0) throw new Fault("memory budget exceeded", -1, "budget")
}

/** Pays for a text. */
export function growText(machine: Machine, length: number): void {
  grow(machine, length / 8)
}
