import { ClusterError } from "@argo-ts/k8s"
import {
  apiVersionOf,
  canonicalJson,
  formatInstant,
  isJsonObject,
  type JsonObject,
  type UntypedObject,
} from "@argo-ts/kernel"
import { describeConflict, formatConflicts, serverSideApply } from "@argo-ts/kernel/merge"
import type { KindRules } from "../kinds/rules.js"
import { adopt } from "../store/adopt.js"
import { asJson, asObject, type StoredObject } from "../store/stored-object.js"
import { createObject, namespaceOf } from "./create.js"
import { mistyped } from "./decoding.js"
import {
  badRequest,
  checkVersion,
  conflict,
  invalid,
  invalidOptions,
  notFound,
  required,
  typeText,
  wrong,
} from "./errors.js"
import { replaceObject } from "./replace.js"
import type { Server } from "./server.js"
import type { WriteRequest } from "./write.js"

/** A server-side apply. */
export interface ApplyWrite extends WriteRequest {
  readonly force: boolean
}

function checkConfig(rules: KindRules, config: UntypedObject, manager: string): void {
  if (manager === "") {
    const missing = required("fieldManager", "is required for apply patch")
    throw invalidOptions("PatchOptions", [missing])
  }
  if (config.apiVersion !== apiVersionOf(rules.kind) || config.kind !== rules.kind.kind) {
    throw badRequest(`invalid object type: ${typeText(config.apiVersion, config.kind)}`)
  }
  if (config.metadata.managedFields !== undefined) {
    throw badRequest("metadata.managedFields must be nil")
  }
}

/** What the server never takes from an apply: identity, and status or all but status. */
function configOf(
  rules: KindRules,
  object: UntypedObject,
  subresource: string | undefined,
): JsonObject {
  const { uid: _uid, resourceVersion: _version, ...metadata } = object.metadata
  const config = { ...object, metadata } as UntypedObject
  if (subresource === "status") {
    const { apiVersion, kind, status } = config
    const own = { name: metadata.name, namespace: metadata.namespace }
    return asJson({
      apiVersion,
      kind,
      metadata: own,
      ...(status === undefined ? {} : { status }),
    } as UntypedObject)
  }
  if (rules.kind.hasStatus) {
    const { status: _status, ...main } = config
    return asJson(main as UntypedObject)
  }
  return asJson(config)
}

function untypedMessage(
  rules: KindRules,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  why: string,
): string {
  return `failed to create typed patch object (${namespace}/${name}; ${typeText(rules.apiVersion, rules.kind.kind)}): ${why}`
}

const lastAppliedName = "kubectl.kubernetes.io/last-applied-configuration"

/** What client-side apply has written down, where kubectl itself applies: fields that it takes over (spec/cluster §3.6). */
function lastApplied(live: StoredObject, manager: string): JsonObject | undefined {
  const text = live.metadata.annotations?.[lastAppliedName]
  if (manager !== "kubectl" || text === undefined) return undefined
  try {
    const document: unknown = JSON.parse(text)
    return isJsonObject(document) ? document : {}
  } catch {
    // A note that cannot be read forgives nothing; it is written anew all the same.
    return {}
  }
}

/** The object with the note of client-side apply about what has been applied now. */
function withLastApplied(object: UntypedObject, config: UntypedObject): UntypedObject {
  const { managedFields: _managed, ...metadata } = config.metadata
  const { annotations } = object.metadata
  const text = `${canonicalJson({ ...config, metadata })}\n`
  const noted = { ...annotations, [lastAppliedName]: text }
  return { ...object, metadata: { ...object.metadata, annotations: noted } }
}

/** Applies the fields that a manager has an opinion on; creates the object where there is none. */
export function applyObject(
  server: Server,
  rules: KindRules,
  object: UntypedObject,
  request: ApplyWrite,
): StoredObject {
  checkConfig(rules, object, request.manager)
  const { name = "", uid, resourceVersion } = object.metadata
  const namespace = namespaceOf(rules, object.metadata.namespace)
  const found = server.store.collection(rules).get(namespace, name)
  const live = found === undefined ? undefined : rules.present(found)
  if (live === undefined) {
    if (request.subresource !== undefined) throw notFound(rules, name)
    if (uid !== undefined) {
      const tail = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`
      throw conflict(rules, name, tail)
    }
  } else {
    checkVersion(rules, live.metadata, resourceVersion)
    if (uid !== undefined && uid !== live.metadata.uid) {
      throw invalid(rules, name, [wrong("metadata.uid", uid, "field is immutable")])
    }
  }
  const { subresource, manager, force } = request
  const forgiven = live === undefined ? undefined : lastApplied(live, manager)
  const why = mistyped(rules, object)
  if (why !== undefined) {
    throw new ClusterError("InternalError", untypedMessage(rules, { namespace, name }, why))
  }
  const outcome = serverSideApply({
    schema: rules.schema,
    live: live === undefined ? undefined : asJson(live),
    config: adopt(configOf(rules, object, subresource), undefined) as JsonObject,
    manager: {
      manager,
      apiVersion: rules.apiVersion,
      ...(subresource === undefined ? {} : { subresource }),
    },
    force,
    now: formatInstant(server.now()),
    ...(forgiven === undefined ? {} : { forgiven }),
  })
  if (outcome.type === "Invalid") {
    const texts = outcome.issues.map((issue) => issue.message).join("; ")
    throw new ClusterError("InternalError", untypedMessage(rules, { namespace, name }, texts))
  }
  if (outcome.type === "Conflicted") {
    const causes = outcome.conflicts.map((each) => ({
      reason: "FieldManagerConflict",
      message: describeConflict(each),
      field: each.path,
    }))
    throw new ClusterError("Conflict", formatConflicts(outcome.conflicts), { causes })
  }
  const managed = server.managedFields === "off" ? [] : outcome.managedFields
  const merged = asObject(outcome.object)
  const wanted = forgiven === undefined ? merged : withLastApplied(merged, object)
  if (live === undefined) return createObject(server, rules, wanted, { ...request, managed })
  return replaceObject(server, rules, live, { ...request, wanted, managed })
}
