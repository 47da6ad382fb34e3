import { equalJson, type UntypedObject } from "@argo-ts/kernel"
import { forbidden, notFound } from "../api/errors.js"
import { mastersGroup, type UserInfo } from "../http/auth/user.js"
import type { KindRules } from "../kinds/rules.js"
import { asJson, type StoredObject } from "../store/stored-object.js"
import { decideAccess, rulesHeld } from "./authorize.js"
import { type PolicySource, roleReference, rulesOfRole } from "./grants.js"
import { formatRule, formatUser, type PolicyRule, readRules, uncovered } from "./policy-rule.js"

const group = "rbac.authorization.k8s.io"

/** A write of a role or a binding. */
export interface PolicyWrite {
  readonly rules: KindRules
  readonly object: UntypedObject
  readonly before: StoredObject | undefined
  readonly user: UserInfo
}

function refuseEscalation(write: PolicyWrite, missing: readonly PolicyRule[]): void {
  if (missing.length === 0) return
  const lines = missing.map(formatRule).join("\n")
  const why = `${formatUser(write.user)} is attempting to grant RBAC permissions not currently held:\n${lines}`
  throw forbidden(write.rules, write.object.metadata.name ?? "", why)
}

function checkRole(source: PolicySource, write: PolicyWrite): void {
  const { rules: kind, object, before, user } = write
  const wanted = asJson(object)["rules"]
  if (before !== undefined && equalJson(asJson(before)["rules"] ?? [], wanted ?? [])) return
  const { name = "", namespace } = object.metadata
  const place = {
    group,
    resource: kind.kind.plural,
    name,
    ...(namespace !== undefined && { namespace }),
  }
  if (decideAccess(source, user, { verb: "escalate", ...place }).allowed) return
  refuseEscalation(write, uncovered(readRules(wanted), rulesHeld(source, user, namespace)))
}

function checkBinding(source: PolicySource, write: PolicyWrite): void {
  const { object, before, user } = write
  if (
    before !== undefined &&
    equalJson(asJson(before)["subjects"] ?? [], asJson(object)["subjects"] ?? [])
  )
    return
  const { namespace } = object.metadata
  const reference = roleReference(object)
  const isCluster = reference.kind === "ClusterRole"
  const resource = isCluster ? "clusterroles" : "roles"
  const { name } = reference
  const place = { group, resource, name, ...(namespace !== undefined && { namespace }) }
  if (decideAccess(source, user, { verb: "bind", ...place }).allowed) return
  const granted = rulesOfRole(source, reference, namespace ?? "")
  if (granted === undefined) {
    throw notFound(source.registry.byId(`${group}/${resource}`) as KindRules, name)
  }
  refuseEscalation(write, uncovered(granted, rulesHeld(source, user, namespace)))
}

/** Refuses roles and bindings that would give away what their author does not have. */
export function checkEscalation(source: PolicySource, write: PolicyWrite): void {
  const { kind } = write.rules
  if (kind.group !== group || write.user.groups.includes(mastersGroup)) return
  if (kind.plural === "roles" || kind.plural === "clusterroles") checkRole(source, write)
  else checkBinding(source, write)
}
