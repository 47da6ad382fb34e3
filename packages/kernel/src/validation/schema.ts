/**
 * The part of JSON Schema that our generator writes: enough to say what a manifest may hold, small enough to walk
 * without compiling. `unsupported` marks a field that upstream knows and we refuse, with the reason.
 */
export interface SchemaNode {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly properties?: { readonly [name: string]: SchemaNode }
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | SchemaNode
  readonly items?: SchemaNode
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly SchemaNode[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly pattern?: string
  readonly unsupported?: string
}

/** Every schema of one package: named definitions, and the definition that each kind starts at. */
export interface SchemaBundle {
  readonly definitions: { readonly [name: string]: SchemaNode }
}

/** Reads a bundle from its generated text on first use and keeps it. */
export function lazyBundle(text: string): () => SchemaBundle {
  let bundle: SchemaBundle | undefined
  return () => {
    bundle ??= JSON.parse(text) as SchemaBundle
    return bundle
  }
}
