import { ClusterError } from "@argo-ts/k8s"
import { mastersGroup, type UserInfo } from "../http/auth/user.js"
import { grantsOf, type PolicySource } from "./grants.js"
import { type AccessQuestion, type PolicyRule, ruleAllows } from "./policy-rule.js"

/** Whether somebody may, and why; who may not is told no reason. */
export interface AccessDecision {
  readonly allowed: boolean
  readonly reason: string
}

/** Decides by the roles and bindings that are stored. `system:masters` may do everything. */
export function decideAccess(
  source: PolicySource,
  user: UserInfo,
  question: AccessQuestion,
): AccessDecision {
  if (user.groups.includes(mastersGroup)) return { allowed: true, reason: "" }
  for (const { rules, reason, isClusterWide } of grantsOf(source, user, question.namespace)) {
    if (question.path !== undefined && !isClusterWide) continue
    if (rules.some((rule) => ruleAllows(rule, question))) return { allowed: true, reason }
  }
  return { allowed: false, reason: "" }
}

/** Every rule that a user has in a namespace. */
export function rulesHeld(
  source: PolicySource,
  user: UserInfo,
  namespace: string | undefined,
): readonly PolicyRule[] {
  return [...grantsOf(source, user, namespace)].flatMap(({ rules, isClusterWide }) =>
    isClusterWide ? rules : rules.map((rule) => ({ ...rule, nonResourceURLs: [] })),
  )
}

/** 403, in the words of a server. */
export function accessDenied(user: UserInfo, question: AccessQuestion): ClusterError {
  const { verb, group = "", resource = "", subresource, namespace, name, path } = question
  if (path !== undefined) {
    const message = `forbidden: User ${JSON.stringify(user.username)} cannot ${verb} path ${JSON.stringify(path)}`
    return new ClusterError("Forbidden", message)
  }
  const qualified = group === "" ? resource : `${resource}.${group}`
  const whole = subresource === undefined ? resource : `${resource}/${subresource}`
  const where =
    namespace === undefined
      ? "at the cluster scope"
      : `in the namespace ${JSON.stringify(namespace)}`
  const which = name === undefined || name === "" ? "" : ` ${JSON.stringify(name)}`
  const message = `${qualified}${which} is forbidden: User ${JSON.stringify(user.username)} cannot ${verb} resource ${JSON.stringify(whole)} in API group ${JSON.stringify(group)} ${where}`
  return new ClusterError("Forbidden", message, {
    ...(which !== "" && name !== undefined && { name }),
    ...(group !== "" && { group }),
    kind: resource,
  })
}

/** Refuses what a user may not do. */
export function checkAccess(source: PolicySource, user: UserInfo, question: AccessQuestion): void {
  if (!decideAccess(source, user, question).allowed) throw accessDenied(user, question)
}

/** What acting as somebody else asks: one question per user, group, uid and extra. */
export function impersonationQuestions(wanted: UserInfo): readonly AccessQuestion[] {
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(wanted.username)
  const verb = "impersonate"
  const first: AccessQuestion =
    account === null
      ? { verb, group: "", resource: "users", name: wanted.username }
      : {
          verb,
          group: "",
          resource: "serviceaccounts",
          namespace: account[1] ?? "",
          name: account[2] ?? "",
        }
  const given = wanted.groups.filter(
    (group) => !/^system:(?:authenticated|unauthenticated|serviceaccounts(?::.*)?)$/.test(group),
  )
  const groups = given.map((name) => ({ verb, group: "", resource: "groups", name }))
  const other = "authentication.k8s.io"
  const uids =
    wanted.uid === undefined ? [] : [{ verb, group: other, resource: "uids", name: wanted.uid }]
  const extras = Object.entries(wanted.extra ?? {}).flatMap(([subresource, values]) =>
    values.map((name) => ({ verb, group: other, resource: "userextras", subresource, name })),
  )
  return [first, ...groups, ...uids, ...extras]
}

/** Refuses a user who may not act as another. */
export function checkImpersonation(source: PolicySource, user: UserInfo, wanted: UserInfo): void {
  for (const question of impersonationQuestions(wanted)) checkAccess(source, user, question)
}
