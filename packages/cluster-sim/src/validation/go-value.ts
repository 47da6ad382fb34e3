import type { JsonObject, JsonValue } from "@argo-ts/kernel"
import { compareText } from "@argo-ts/kernel"
import { items, nested, text, texts } from "./values.js"

/** `map[string]string{"app":"web"}`: how the server prints a map of texts in a complaint. */
export function goMap(value: JsonValue | undefined): string {
  if (typeof value !== "object" || value === null) return "map[string]string(nil)"
  const entries = Object.entries(value).toSorted(([left], [right]) => compareText(left, right))
  const inner = entries.map(([key, each]) => `${JSON.stringify(key)}:${JSON.stringify(each)}`)
  return `map[string]string{${inner.join(", ")}}`
}

/** `[]string{"a", "b"}` */
export function goTexts(value: readonly string[]): string {
  return `[]string{${value.map((each) => JSON.stringify(each)).join(", ")}}`
}

/** `v1.LabelSelector{MatchLabels:…, MatchExpressions:…}` */
export function goSelector(selector: JsonObject): string {
  const labels = goMap(selector["matchLabels"])
  const expressions = items(selector, "matchExpressions").map((each) => {
    const values = texts(each, "values")
    const list = values.length === 0 ? "[]string(nil)" : goTexts(values)
    return `v1.LabelSelectorRequirement{Key:${JSON.stringify(text(each, "key"))}, Operator:${JSON.stringify(text(each, "operator"))}, Values:${list}}`
  })
  const type = "[]v1.LabelSelectorRequirement"
  const list = expressions.length === 0 ? `${type}(nil)` : `${type}{${expressions.join(", ")}}`
  return `v1.LabelSelector{MatchLabels:${labels}, MatchExpressions:${list}}`
}

/** `rbac.RoleRef{APIGroup:…, Kind:…, Name:…}` */
export function goRoleRef(object: JsonObject): string {
  const ref = nested(object, "roleRef")
  const [group, kind, name] = ["apiGroup", "kind", "name"].map((each) =>
    JSON.stringify(text(ref, each)),
  )
  return `rbac.RoleRef{APIGroup:${group}, Kind:${kind}, Name:${name}}`
}
