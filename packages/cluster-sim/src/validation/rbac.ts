import { equalJson } from "@argo-ts/kernel"
import { type FieldError, notSupported, required, wrongGo } from "../api/errors.js"
import { asJson, part } from "../store/stored-object.js"
import type { Candidate, Check } from "./check.js"
import { goRoleRef } from "./go-value.js"
import { checkRequired, items, text, texts } from "./values.js"

const group = "rbac.authorization.k8s.io"
const subjectKinds = ["ServiceAccount", "User", "Group"]

function checkSubjects({ object }: Candidate, errors: FieldError[]): void {
  for (const [index, subject] of items(asJson(object), "subjects").entries()) {
    const at = `subjects[${index}]`
    const [kind, own] = [text(subject, "kind"), text(subject, "apiGroup")]
    checkRequired(subject, ["name"], at, errors)
    if (!subjectKinds.includes(kind)) {
      errors.push(notSupported(`${at}.kind`, kind, subjectKinds))
      continue
    }
    const wanted = kind === "ServiceAccount" ? "" : group
    if (own !== wanted) errors.push(notSupported(`${at}.apiGroup`, own, [wanted]))
    if (kind === "ServiceAccount") checkRequired(subject, ["namespace"], at, errors)
  }
}

function checkBinding(kinds: readonly string[]): Check {
  return (candidate, errors) => {
    const { object, before } = candidate
    const ref = part(object, "roleRef")
    const [own, kind] = [text(ref, "apiGroup"), text(ref, "kind")]
    if (own !== group) errors.push(notSupported("roleRef.apiGroup", own, [group]))
    if (!kinds.includes(kind)) errors.push(notSupported("roleRef.kind", kind, kinds))
    checkRequired(ref, ["name"], "roleRef", errors)
    checkSubjects(candidate, errors)
    if (before !== undefined && !equalJson(object["roleRef"], before["roleRef"])) {
      errors.push(wrongGo("roleRef", goRoleRef(asJson(object)), "cannot change roleRef"))
    }
  }
}

/** What is wrong with a RoleBinding. */
export const checkRoleBinding: Check = checkBinding(["Role", "ClusterRole"])

/** What is wrong with a ClusterRoleBinding. */
export const checkClusterRoleBinding: Check = checkBinding(["ClusterRole"])

/** What is wrong with a Role or a ClusterRole. */
export const checkRole: Check = ({ object }, errors) => {
  for (const [index, rule] of items(asJson(object), "rules").entries()) {
    const at = `rules[${index}]`
    if (texts(rule, "verbs").length === 0) {
      errors.push(required(`${at}.verbs`, "verbs must contain at least one value"))
    }
    if (texts(rule, "nonResourceURLs").length > 0) continue
    if (texts(rule, "apiGroups").length === 0) {
      const why = "resource rules must supply at least one api group"
      errors.push(required(`${at}.apiGroups`, why))
    }
    if (texts(rule, "resources").length === 0) {
      const why = "resource rules must supply at least one resource"
      errors.push(required(`${at}.resources`, why))
    }
  }
}
