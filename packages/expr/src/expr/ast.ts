import type { GoType } from "../values/types.js"
import type { Value } from "../values/value.js"

interface Base {
  /** Where the node is reported: UTF-16 offset in the source. */
  readonly at: number
  /** Filled by the checker; absent means nothing is known. */
  type?: GoType
}

/** A node of the syntax tree. */
export type Node =
  | (Base & { readonly kind: "nil" })
  | (Base & { readonly kind: "bool"; readonly value: boolean })
  | (Base & { readonly kind: "int"; readonly value: bigint })
  | (Base & { readonly kind: "float"; readonly value: number })
  | (Base & { readonly kind: "string"; readonly value: string })
  | (Base & { readonly kind: "bytes"; readonly value: Uint8Array })
  | ConstantNode
  | IdentNode
  | UnaryNode
  | BinaryNode
  | (Base & { readonly kind: "chain"; readonly node: Node })
  | MemberNode
  | SliceNode
  | CallNode
  | BuiltinNode
  | PointerNode
  | LetNode
  | ConditionalNode
  | (Base & { readonly kind: "sequence"; readonly nodes: readonly Node[] })
  | ArrayNode
  | MapNode

/** A value computed while compiling. A set is only looked up by `in`. */
export type ConstantNode = Base & {
  readonly kind: "constant"
  readonly value: Value
  readonly set?: ReadonlySet<string> | ReadonlySet<bigint>
}
export type IdentNode = Base & { readonly kind: "ident"; readonly name: string }
export type UnaryNode = Base & {
  readonly kind: "unary"
  readonly op: "!" | "not" | "+" | "-"
  readonly node: Node
}
export type BinaryNode = Base & {
  readonly kind: "binary"
  readonly op: string
  readonly left: Node
  readonly right: Node
}
export type MemberNode = Base & {
  readonly kind: "member"
  readonly node: Node
  readonly property: Node
  readonly optional: boolean
  /** Written with a dot. */
  readonly dotted: boolean
}
export type SliceNode = Base & {
  readonly kind: "slice"
  readonly node: Node
  readonly from: Node | undefined
  readonly to: Node | undefined
}
export type CallNode = Base & {
  readonly kind: "call"
  readonly callee: Node
  readonly args: readonly Node[]
}
export type BuiltinNode = Base & {
  readonly kind: "builtin"
  readonly name: string
  readonly args: readonly Node[]
  /** Which arguments are predicates. */
  readonly predicates: readonly boolean[]
  /** `map` fused with a filter: the filter's predicate, run first. */
  readonly where?: Node
  /** `filter(..)[0]`: an absent item is an error. */
  readonly throws?: boolean
  /** `count` stops once this many are found. */
  readonly threshold?: number
}
export type PointerNode = Base & { readonly kind: "pointer"; readonly name: "" | string }
export type LetNode = Base & {
  readonly kind: "let"
  readonly name: string
  readonly value: Node
  readonly body: Node
}
export type ConditionalNode = Base & {
  readonly kind: "conditional"
  readonly condition: Node
  readonly then: Node
  readonly otherwise: Node
  readonly style: "ternary" | "elvis" | "if"
}
export type ArrayNode = Base & { readonly kind: "array"; readonly items: readonly Node[] }
export type MapNode = Base & {
  readonly kind: "map"
  readonly pairs: readonly { readonly key: Node; readonly value: Node }[]
}
