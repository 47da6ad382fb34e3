import type { Value } from "../values/value.js"

/** Where something stands in its template. */
export interface Place {
  readonly offset: number
  /** As it is written: messages quote it. */
  readonly text: string
}

/** An operand of a command. */
export type Operand =
  | { readonly kind: "dot"; readonly place: Place }
  | { readonly kind: "nil"; readonly place: Place }
  | { readonly kind: "constant"; readonly value: Value; readonly place: Place }
  | { readonly kind: "field"; readonly names: readonly string[]; readonly place: Place }
  | {
      readonly kind: "variable"
      readonly name: string
      readonly names: readonly string[]
      readonly place: Place
    }
  | { readonly kind: "function"; readonly name: string; readonly place: Place }
  | { readonly kind: "pipe"; readonly pipe: Pipeline; readonly place: Place }
  | {
      readonly kind: "chain"
      readonly of: Operand
      readonly names: readonly string[]
      readonly place: Place
    }

/** Operands: the first is called with the others, or stands alone. */
export interface Command {
  readonly operands: readonly [Operand, ...Operand[]]
  readonly place: Place
}

/** Commands that hand their value on, and the variables that take the last one. */
export interface Pipeline {
  readonly variables: readonly string[]
  readonly isAssignment: boolean
  readonly commands: readonly Command[]
  readonly place: Place
}

/** A piece of a template. */
export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly pipe: Pipeline }
  | {
      readonly kind: "if" | "with" | "range"
      readonly pipe: Pipeline
      readonly body: readonly Node[]
      readonly otherwise: readonly Node[]
    }
  | {
      readonly kind: "template"
      readonly name: string
      readonly pipe: Pipeline | undefined
      readonly place: Place
    }
  | { readonly kind: "break" | "continue" }

/** A parsed template: its own nodes and what it defines by name. */
export interface Template {
  readonly nodes: readonly Node[]
  readonly defined: ReadonlyMap<string, readonly Node[]>
}
