import { equalJson, type JsonValue, type UntypedObject } from "@argo-ts/kernel"
import { type FieldError, required, wrong } from "../api/errors.js"
import { asJson, type StoredObject } from "../store/stored-object.js"
import { readRules } from "./policy-rule.js"

/** What is wrong with the rules of a Role or ClusterRole. */
export function roleErrors(object: UntypedObject): FieldError[] {
  return readRules(asJson(object)["rules"]).flatMap((rule, index) => {
    const at = `rules[${index}]`
    const errors: FieldError[] = []
    if (rule.verbs.length === 0) {
      errors.push(required(`${at}.verbs`, "verbs must contain at least one value"))
    }
    if (rule.nonResourceURLs.length > 0) return errors
    if (rule.apiGroups.length === 0) {
      errors.push(required(`${at}.apiGroups`, "resource rules must supply at least one api group"))
    }
    if (rule.resources.length === 0) {
      errors.push(required(`${at}.resources`, "resource rules must supply at least one resource"))
    }
    return errors
  })
}

/** What is wrong with a RoleBinding or ClusterRoleBinding: above all, the role it names is for good. */
export function bindingErrors(
  object: UntypedObject,
  before: StoredObject | undefined,
): FieldError[] {
  const reference: JsonValue = asJson(object)["roleRef"] ?? null
  const { kind, name } = (reference ?? {}) as { readonly kind?: string; readonly name?: string }
  const errors: FieldError[] = []
  if (kind === undefined || kind === "") errors.push(required("roleRef.kind"))
  if (name === undefined || name === "") errors.push(required("roleRef.name"))
  if (before !== undefined && !equalJson(asJson(before)["roleRef"], reference)) {
    errors.push(wrong("roleRef", reference, "cannot change roleRef"))
  }
  return errors
}
