import type {
  ApplyOptions,
  Cluster,
  DeleteOptions,
  GetOptions,
  ListOptions,
  ObjectList,
  Patch,
  Selection,
  WatchObserver,
  WatchOptions,
  WriteOptions,
} from "@argo-ts/k8s"
import { ClusterError } from "@argo-ts/k8s"
import {
  type JsonObject,
  type Kind,
  type KubernetesObject,
  keyOf,
  type ObjectKey,
  type Stored,
  type UntypedObject,
} from "@argo-ts/kernel"
import { signingRequestsId } from "./admission/signing-request.js"
import { applyObject } from "./api/apply.js"
import { createObject, namespaceOf } from "./api/create.js"
import { deleteObject } from "./api/delete.js"
import { deletionAnswer } from "./api/deletion-answer.js"
import { notFound } from "./api/errors.js"
import { listObjects } from "./api/list.js"
import { patched } from "./api/patch.js"
import { replaceObject } from "./api/replace.js"
import { scaled, scaleOf } from "./api/scale.js"
import type { Server } from "./api/server.js"
import type { WriteRequest, WriteVerb } from "./api/write.js"
import { reviewOf } from "./hooks/review.js"
import type { AccountTokens } from "./http/auth/account-tokens.js"
import { administrator, type UserInfo } from "./http/auth/user.js"
import { type Authorizer, answerReview } from "./http/reviews.js"
import type { KindRules } from "./kinds/rules.js"
import { withComputed } from "./metrics/with-computed.js"
import { asJson, asObject, type StoredObject } from "./store/stored-object.js"
import { bindPod } from "./subresources/binding.js"
import { evictPod } from "./subresources/eviction.js"
import type { WatchHub } from "./watch/hub.js"

function silent(): void {}

/** A write to a kind, of whose version's end its author is told. */
function requestOf(
  rules: KindRules,
  verb: WriteVerb,
  options: WriteOptions = {},
  user: UserInfo | undefined = undefined,
): WriteRequest {
  const warning = rules.custom?.warning ?? (verb === "delete" ? undefined : rules.remark)
  if (warning !== undefined) options.onWarning?.(warning)
  return {
    verb,
    manager: options.fieldManager ?? "unknown",
    isDryRun: options.dryRun === true,
    subresource: options.subresource,
    user,
    fieldValidation: options.fieldValidation ?? "Warn",
    warn: options.onWarning ?? silent,
  }
}

/** Subresources that only a machine with containers could serve. */
const unsimulated: { readonly [id: string]: readonly string[] } = {
  "/nodes": ["proxy"],
  "/pods": ["attach", "exec", "portforward", "proxy", "resize"],
  "/services": ["proxy"],
}

/** Refuses subresources that the kind does not have. */
function checkSubresource(rules: KindRules, subresource: string | undefined): void {
  if (subresource === undefined || subresource === "scale") return
  if (subresource === "status" && rules.kind.hasStatus) return
  if (subresource === "finalize" && rules.id === "/namespaces") return
  if (subresource === "ephemeralcontainers" && rules.id === "/pods") return
  if (subresource === "approval" && rules.id === signingRequestsId) return
  if (unsimulated[rules.id]?.includes(subresource) === true) {
    const { plural } = rules.kind
    const message = `${subresource} is not served by ${plural}/${subresource}: ${plural} here are simulated`
    throw new ClusterError("MethodNotAllowed", message)
  }
  throw new ClusterError("NotFound", "the server could not find the requested resource")
}

/** The store's objects have passed the kind's checks; the caller named the kind that says their type. */
function typed<T extends KubernetesObject>(object: StoredObject): Stored<T> {
  return object as unknown as Stored<T>
}

function untyped(object: KubernetesObject): UntypedObject {
  return object as UntypedObject
}

/** Reads and writes of one server, each in one synchronous step. */
export interface Operations {
  get(kind: Kind, key: ObjectKey, options?: GetOptions): StoredObject | undefined
  create(kind: Kind, object: UntypedObject, options?: WriteOptions): StoredObject
  update(kind: Kind, object: UntypedObject, options?: WriteOptions): StoredObject
  patch(kind: Kind, key: ObjectKey, patch: Patch, options?: WriteOptions): StoredObject
  apply(kind: Kind, object: UntypedObject, options: ApplyOptions): StoredObject
  delete(kind: Kind, key: ObjectKey, options?: DeleteOptions): boolean
}

/** Writes the replicas of a `Scale` to its object, and answers the `Scale` after it. */
function rescale(
  server: Server,
  rules: KindRules,
  before: StoredObject,
  write: { readonly scale: UntypedObject; readonly request: WriteRequest },
): StoredObject {
  const wanted = scaled(rules, before, write.scale)
  const after = replaceObject(server, rules, before, { ...write.request, wanted })
  return scaleOf(rules, after) as StoredObject
}

/** Posts to a subresource: an eviction, or a binding, of the pod that has its name. */
function createSubresource(
  server: Server,
  rules: KindRules,
  body: UntypedObject,
  request: WriteRequest,
): StoredObject {
  const { subresource } = request
  const { name = "", namespace } = body.metadata
  const isKnown = rules.id === "/pods" && (subresource === "eviction" || subresource === "binding")
  if (!isKnown) {
    checkSubresource(rules, subresource)
    const message = "the server does not allow this method on the requested resource"
    throw new ClusterError("MethodNotAllowed", message)
  }
  const pod = server.store.collection(rules).get(namespaceOf(rules, namespace), name)
  if (pod === undefined) throw notFound(rules, name)
  server.admission.validate(reviewOf("CREATE", rules, request, { object: body, before: pod }))
  const done =
    subresource === "eviction"
      ? evictPod(server, rules, pod, { eviction: body, request })
      : bindPod(server, rules, pod, { binding: body, request })
  return done as StoredObject
}

/** The operations of a server. */
export function createOperations(server: Server, user?: UserInfo): Operations {
  const find = (rules: KindRules, key: ObjectKey): StoredObject | undefined => {
    const object = server.store.collection(rules).get(namespaceOf(rules, key.namespace), key.name)
    return object === undefined ? undefined : rules.present(object)
  }
  const locate = (rules: KindRules, key: ObjectKey): StoredObject => {
    const object = find(rules, key)
    if (object === undefined) throw notFound(rules, key.name)
    return object
  }
  return {
    get(kind, key, options = {}) {
      const rules = server.registry.rules(kind)
      checkSubresource(rules, options.subresource)
      const object = find(rules, key)
      if (object === undefined || options.subresource !== "scale") return object
      return scaleOf(rules, object) as StoredObject
    },
    create(kind, object, options) {
      const rules = server.registry.rules(kind)
      if (options?.subresource !== undefined) {
        const request = requestOf(rules, "create", options, user)
        return createSubresource(server, rules, object, request)
      }
      return createObject(server, rules, object, requestOf(rules, "create", options, user))
    },
    update(kind, object, options) {
      const rules = server.registry.rules(kind)
      const request = requestOf(rules, "update", options, user)
      checkSubresource(rules, request.subresource)
      const { name = "", namespace } = object.metadata
      const before = find(rules, namespace === undefined ? { name } : { name, namespace })
      if (before === undefined) {
        if (!rules.createsOnUpdate) throw notFound(rules, name)
        return createObject(server, rules, object, request)
      }
      if (request.subresource === "scale")
        return rescale(server, rules, before, { scale: object, request })
      return replaceObject(server, rules, before, { ...request, wanted: object })
    },
    patch(kind, key, patch, options) {
      const rules = server.registry.rules(kind)
      const request = requestOf(rules, "patch", options, user)
      checkSubresource(rules, request.subresource)
      const before = locate(rules, key)
      if (request.subresource === "scale") {
        const scale = asObject(patched(rules, asJson(scaleOf(rules, before)), patch))
        return rescale(server, rules, before, { scale, request })
      }
      const wanted = asObject(patched(rules, asJson(before), patch))
      return replaceObject(server, rules, before, { ...request, wanted })
    },
    apply(kind, object, options) {
      const rules = server.registry.rules(kind)
      checkSubresource(rules, options.subresource)
      const request = { ...requestOf(rules, "apply", options, user), force: options.force === true }
      return applyObject(server, rules, object, request)
    },
    delete(kind, key, options = {}) {
      const rules = server.registry.rules(kind)
      const object = find(rules, key)
      if (object === undefined) return false
      const request = { ...requestOf(rules, "delete", options, user), options }
      const deletion = deleteObject(server, rules, object, request)
      options.onAnswer?.(deletionAnswer(rules, deletion))
      return true
    },
  }
}

/** A request before it is served. */
export interface GateRequest {
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `apply` or `delete`. */
  readonly verb: string
  readonly kind: Kind
  readonly namespace?: string | undefined
  /** Of a list or watch, the name that its field selector asks for. */
  readonly name?: string | undefined
  readonly subresource?: string | undefined
}

/** Called before each request; what it throws is the answer. */
export type Gate = (request: GateRequest) => void

/** Whose port it is, and what guards it. */
export interface PortOptions {
  readonly gate?: Gate
  /** Default: somebody who may do everything. */
  readonly user?: UserInfo
  /** Answers reviews and issues tokens; without it they are not served. */
  readonly identity?: Identity
}

/** What of a cluster knows who somebody is and what they may do. */
export interface Identity {
  readonly authorizer: Authorizer
  /** Made when it is first asked for: signing keys take time. */
  accounts(): AccountTokens
}

const reviewGroups = new Set(["authentication.k8s.io", "authorization.k8s.io"])

/** Answers a review, which is posted and never stored. */
async function postReview(
  kind: Kind,
  object: UntypedObject,
  { identity, user = administrator }: PortOptions,
): Promise<JsonObject> {
  const namespace = object.metadata?.namespace
  const scope = namespace === undefined ? "" : `/namespaces/${namespace}`
  const path = `/apis/${kind.group}/${kind.version}${scope}/${kind.plural}`
  const answer =
    identity === undefined
      ? undefined
      : await answerReview(path, () => asJson(object), {
          user,
          authorizer: identity.authorizer,
          accounts: identity.accounts(),
        })
  if (answer !== undefined) return answer
  throw new ClusterError("NotFound", "the server could not find the requested resource")
}

/** Issues a token of the service account that the request has the name of. */
async function postToken(object: UntypedObject, { identity }: PortOptions): Promise<JsonObject> {
  const { name = "", namespace = "" } = object.metadata
  if (identity === undefined) {
    throw new ClusterError("NotFound", "the server could not find the requested resource")
  }
  return identity.accounts().issue({ namespace, name }, asJson(object))
}

function nameOf({ metadata }: KubernetesObject): Pick<GateRequest, "namespace" | "name"> {
  return { namespace: metadata.namespace, name: metadata.name }
}

function selected(options: Selection): { readonly namespace?: string; readonly name?: string } {
  const name = options.fieldSelector?.["metadata.name"]
  const { namespace } = options
  return { ...(namespace !== undefined && { namespace }), ...(name !== undefined && { name }) }
}

/** The `Cluster` port over a server: every request is one synchronous step, answered in a microtask. */
export function createPort(server: Server, hub: WatchHub, options: PortOptions = {}): Cluster {
  const stored = { ...createReader(server, hub, options), ...createWriter(server, options) }
  return withComputed(stored, server, options.gate ?? open)
}

type Reader = Pick<Cluster, "get" | "list" | "watch" | "kinds">

const open: Gate = () => {}

function createReader(server: Server, hub: WatchHub, { gate = open }: PortOptions): Reader {
  const operations = createOperations(server)
  return {
    async get<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey, options?: GetOptions) {
      gate({ verb: "get", kind, ...key, subresource: options?.subresource })
      const object = operations.get(kind, key, options)
      return object === undefined ? undefined : typed<T>(object)
    },
    async list<T extends KubernetesObject>(kind: Kind<T>, options: ListOptions = {}) {
      gate({ verb: "list", kind, ...selected(options) })
      const rules = server.registry.rules(kind)
      return listObjects(server.store, rules, options) as unknown as ObjectList<T>
    },
    watch<T extends KubernetesObject>(
      kind: Kind<T>,
      options: WatchOptions,
      observer: WatchObserver<T>,
    ) {
      const rules = server.registry.rules(kind)
      gate({ verb: "watch", kind, ...selected(options) })
      return hub.open(rules, options, observer as unknown as WatchObserver<KubernetesObject>)
    },
    async kinds(options = {}) {
      const { registry } = server
      const all = options.allVersions === true ? registry.versions() : registry.all()
      return all.map((rules) => rules.kind)
    },
  }
}

function createWriter(server: Server, port: PortOptions): Omit<Cluster, keyof Reader> {
  const { gate = open, user } = port
  const operations = createOperations(server, user)
  return {
    async create<T extends KubernetesObject>(kind: Kind<T>, object: T, options?: WriteOptions) {
      const { namespace, name } = object.metadata ?? {}
      const subresource = options?.subresource
      // What is created has no name yet, as far as rights go; what it is created under has.
      gate({ verb: "create", kind, namespace, name: subresource && name, subresource })
      if (reviewGroups.has(kind.group)) {
        return (await postReview(kind, untyped(object), port)) as unknown as Stored<T>
      }
      if (kind.group === "" && kind.plural === "serviceaccounts" && subresource === "token") {
        return (await postToken(untyped(object), port)) as unknown as Stored<T>
      }
      return typed<T>(operations.create(kind, untyped(object), options))
    },
    async update<T extends KubernetesObject>(kind: Kind<T>, object: T, options?: WriteOptions) {
      gate({ verb: "update", kind, ...nameOf(object), subresource: options?.subresource })
      return typed<T>(operations.update(kind, untyped(object), options))
    },
    async patch<T extends KubernetesObject>(
      kind: Kind<T>,
      key: ObjectKey,
      patch: Patch,
      options?: WriteOptions,
    ) {
      gate({ verb: "patch", kind, ...key, subresource: options?.subresource })
      return typed<T>(operations.patch(kind, key, patch, options))
    },
    async apply<T extends KubernetesObject>(
      kind: Kind<T>,
      object: KubernetesObject,
      options: ApplyOptions,
    ) {
      gate({ verb: "apply", kind, ...nameOf(object), subresource: options.subresource })
      if (user !== undefined && operations.get(kind, keyOf(object)) === undefined) {
        gate({ verb: "create", kind, namespace: object.metadata.namespace })
      }
      return typed<T>(operations.apply(kind, untyped(object), options))
    },
    async delete(kind, key, options) {
      gate({ verb: "delete", kind, ...key })
      return operations.delete(kind, key, options)
    },
  }
}
