import type { JsonObject } from "@argo-ts/kernel"
import { type AccessDecision, accessDenied } from "../access/authorize.js"
import type { AccessQuestion } from "../access/policy-rule.js"
import { badRequest, type FieldError, invalidOf, wrongGo } from "../api/errors.js"
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

/** What is wrong with a question: with its attributes, and with whom it is about unless that is whoever asks. */
function questionErrors(kind: string, body: JsonObject, namespace?: string): FieldError[] {
  const resource = at(body, "spec", "resourceAttributes")
  const other = at(body, "spec", "nonResourceAttributes")
  const errors: FieldError[] = []
  const complain = (field: string, value: string, why: string): void => {
    errors.push(wrongGo(`spec.${field}`, value, why))
  }
  const path = `authorization.NonResourceAttributes{Path:${JSON.stringify(textAt(other, ["path"]))}, Verb:${JSON.stringify(textAt(other, ["verb"]))}}`
  if (resource !== undefined && other !== undefined) {
    complain(
      "nonResourceAttributes",
      path,
      "cannot be specified in combination with resourceAttributes",
    )
  }
  if (resource === undefined && other === undefined) {
    const why = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
    complain("resourceAttributes", '"null"', why)
  }
  const isAboutNobody =
    textAt(body, ["spec", "user"]) === "" && textsAt(body, "spec", "groups").length === 0
  if (kind !== "SelfSubjectAccessReview" && isAboutNobody) {
    complain("user", '""', "at least one of user or group must be specified")
  }
  if (namespace === undefined) return errors
  const asked = textAt(resource, ["namespace"])
  if (resource !== undefined && asked !== namespace) {
    const why = "must match metadata.namespace"
    complain("resourceAttributes.namespace", JSON.stringify(asked), why)
  }
  if (other !== undefined) {
    complain("nonResourceAttributes", path, "disallowed on this kind of request")
  }
  return errors
}

/** The subject of a question about somebody else. */
function subjectOf(body: JsonObject): UserInfo {
  const uid = textAt(body, ["spec", "uid"])
  const username = textAt(body, ["spec", "user"])
  return { username, groups: textsAt(body, "spec", "groups"), ...(uid !== "" && { uid }) }
}

const accessVersion = "authorization.k8s.io/v1"

/** The answer of a review: what was asked, with its status. */
function answered(
  apiVersion: string,
  kind: string,
  body: JsonObject,
  status: JsonObject,
): JsonObject {
  return { apiVersion, kind, ...body, metadata: {}, status }
}

async function accessOf(
  kind: string,
  body: JsonObject,
  { user, authorizer }: ReviewContext,
  namespace?: string,
): Promise<JsonObject> {
  const errors = questionErrors(kind, body, namespace)
  if (errors.length > 0) {
    throw invalidOf({ group: "authorization.k8s.io", kind }, "", errors)
  }
  const subject = kind === "SelfSubjectAccessReview" ? user : subjectOf(body)
  const { allowed, reason } = await authorizer.decide(subject, questionOf(body))
  return answered(accessVersion, kind, body, { allowed, ...(reason !== "" && { reason }) })
}

const authenticationVersion = "authentication.k8s.io/v1"

async function tokenOf(body: JsonObject, { accounts }: ReviewContext): Promise<JsonObject> {
  const audiences = textsAt(body, "spec", "audiences")
  const token = textAt(body, ["spec", "token"])
  if (token === "") throw badRequest("token is required for TokenReview in authentication")
  const checked = await accounts.check(token, audiences.length > 0 ? audiences : undefined)
  const status =
    checked === undefined
      ? { user: {}, error: "the token is not valid" }
      : { authenticated: true, user: infoOf(checked.user), audiences: checked.audiences }
  return answered(authenticationVersion, "TokenReview", body, status)
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
  const [, namespace] = local.exec(path) ?? []
  if (namespace !== undefined)
    return accessOf("LocalSubjectAccessReview", body(), context, namespace)
  switch (path) {
    case "/apis/authentication.k8s.io/v1/selfsubjectreviews":
      return answered(authenticationVersion, "SelfSubjectReview", body(), {
        userInfo: infoOf(user),
      })
    case "/apis/authentication.k8s.io/v1/tokenreviews":
      return tokenOf(body(), context)
    case "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews":
      return accessOf("SelfSubjectAccessReview", body(), context)
    case "/apis/authorization.k8s.io/v1/subjectaccessreviews":
      return accessOf("SubjectAccessReview", body(), context)
    case "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews": {
      const asked = textAt(body(), ["spec", "namespace"])
      if (asked === "") throw badRequest("no namespace on request")
      const status = { ...(await authorizer.rules(user, asked)), incomplete: false } as JsonObject
      return answered(accessVersion, "SelfSubjectRulesReview", body(), status)
    }
    default:
      return undefined
  }
}
