/** One bound of `[from:to:step]`. */
export interface Bound {
  /** `undefined` where it is left out. */
  readonly value: number | undefined
  /** True for the end of a plain index `[n]`, which is `n + 1` however it was written. */
  readonly isDerived: boolean
}

/** A step of a path inside `{…}`, from values to values. */
export type PathNode =
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "wildcard" }
  | { readonly kind: "descent" }
  | { readonly kind: "slice"; readonly bounds: readonly [Bound, Bound, Bound] }
  | { readonly kind: "union"; readonly members: readonly (readonly PathNode[])[] }
  | {
      readonly kind: "filter"
      readonly left: readonly PathNode[]
      /** `exists` where the filter is a path alone. */
      readonly operator: string
      readonly right: readonly PathNode[]
    }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "literal"; readonly value: bigint | number | boolean }
  | { readonly kind: "word"; readonly word: string }

/** A piece of a template: text as it stands, or what one pair of braces holds. */
export type TemplatePart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly nodes: readonly PathNode[] }
