import type { CompiledCall, CompiledHook, CompiledTemplate, CompiledUnit } from "./compile-types.js"
import type { Item } from "./loops.js"
import type { NodeRecord } from "./node.js"
import type { Waiting } from "./waiting.js"

/** Whom a node tells when nothing more will happen to it. `undefined`: the run itself. */
export type Owner = Frame | Loop | Attempts | Hooked

/** What runs inside a node. */
export type Body = Frame | Attempts | Containers

/** The containers of a containerSet's pod. */
export interface Containers {
  readonly kind: "containers"
  readonly nodes: readonly NodeRecord[]
}

/** A running steps or dag template. */
export interface Frame {
  readonly kind: "frame"
  readonly node: NodeRecord
  readonly template: CompiledTemplate
  /** What each unit has become: one node, a loop, or nothing yet. */
  readonly units: (NodeRecord | Loop | undefined)[]
  /** DAG: dependencies of each unit that are not done; -1 where the targets do not need it. */
  readonly unmet: Int32Array | undefined
  /** DAG: for each unit, whether a plain dependency ended in a way that forbids it. */
  readonly blocked: Uint8Array | undefined
  /** DAG: phases that reach whoever follows a unit, as bits. */
  readonly branches: Uint8Array | undefined
  /** Units that are not done: of the DAG, or of the current group. */
  remaining: number
  /** Instances that have started and not ended. */
  active: number
  /** Steps: the current group, and its node. */
  group: number
  groupNode: NodeRecord | undefined
  /** Set where nothing new may start any more: the reason. */
  halted: "" | "shutdown" | "failFast" | "fault" | "fallen"
  /** Instances held back by the template's `parallelism`. */
  readonly waiting: Waiting
  /** Pods, Steps and DAGs that count against the template's `parallelism`. */
  counted: number
  /** How many bodies enclose this one, itself included. */
  readonly depth: number
  /** The body that encloses it. */
  readonly parent: Frame | undefined
  /** True inside a body of its own template, however far out. */
  readonly isRecursive: boolean
}

/** The instances of one unit with a loop. */
export interface Loop {
  readonly kind: "loop"
  readonly frame: Frame
  readonly slot: number
  readonly items: readonly Item[]
  readonly nodes: (NodeRecord | undefined)[]
  /** The TaskGroup; loops of steps have none. */
  readonly node: NodeRecord | undefined
  /** What is asked for what a loop is as a whole: the TaskGroup, or the group of steps. */
  readonly group: NodeRecord | undefined
  remaining: number
}

/** The attempts of one Retry node. */
export interface Attempts {
  readonly kind: "attempts"
  readonly node: NodeRecord
  readonly template: CompiledTemplate
  readonly list: NodeRecord[]
  /** When the next attempt may start; `unset` where none is planned. */
  nextAt: number
}

/** A node with hooks: of a step or task, or the entry node with those of the workflow. */
export interface Hooked {
  readonly kind: "hooked"
  readonly node: NodeRecord
  readonly hooks: readonly CompiledHook[]
  /** Where a step or task stands; `undefined` for the workflow's. */
  readonly frame: Frame | undefined
  readonly unit: CompiledUnit | undefined
  readonly item: Item | undefined
  /** Names of the hooks that have started. */
  readonly started: Set<string>
  /** Their nodes, in the order in which they came. */
  readonly nodes: NodeRecord[]
  /** How many of those have not ended. */
  remaining: number
}

/** One call of a template that is about to make a node. */
export interface Call {
  /** Whom the node will tell. */
  readonly owner: Owner | undefined
  readonly slot: number
  /** The caller's body; `undefined` for the entry template and the exit handler. */
  readonly frame: Frame | undefined
  /** The node whose name the new one continues; `undefined` for the entry node. */
  readonly base: NodeRecord | undefined
  readonly unit: CompiledUnit | undefined
  readonly hook: CompiledHook | undefined
  readonly item: Item | undefined
  /** Which template, with what; attempts have none, they repeat their Retry node's. */
  readonly source: CompiledCall | undefined
  readonly suffix: string
  readonly isExit: boolean
}

/** So many places with nothing in them, in a list without holes. */
export function emptySlots<T>(count: number): (T | undefined)[] {
  const slots: (T | undefined)[] = []
  for (let index = 0; index < count; index++) slots.push(undefined)
  return slots
}
