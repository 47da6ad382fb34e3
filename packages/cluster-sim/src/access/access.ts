import type { JsonObject, UntypedObject } from "@argo-ts/kernel"
import { createObject } from "../api/create.js"
import type { Server } from "../api/server.js"
import { serverRequest } from "../api/write.js"
import { fieldManagers } from "../field-managers.js"
import { administrator, anonymous, authenticated, type UserInfo } from "../http/auth/user.js"
import type { Authorizer } from "../http/reviews.js"
import type { Gate } from "../port.js"
import { checkAccess, checkImpersonation, decideAccess } from "./authorize.js"
import { bootstrapPolicy } from "./bootstrap.js"
import { grantsOf, type PolicySource } from "./grants.js"
import { writeRule } from "./policy-rule.js"

/** Who asks a cluster. Everybody but `system:anonymous` is also in `system:authenticated`. */
export interface ClusterUser {
  readonly username: string
  /** Default none. */
  readonly groups?: readonly string[]
  readonly uid?: string
  readonly extra?: { readonly [key: string]: readonly string[] }
}

/** A user with all its groups. */
export function userOf({ username, groups = [], ...more }: ClusterUser): UserInfo {
  if (username === anonymous.username) return { ...anonymous, ...more }
  if (username === administrator.username && groups.length === 0) return administrator
  return authenticated({ username, groups, ...more })
}

/** Answers questions about rights from the roles and bindings that are stored. */
export function createAuthorizer(source: PolicySource): Authorizer {
  return {
    decide: async (user, question) => decideAccess(source, user, question),
    async rules(user, namespace) {
      const resourceRules: JsonObject[] = []
      const nonResourceRules: JsonObject[] = []
      for (const { rules, isClusterWide } of grantsOf(source, user, namespace)) {
        for (const { nonResourceURLs, ...rule } of rules) {
          const { verbs } = rule
          if (rule.resources.length > 0) {
            resourceRules.push(writeRule({ ...rule, nonResourceURLs: [] }))
          }
          if (nonResourceURLs.length > 0 && isClusterWide) {
            nonResourceRules.push({ verbs, nonResourceURLs })
          }
        }
      }
      return { resourceRules, nonResourceRules }
    },
  }
}

const verbs: { readonly [verb: string]: string } = { apply: "patch" }

/** Refuses what a user may not do, or may not do as the one that they act as. */
export function createAccessGate(
  source: PolicySource,
  user: UserInfo,
  acting: UserInfo | undefined,
): Gate {
  return ({ verb, kind, namespace, name, subresource }) => {
    if (acting !== undefined) checkImpersonation(source, user, acting)
    // A Namespace lies in itself: who may read what is in it may read it too.
    const isNamespace = kind.group === "" && kind.plural === "namespaces"
    const isOne = verb !== "list" && verb !== "watch"
    const within = isNamespace && isOne ? name : kind.scope === "Namespaced" ? namespace : undefined
    checkAccess(source, acting ?? user, {
      verb: verbs[verb] ?? verb,
      group: kind.group,
      resource: kind.plural,
      ...(subresource !== undefined && { subresource }),
      ...(within !== undefined && { namespace: within }),
      ...(name !== undefined && { name }),
    })
  }
}

/** Creates the roles and bindings that every cluster begins with, where they are not there yet. */
export function ensureBootstrapPolicy(server: Server): void {
  for (const object of bootstrapPolicy()) {
    const plural = object.kind === "ClusterRole" ? "clusterroles" : "clusterrolebindings"
    const rules = server.registry.byId(`rbac.authorization.k8s.io/${plural}`)
    if (rules === undefined) continue
    const { name = "" } = object.metadata
    if (server.store.collection(rules).get("", name) !== undefined) continue
    createObject(
      server,
      rules,
      object as UntypedObject,
      serverRequest("create", fieldManagers.server),
    )
  }
}
