import { TypedNil, type Value } from "../values/value.js"
import type { Node } from "./ast.js"
import type { Dialect } from "./dialect.js"
import type { Evaluate } from "./frame.js"

/** A predicate around the place being compiled: where its item, index and accumulator live. */
export interface PredicateScope {
  readonly item: number
  readonly index: number
  readonly accumulator: number
}

/** What is known at a place while compiling. */
export interface Scope {
  readonly dialect: Dialect
  readonly predicate: PredicateScope | undefined
  readonly variables: ReadonlyMap<string, number>
  /** Counts the slots of the frame. */
  readonly slots: { count: number }
  /** True within an optional chain, where absence ends the whole. */
  readonly inChain: boolean
  /** True in the one-shot mode: nothing was checked. */
  readonly isUnchecked: boolean
  /** Compiles a node below: the closure compiler itself, passed along so that its files need not import each other. */
  readonly compile: (node: Node, scope: Scope) => Evaluate
}

/** The items of a map, which loops count but cannot read. */
export const unreadable: Value = new TypedNil({ kind: "nil", name: "unreadable" })

/** A scope outside any chain. */
export function outside(scope: Scope): Scope {
  return scope.inChain ? { ...scope, inChain: false } : scope
}
