/** A JSON Schema, as far as it tells which fields there are. */
interface Schema {
  readonly $ref?: string
  readonly properties?: { readonly [name: string]: Schema }
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly unsupported?: string
}

type Definitions = { readonly [name: string]: Schema }

/** Every field of every definition that a kind reaches, `Template.steps`; but for those that are refused. */
export function fieldsOf(definitions: Definitions, kind: string): ReadonlySet<string> {
  const fields = new Set<string>()
  const names = new Set([kind])
  const visit = (owner: string, schema: Schema): void => {
    const ref = nameOf(schema)
    if (ref !== undefined) names.add(ref)
    for (const each of schema.anyOf ?? []) visit(owner, each)
    if (schema.items !== undefined) visit(owner, schema.items)
    if (typeof schema.additionalProperties === "object") visit(owner, schema.additionalProperties)
    for (const [field, inner] of Object.entries(schema.properties ?? {})) {
      if (inner.unsupported !== undefined) continue
      fields.add(`${owner}.${field}`)
      visit(`${owner}.${field}`, inner)
    }
  }
  for (const name of names) visit(name, definitions[name] ?? {})
  return fields
}

/** Notes every field that a value has. */
export function noteFields(
  definitions: Definitions,
  kind: string,
  value: unknown,
  seen: Set<string>,
): void {
  const visit = (owner: string, schema: Schema, inner: unknown): void => {
    const ref = nameOf(schema)
    if (ref !== undefined) return visit(ref, definitions[ref] ?? {}, inner)
    for (const each of schema.anyOf ?? []) visit(owner, each, inner)
    if (typeof inner !== "object" || inner === null) return
    if (Array.isArray(inner)) {
      for (const item of inner) if (schema.items !== undefined) visit(owner, schema.items, item)
      return
    }
    for (const [key, item] of Object.entries(inner)) {
      const property = schema.properties?.[key]
      if (property !== undefined) {
        seen.add(`${owner}.${key}`)
        visit(`${owner}.${key}`, property, item)
      } else if (typeof schema.additionalProperties === "object") {
        visit(owner, schema.additionalProperties, item)
      }
    }
  }
  visit(kind, definitions[kind] ?? {}, value)
}

function nameOf({ $ref }: Schema): string | undefined {
  return $ref?.replace("#/definitions/", "")
}
