/** Operators of two operands that compute a value. */
export type ValueOperator = "+" | "-" | "*" | "/" | "%" | "==" | "!=" | "<" | "<=" | ">" | ">="

/** Operators of two operands that decide which of them counts. */
export type ChoiceOperator = "and" | "or" | "//"

/** Operators that assign to paths. */
export type AssignOperator = "=" | "|=" | "+=" | "-=" | "*=" | "/=" | "%=" | "//="

/** A definition `def name(params): body;`. */
export interface Definition {
  readonly name: string
  /** A value parameter starts with `$`. */
  readonly params: readonly string[]
  readonly body: Node
  readonly offset: number
}

/** What a value is taken apart with. */
export type Pattern =
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "array"; readonly items: readonly Pattern[] }
  | { readonly kind: "object"; readonly entries: readonly PatternEntry[] }

/** One entry of an object pattern: a key, and a variable or a pattern for what is there. */
export interface PatternEntry {
  readonly key: Node
  /** Binds the whole value too: `{$name: pattern}`. */
  readonly variable: string | undefined
  readonly pattern: Pattern | undefined
}

/** One entry of an object; both sides may have several outputs. */
export interface ObjectEntry {
  readonly key: Node
  readonly value: Node
}

/** A place in the source. */
interface Placed {
  readonly offset: number
}

/** A parsed program. */
export type Node = Placed &
  (
    | { readonly kind: "identity" }
    | { readonly kind: "recurse" }
    | { readonly kind: "literal"; readonly value: null | boolean | number | bigint | string }
    | { readonly kind: "text"; readonly parts: readonly (string | Node)[]; readonly format: string }
    | { readonly kind: "format"; readonly name: string }
    | { readonly kind: "index"; readonly target: Node; readonly key: Node }
    | {
        readonly kind: "slice"
        readonly target: Node
        readonly from: Node | undefined
        readonly to: Node | undefined
      }
    | { readonly kind: "iterate"; readonly target: Node }
    | { readonly kind: "array"; readonly body: Node | undefined }
    | { readonly kind: "object"; readonly entries: readonly ObjectEntry[] }
    | { readonly kind: "negate"; readonly operand: Node; readonly isPlus: boolean }
    | { readonly kind: "pipe" | "comma"; readonly left: Node; readonly right: Node }
    | {
        readonly kind: "binary"
        readonly operator: ValueOperator
        readonly left: Node
        readonly right: Node
      }
    | {
        readonly kind: "choice"
        readonly operator: ChoiceOperator
        readonly left: Node
        readonly right: Node
      }
    | {
        readonly kind: "assign"
        readonly operator: AssignOperator
        readonly left: Node
        readonly right: Node
      }
    | { readonly kind: "variable"; readonly name: string }
    | { readonly kind: "call"; readonly name: string; readonly args: readonly Node[] }
    | {
        readonly kind: "if"
        readonly condition: Node
        readonly then: Node
        readonly otherwise: Node | undefined
      }
    | {
        readonly kind: "try"
        readonly body: Node
        readonly handler: Node | undefined
        /** True for `?` behind an access as in `.a.b?`: what the access is applied to may still fail. */
        readonly isNarrow: boolean
      }
    | {
        readonly kind: "bind"
        readonly source: Node
        readonly patterns: readonly Pattern[]
        readonly body: Node
      }
    | {
        readonly kind: "reduce"
        readonly source: Node
        readonly patterns: readonly Pattern[]
        readonly start: Node
        readonly update: Node
      }
    | {
        readonly kind: "foreach"
        readonly source: Node
        readonly patterns: readonly Pattern[]
        readonly start: Node
        readonly update: Node
        readonly extract: Node | undefined
      }
    | { readonly kind: "label"; readonly name: string; readonly body: Node }
    | { readonly kind: "break"; readonly name: string }
    | { readonly kind: "define"; readonly definition: Definition; readonly body: Node }
  )
