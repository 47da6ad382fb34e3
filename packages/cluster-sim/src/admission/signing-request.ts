import {
  type EpochMs,
  equalJson,
  formatInstant,
  type JsonObject,
  type UntypedObject,
} from "@argo-ts/kernel"
import { asObject, part, type StoredObject } from "../store/stored-object.js"
import type { Admit } from "./admission.js"

/** `group/plural` of CertificateSigningRequests. */
export const signingRequestsId = "certificates.k8s.io/certificatesigningrequests"

/** A request says who has made it, whatever its maker says; it never asks for anything else. */
export const admitSigningRequest: Admit = ({ object, before, request }) => {
  if (before !== undefined) return { ...object, spec: before["spec"] ?? {} } as UntypedObject
  const { username: _u, uid: _i, groups: _g, extra: _e, ...spec } = part(object, "spec")
  const { username, uid, groups = [], extra = {} } = request.user ?? {}
  const maker = {
    ...(username !== undefined && { username }),
    ...(uid !== undefined && uid !== "" && { uid }),
    ...(groups.length > 0 && { groups: [...groups] }),
    ...(Object.keys(extra).length > 0 && { extra }),
  }
  return asObject({
    ...(object as unknown as JsonObject),
    spec: { ...spec, ...maker },
  } as JsonObject)
}

function conditionsOf(object: UntypedObject): readonly JsonObject[] {
  const { conditions = [] } = part(object, "status")
  return conditions as unknown as readonly JsonObject[]
}

/** What is written to `/approval`: the conditions alone, each with the instants at which it changed. */
export function withApproval(
  before: StoredObject,
  wanted: UntypedObject,
  now: EpochMs,
): UntypedObject {
  const known = conditionsOf(before)
  const at = formatInstant(now)
  const conditions = conditionsOf(wanted).map((condition): JsonObject => {
    const old = known.find(({ type }) => type === condition["type"])
    if (old !== undefined && equalJson({ ...condition }, { ...old })) return old
    const isTurned = old?.["status"] !== condition["status"]
    const changedAt = isTurned ? at : (old?.["lastTransitionTime"] ?? at)
    return {
      ...condition,
      lastUpdateTime: condition["lastUpdateTime"] ?? at,
      lastTransitionTime: condition["lastTransitionTime"] ?? changedAt,
    }
  })
  return { ...before, status: { ...part(before, "status"), conditions } } as UntypedObject
}
