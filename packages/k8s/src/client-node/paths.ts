import type { Kind, LabelSelector, LabelSelectorRequirement, ObjectKey } from "@argo-ts/kernel"
import type { Selection } from "../ports.js"

/** Query parameters; absent ones are left out. */
export type Query = { readonly [name: string]: string | number | boolean | undefined }

/** The path of a kind's collection, over all namespaces where none is given. */
export function collectionPath(kind: Kind, namespace: string | undefined): string {
  const root = kind.group === "" ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`
  const isScoped = kind.scope === "Namespaced" && namespace !== undefined
  const scope = isScoped ? `/namespaces/${encodeURIComponent(namespace)}` : ""
  return `${root}${scope}/${kind.plural}`
}

/** The path of an object or one of its subresources. */
export function objectPath(kind: Kind, key: ObjectKey, subresource?: string): string {
  const own = `${collectionPath(kind, key.namespace)}/${encodeURIComponent(key.name)}`
  return subresource === undefined ? own : `${own}/${subresource}`
}

/** A path with its query. */
export function withQuery(path: string, query: Query): string {
  const parts = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
  return parts.length === 0 ? path : `${path}?${parts.join("&")}`
}

function formatRequirement({ key, operator, values = [] }: LabelSelectorRequirement): string {
  switch (operator) {
    case "In":
      return `${key} in (${values.join(",")})`
    case "NotIn":
      return `${key} notin (${values.join(",")})`
    case "Exists":
      return key
    case "DoesNotExist":
      return `!${key}`
    case "Gt":
      return `${key}>${values[0] ?? ""}`
    case "Lt":
      return `${key}<${values[0] ?? ""}`
    default:
      return operator satisfies never
  }
}

/** A label selector as query strings carry it; absent where it selects everything. */
export function formatLabelSelector(selector: LabelSelector | undefined): string | undefined {
  const labels = Object.entries(selector?.matchLabels ?? {}).map(
    ([key, value]) => `${key}=${value}`,
  )
  const lines = [...labels, ...(selector?.matchExpressions ?? []).map(formatRequirement)]
  return lines.length === 0 ? undefined : lines.join(",")
}

/** A field selector as query strings carry it; absent where it selects everything. */
export function formatFieldSelector({
  fieldSelector = {},
  excludedFields = {},
}: Selection): string | undefined {
  const lines = [
    ...Object.entries(fieldSelector).map(([path, value]) => `${path}=${value}`),
    ...Object.entries(excludedFields).flatMap(([path, values]) =>
      values.map((value) => `${path}!=${value}`),
    ),
  ]
  return lines.length === 0 ? undefined : lines.join(",")
}

/** The query of a selection. */
export function selectionQuery(selection: Selection): Query {
  return {
    labelSelector: formatLabelSelector(selection.labelSelector),
    fieldSelector: formatFieldSelector(selection),
  }
}
