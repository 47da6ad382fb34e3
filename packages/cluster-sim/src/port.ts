import type {
  ApplyOptions,
  Cluster,
  DeleteOptions,
  GetOptions,
  ListOptions,
  ObjectList,
  Patch,
  WatchObserver,
  WatchOptions,
  WriteOptions,
} from "@argo-ts/k8s"
import { ClusterError } from "@argo-ts/k8s"
import type { Kind, KubernetesObject, ObjectKey, Stored, UntypedObject } from "@argo-ts/kernel"
import { applyObject } from "./api/apply.js"
import { createObject, namespaceOf } from "./api/create.js"
import { deleteObject } from "./api/delete.js"
import { notFound } from "./api/errors.js"
import { listObjects } from "./api/list.js"
import { patched } from "./api/patch.js"
import { replaceObject } from "./api/replace.js"
import { scaled, scaleOf } from "./api/scale.js"
import type { Server } from "./api/server.js"
import type { WriteRequest, WriteVerb } from "./api/write.js"
import type { KindRules } from "./kinds/rules.js"
import { asJson, asObject, type StoredObject } from "./store/stored-object.js"
import type { WatchHub } from "./watch/hub.js"

function silent(): void {}

function requestOf(verb: WriteVerb, options: WriteOptions = {}): WriteRequest {
  return {
    verb,
    manager: options.fieldManager ?? "unknown",
    isDryRun: options.dryRun === true,
    subresource: options.subresource,
    fieldValidation: options.fieldValidation ?? "Warn",
    warn: options.onWarning ?? silent,
  }
}

/** Refuses subresources that the kind does not have. */
function checkSubresource(rules: KindRules, subresource: string | undefined): void {
  if (subresource === undefined || subresource === "scale") return
  if (subresource === "status" && rules.kind.hasStatus) return
  if (subresource === "finalize" && rules.id === "/namespaces") return
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

/** The operations of a server. */
export function createOperations(server: Server): Operations {
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
        throw new ClusterError("NotFound", "the server could not find the requested resource")
      }
      return createObject(server, rules, object, requestOf("create", options))
    },
    update(kind, object, options) {
      const rules = server.registry.rules(kind)
      const request = requestOf("update", options)
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
      const request = requestOf("patch", options)
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
      const request = { ...requestOf("apply", options), force: options.force === true }
      return applyObject(server, rules, object, request)
    },
    delete(kind, key, options = {}) {
      const rules = server.registry.rules(kind)
      const object = find(rules, key)
      if (object === undefined) return false
      deleteObject(server, rules, object, { ...requestOf("delete", options), options })
      return true
    },
  }
}

/** Called before each request with its verb and kind; what it throws is the answer. */
export type Gate = (verb: string, kind: Kind) => void

/** The `Cluster` port over a server: every request is one synchronous step, answered in a microtask. */
export function createPort(server: Server, hub: WatchHub, gate: Gate = () => {}): Cluster {
  const operations = createOperations(server)
  return {
    async get<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey, options?: GetOptions) {
      gate("get", kind)
      const object = operations.get(kind, key, options)
      return object === undefined ? undefined : typed<T>(object)
    },
    async list<T extends KubernetesObject>(kind: Kind<T>, options: ListOptions = {}) {
      gate("list", kind)
      const rules = server.registry.rules(kind)
      return listObjects(server.store, rules, options) as unknown as ObjectList<T>
    },
    watch<T extends KubernetesObject>(
      kind: Kind<T>,
      options: WatchOptions,
      observer: WatchObserver<T>,
    ) {
      const rules = server.registry.rules(kind)
      return hub.open(rules, options, observer as unknown as WatchObserver<KubernetesObject>)
    },
    async create<T extends KubernetesObject>(kind: Kind<T>, object: T, options?: WriteOptions) {
      gate("create", kind)
      return typed<T>(operations.create(kind, untyped(object), options))
    },
    async update<T extends KubernetesObject>(kind: Kind<T>, object: T, options?: WriteOptions) {
      gate("update", kind)
      return typed<T>(operations.update(kind, untyped(object), options))
    },
    async patch<T extends KubernetesObject>(
      kind: Kind<T>,
      key: ObjectKey,
      patch: Patch,
      options?: WriteOptions,
    ) {
      gate("patch", kind)
      return typed<T>(operations.patch(kind, key, patch, options))
    },
    async apply<T extends KubernetesObject>(
      kind: Kind<T>,
      object: KubernetesObject,
      options: ApplyOptions,
    ) {
      gate("apply", kind)
      return typed<T>(operations.apply(kind, untyped(object), options))
    },
    async delete(kind, key, options) {
      gate("delete", kind)
      return operations.delete(kind, key, options)
    },
    async kinds(options = {}) {
      const { registry } = server
      const all = options.allVersions === true ? registry.versions() : registry.all()
      return all.map((rules) => rules.kind)
    },
  }
}
