import { ClusterError } from "@argo-ts/k8s"
import type { JsonObject } from "@argo-ts/kernel"
import { type AccessDecision, accessDenied } from "../access/authorize.js"
import type { AccessQuestion } from "../access/policy-rule.js"
import type { AccountTokens } from "./auth/account-tokens.js"
import type { UserInfo } from "./auth/user.js"
import { at, textAt, textsAt } from "./reading.js"

/** What a user may do. */
export interface Authorizer {
  decide(user: UserInfo, question: AccessQuestion): Promise<AccessDecision>
  /** Rules as `SelfSubjectRulesReview` lists them. */
  rules(
    user: UserInfo,
    namespace: string,
  ): Promise<{
    readonly resourceRules: readonly JsonObject[]
    readonly nonResourceRules: readonly JsonObject[]
  }>
}

/** Refuses whoever may not. */
export async function demand(
  authorizer: Authorizer,
  user: UserInfo,
  question: AccessQuestion,
): Promise<void> {
  const { allowed } = await authorizer.decide(user, question)
  if (!allowed) throw accessDenied(user, question)
}

/** Whoever is known may do everything. */
export const everythingAllowed: Authorizer = {
  decide: async () => ({ allowed: true, reason: "whoever is known here is an administrator" }),
  rules: async () => ({
    resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
    nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
  }),
}

/** With what reviews are answered. */
export interface ReviewContext {
  readonly user: UserInfo
  readonly authorizer: Authorizer
  readonly accounts: AccountTokens
}

function questionOf(body: JsonObject): AccessQuestion {
  const resource = at(body, "spec", "resourceAttributes")
  const other = at(body, "spec", "nonResourceAttributes")
  if (resource === undefined) {
    return { verb: textAt(other, ["verb"]), path: textAt(other, ["path"]) }
  }
  const [subresource, namespace, name] = ["subresource", "namespace", "name"].map((key) =>
    textAt(resource, [key]),
  )
  return {
    verb: textAt(resource, ["verb"]),
    group: textAt(resource, ["group"]),
    resource: textAt(resource, ["resource"]),
    ...(subresource !== "" && subresource !== undefined && { subresource }),
    ...(namespace !== "" && namespace !== undefined && { namespace }),
    ...(name !== "" && name !== undefined && { name }),
  }
}

function infoOf(user: UserInfo): JsonObject {
  return user as unknown as JsonObject
}

/** The subject of a question about somebody else. */
function subjectOf(body: JsonObject): UserInfo {
  const uid = textAt(body, ["spec", "uid"])
  const username = textAt(body, ["spec", "user"])
  const groups = textsAt(body, "spec", "groups")
  if (username === "" && groups.length === 0) {
    const kind = textAt(body, ["kind"], "SubjectAccessReview")
    const field = "spec.user"
    const message = 'Invalid value: "": at least one of user or group must be specified'
    throw new ClusterError(
      "Invalid",
      `${kind}.authorization.k8s.io "" is invalid: ${field}: ${message}`,
      {
        group: "authorization.k8s.io",
        kind,
        causes: [{ reason: "FieldValueInvalid", message, field }],
      },
    )
  }
  return { username, groups, ...(uid !== "" && { uid }) }
}

async function accessOf(
  body: JsonObject,
  user: UserInfo,
  { authorizer }: ReviewContext,
): Promise<JsonObject> {
  const { allowed, reason } = await authorizer.decide(user, questionOf(body))
  return { ...body, metadata: {}, status: { allowed, ...(reason !== "" && { reason }) } }
}

async function tokenOf(body: JsonObject, { accounts }: ReviewContext): Promise<JsonObject> {
  const audiences = textsAt(body, "spec", "audiences")
  const checked = await accounts.check(
    textAt(body, ["spec", "token"]),
    audiences.length > 0 ? audiences : undefined,
  )
  const status =
    checked === undefined
      ? { user: {}, error: "the token is not valid" }
      : { authenticated: true, user: infoOf(checked.user), audiences: checked.audiences }
  return { ...body, metadata: {}, status }
}

/** Answers to questions that are posted and never stored; undefined for other paths. */
export async function answerReview(
  path: string,
  body: () => JsonObject,
  context: ReviewContext,
): Promise<JsonObject | undefined> {
  const { user, authorizer } = context
  const local =
    /^\/apis\/authorization\.k8s\.io\/v1\/namespaces\/([^/]+)\/localsubjectaccessreviews$/
  if (local.test(path)) return accessOf(body(), subjectOf(body()), context)
  switch (path) {
    case "/apis/authentication.k8s.io/v1/selfsubjectreviews":
      return { ...body(), metadata: {}, status: { userInfo: infoOf(user) } }
    case "/apis/authentication.k8s.io/v1/tokenreviews":
      return tokenOf(body(), context)
    case "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews":
      return accessOf(body(), user, context)
    case "/apis/authorization.k8s.io/v1/subjectaccessreviews":
      return accessOf(body(), subjectOf(body()), context)
    case "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews": {
      const rules = await authorizer.rules(user, textAt(body(), ["spec", "namespace"]))
      return { ...body(), metadata: {}, status: { ...rules, incomplete: false } as JsonObject }
    }
    default:
      return undefined
  }
}
