import type { JsonObject, JsonValue } from "@argo-ts/kernel"
import { isJsonObject } from "@argo-ts/kernel"
import type { UserInfo } from "../http/auth/user.js"
import type { KindRegistry } from "../kinds/registry.js"
import type { KindRules } from "../kinds/rules.js"
import type { Store } from "../store/store.js"
import { asJson, type StoredObject } from "../store/stored-object.js"
import { type PolicyRule, readRules } from "./policy-rule.js"

/** Where roles and their bindings are read. */
export interface PolicySource {
  readonly store: Store
  readonly registry: KindRegistry
}

/** Rules that somebody has, and through what. */
export interface Grant {
  readonly rules: readonly PolicyRule[]
  /** `RBAC: allowed by RoleBinding "b/ns" of Role "r" to Group "g"` */
  readonly reason: string
  /** True where it holds in every namespace, and for paths that are no resources. */
  readonly isClusterWide: boolean
}

const group = "rbac.authorization.k8s.io"

function rulesOfKind({ registry }: PolicySource, plural: string): KindRules {
  return registry.byId(`${group}/${plural}`) as KindRules
}

function text(object: JsonObject, name: string): string {
  const value = object[name]
  return typeof value === "string" ? value : ""
}

function objects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : []
}

/** The subject of a binding that a user is, as reasons print it; undefined where they are none. */
function subjectOf(binding: StoredObject, user: UserInfo): string | undefined {
  const own = binding.metadata.namespace ?? ""
  for (const subject of objects(asJson(binding)["subjects"])) {
    const [kind, name] = [text(subject, "kind"), text(subject, "name")]
    const namespace = text(subject, "namespace") || own
    if (kind === "User" && name === user.username) return `User ${JSON.stringify(name)}`
    if (kind === "Group" && user.groups.includes(name)) return `Group ${JSON.stringify(name)}`
    const isAccount = user.username === `system:serviceaccount:${namespace}:${name}`
    if (kind === "ServiceAccount" && isAccount) {
      return `ServiceAccount ${JSON.stringify(`${name}/${namespace}`)}`
    }
  }
  return undefined
}

/** What a binding binds. */
export interface RoleReference {
  readonly kind: string
  readonly name: string
}

/** The role that a binding names. */
export function roleReference(binding: { readonly [field: string]: unknown }): RoleReference {
  const reference = binding["roleRef"] as JsonObject | undefined
  return { kind: text(reference ?? {}, "kind"), name: text(reference ?? {}, "name") }
}

/** The rules of a role; undefined where there is no such role. */
export function rulesOfRole(
  source: PolicySource,
  { kind, name }: RoleReference,
  namespace: string,
): readonly PolicyRule[] | undefined {
  const isCluster = kind === "ClusterRole"
  const rules = rulesOfKind(source, isCluster ? "clusterroles" : "roles")
  const role = source.store.collection(rules).get(isCluster ? "" : namespace, name)
  return role === undefined ? undefined : readRules(asJson(role)["rules"])
}

function* bound(
  source: PolicySource,
  user: UserInfo,
  bindings: { readonly plural: string; readonly kind: string; readonly namespace: string },
): Generator<Grant> {
  const { plural, kind, namespace } = bindings
  const every = { name: undefined, labelLines: [], isNarrowed: false, matches: () => true }
  const list = source.store.collection(rulesOfKind(source, plural)).list({ namespace, ...every })
  for (const binding of list) {
    const subject = subjectOf(binding, user)
    if (subject === undefined) continue
    const reference = roleReference(binding)
    const rules = rulesOfRole(source, reference, namespace)
    if (rules === undefined) continue
    const { name } = binding.metadata
    const place = JSON.stringify(namespace === "" ? name : `${name}/${namespace}`)
    const role = `${reference.kind} ${JSON.stringify(reference.name)}`
    const reason = `RBAC: allowed by ${kind} ${place} of ${role} to ${subject}`
    yield { rules, reason, isClusterWide: namespace === "" }
  }
}

/** What a user has been granted: everywhere, and in a namespace where one is named. */
export function* grantsOf(
  source: PolicySource,
  user: UserInfo,
  namespace: string | undefined,
): Generator<Grant> {
  yield* bound(source, user, {
    plural: "clusterrolebindings",
    kind: "ClusterRoleBinding",
    namespace: "",
  })
  if (namespace === undefined || namespace === "") return
  yield* bound(source, user, { plural: "rolebindings", kind: "RoleBinding", namespace })
}
