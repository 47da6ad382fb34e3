/** A local variable of a function. */
export interface LocalVariable {
  readonly name: string
  readonly owner: FunctionNode
  readonly slot: number
  /** True where a function within its function uses it. */
  isCaptured: boolean
}

/** An expression; `line` is where it is evaluated. */
export type Expression =
  | { readonly kind: "nil" | "true" | "false" | "vararg"; readonly line: number }
  | { readonly kind: "constant"; readonly value: number | string; readonly line: number }
  | { readonly kind: "local"; readonly variable: LocalVariable; readonly line: number }
  | {
      readonly kind: "global"
      readonly name: string
      readonly offset: number
      readonly line: number
    }
  | {
      readonly kind: "index"
      readonly object: Expression
      readonly key: Expression
      readonly line: number
    }
  | CallExpression
  | { readonly kind: "function"; readonly body: FunctionNode; readonly line: number }
  | {
      readonly kind: "binary"
      readonly operator: BinaryOperator
      readonly left: Expression
      readonly right: Expression
      readonly line: number
    }
  | {
      readonly kind: "and" | "or"
      readonly left: Expression
      readonly right: Expression
      readonly line: number
    }
  | {
      readonly kind: "unary"
      readonly operator: "-" | "not" | "#"
      readonly operand: Expression
      readonly line: number
    }
  | { readonly kind: "parentheses"; readonly inner: Expression; readonly line: number }
  | { readonly kind: "table"; readonly items: readonly TableItem[]; readonly line: number }

export type BinaryOperator =
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "^"
  | ".."
  | "=="
  | "~="
  | "<"
  | "<="
  | ">"
  | ">="

/** A call; with `method` its object is the first argument. */
export interface CallExpression {
  readonly kind: "call"
  readonly callee: Expression
  readonly method: string | undefined
  readonly parameters: readonly Expression[]
  readonly line: number
}

/** An entry of a table constructor; without a key it is the next of the list. */
export interface TableItem {
  readonly key: Expression | undefined
  readonly value: Expression
}

/** What can be assigned to. */
export type Target = Extract<Expression, { readonly kind: "local" | "global" | "index" }>

export type Statement =
  | {
      readonly kind: "locals"
      readonly variables: readonly LocalVariable[]
      readonly values: readonly Expression[]
      readonly line: number
    }
  | {
      readonly kind: "assign"
      readonly targets: readonly Target[]
      readonly values: readonly Expression[]
      readonly line: number
    }
  | { readonly kind: "call"; readonly call: CallExpression; readonly line: number }
  | { readonly kind: "block"; readonly body: Block; readonly line: number }
  | {
      readonly kind: "while" | "repeat"
      readonly condition: Expression
      readonly body: Block
      readonly line: number
    }
  | {
      readonly kind: "if"
      readonly branches: readonly { readonly condition: Expression; readonly body: Block }[]
      readonly otherwise: Block | undefined
      readonly line: number
    }
  | {
      readonly kind: "count"
      /** The slot of the counter; limit and step follow it. */
      readonly slot: number
      readonly variable: LocalVariable
      readonly from: Expression
      readonly to: Expression
      readonly step: Expression | undefined
      readonly body: Block
      readonly line: number
    }
  | {
      readonly kind: "each"
      /** The slot of the iterator; its state and its control value follow it. */
      readonly slot: number
      readonly variables: readonly LocalVariable[]
      readonly values: readonly Expression[]
      readonly body: Block
      readonly line: number
    }
  | {
      readonly kind: "localFunction"
      readonly variable: LocalVariable
      readonly body: FunctionNode
      readonly line: number
    }
  | { readonly kind: "return"; readonly values: readonly Expression[]; readonly line: number }
  | { readonly kind: "break"; readonly line: number }
  | { readonly kind: "goto"; readonly name: string; readonly line: number }
  | { readonly kind: "label"; readonly name: string; readonly line: number }

/** Statements, and how many variables were in sight before the first. */
export interface Block {
  readonly statements: readonly Statement[]
  readonly slotsBefore: number
  /** The variables in sight before each statement, and after the last. */
  readonly slotsAt: readonly number[]
}

/** A function as it is written. */
export interface FunctionNode {
  readonly parent: FunctionNode | undefined
  readonly line: number
  /** Its parameters as variables, `arg` last. */
  readonly formals: LocalVariable[]
  parameters: number
  isVariadic: boolean
  /** Slot of the old `arg` table, where the body reads it; -1 elsewhere. */
  argSlot: number
  body: Block
  /** Slots that variables need at most. */
  slots: number
}
