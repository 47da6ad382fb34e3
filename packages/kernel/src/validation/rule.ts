import type { SchemaBundle, SchemaNode } from "./schema.js"

/** The JSON types as bits: one `&` tells whether a value's type is among those allowed. */
export const bit = {
  string: 1,
  number: 2,
  integer: 4,
  boolean: 8,
  object: 16,
  array: 32,
  null: 64,
} as const

/** A schema node made ready: its reference followed, its names in maps, its pattern compiled. Made when first met. */
export interface Rule {
  readonly node: SchemaNode
  /** Why upstream's field is refused, where it is. */
  readonly refusal: string | undefined
  /** Bits of the types allowed; 0 allows all. */
  readonly types: number
  /** True where a scalar has more to hold than its type. */
  readonly isConstrained: boolean
  readonly pattern: RegExp | undefined
  readonly shapes: readonly Rule[] | undefined
  property(name: string): Rule | undefined
  readonly items: Rule | undefined
}

const rulesOf = new WeakMap<SchemaBundle, Map<SchemaNode | string, Rule>>()

/** The rule of a bundle's definition. Made once; lives as long as the bundle. */
export function ruleOf(bundle: SchemaBundle, name: string): Rule {
  let made = rulesOf.get(bundle)
  if (made === undefined) {
    made = new Map()
    rulesOf.set(bundle, made)
  }
  const known = made.get(name)
  if (known !== undefined) return known
  const rule = ruleMaker(bundle, made)({ $ref: `#/definitions/${encodeURIComponent(name)}` })
  made.set(name, rule)
  return rule
}

function ruleMaker(
  bundle: SchemaBundle,
  made: Map<SchemaNode | string, Rule>,
): (node: SchemaNode) => Rule {
  const make = (node: SchemaNode): Rule => {
    let rule = made.get(node)
    if (rule === undefined) {
      rule = new LazyRule(node, resolve(bundle, node), make)
      made.set(node, rule)
    }
    return rule
  }
  return make
}

function resolve(bundle: SchemaBundle, node: SchemaNode): SchemaNode {
  let current = node
  // A chain of references ends: each step of a well-formed bundle goes to a named definition.
  for (let step = 0; current.$ref !== undefined && step < 32; step++) {
    const name = decodeURIComponent(current.$ref.slice(current.$ref.lastIndexOf("/") + 1))
    const target = bundle.definitions[name]
    if (target === undefined) return {}
    current = target
  }
  return current
}

/** Schemas refer to themselves, so what a rule leads to is made when somebody asks. */
class LazyRule implements Rule {
  readonly node: SchemaNode
  readonly refusal: string | undefined
  readonly types: number
  readonly isConstrained: boolean
  readonly #of: (node: SchemaNode) => Rule
  readonly #properties = new Map<string, Rule | undefined>()
  #pattern: RegExp | undefined
  #shapes: readonly Rule[] | undefined
  #items: Rule | undefined

  constructor(given: SchemaNode, node: SchemaNode, of: (node: SchemaNode) => Rule) {
    this.node = node
    this.refusal = given.unsupported ?? node.unsupported
    this.types = typesOf(node)
    this.isConstrained =
      node.const !== undefined ||
      node.enum !== undefined ||
      node.minimum !== undefined ||
      node.maximum !== undefined ||
      node.minLength !== undefined ||
      node.pattern !== undefined
    this.#of = of
  }

  get pattern(): RegExp | undefined {
    if (this.node.pattern !== undefined) this.#pattern ??= new RegExp(this.node.pattern)
    return this.#pattern
  }

  get shapes(): readonly Rule[] | undefined {
    if (this.node.anyOf !== undefined) this.#shapes ??= this.node.anyOf.map(this.#of)
    return this.#shapes
  }

  get items(): Rule | undefined {
    if (this.node.items !== undefined) this.#items ??= this.#of(this.node.items)
    return this.#items
  }

  property(name: string): Rule | undefined {
    const known = this.#properties.get(name)
    if (known !== undefined) return known
    const { properties, additionalProperties } = this.node
    if (properties !== undefined && Object.hasOwn(properties, name)) {
      const rule = this.#of(properties[name] as SchemaNode)
      this.#properties.set(name, rule)
      return rule
    }
    // Names that users choose are not kept: there is no end to them.
    return typeof additionalProperties === "object" ? this.#of(additionalProperties) : undefined
  }
}

function typesOf(node: SchemaNode): number {
  if (node.type === undefined) return 0
  const names = typeof node.type === "string" ? [node.type] : node.type
  return names.reduce((bits, name) => bits | (bit[name as keyof typeof bit] ?? 0), 0)
}
