/** A step of a selector. */
export type SelectorToken =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "wildcard" }
  | { readonly kind: "recursive" }
  | {
      readonly kind: "range"
      readonly from: number | undefined
      readonly to: number | undefined
      readonly step: number | undefined
    }
  | { readonly kind: "union"; readonly members: readonly (string | number)[] }
  /** Without a formula where nothing stands in the parentheses: an error once it is reached. */
  | { readonly kind: "filter"; readonly formula: Formula | undefined }
  | { readonly kind: "script"; readonly formula: Formula }

/** What stands in `[?(…)]` and `[(…)]`. */
export type Formula =
  | { readonly kind: "value"; readonly value: string | number | boolean | null }
  | { readonly kind: "list"; readonly items: readonly Formula[] }
  | { readonly kind: "path"; readonly ofRoot: boolean; readonly tokens: readonly SelectorToken[] }
  | { readonly kind: "not" | "minus"; readonly operand: Formula }
  | {
      readonly kind: "binary"
      readonly operator: string
      readonly left: Formula
      readonly right: Formula
    }
  /** What upstream finds no meaning in: nothing ever passes it. */
  | { readonly kind: "meaningless" }
