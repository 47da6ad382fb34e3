import {
  apiVersionOf,
  createRandomStreams,
  type JsonObject,
  type Kind,
  type KubernetesObject,
  keyOf,
  type ObjectKey,
  type Stored,
} from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
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
} from "../ports.js"
import { discoverKinds } from "./discovery.js"
import { collectionPath, objectPath, type Query, selectionQuery, withQuery } from "./paths.js"
import { isAbsent } from "./status.js"
import type { Transport } from "./transport.js"
import { followWatch } from "./watch.js"

const watchSecondsMin = 290
const watchSecondsSpread = 60

/** For how long a watch is asked for: not the same for all, or those that began together would come back together. */
function watchSecondsOf(path: string, clock: Clock): number {
  const draws = createRandomStreams(`${path}@${clock.now()}`).stream("watch")
  return watchSecondsMin + draws.integer(watchSecondsSpread)
}

const patchTypes = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
} as const

function writeQuery(options: WriteOptions = {}): Query {
  return {
    fieldManager: options.fieldManager,
    dryRun: options.dryRun === true ? "All" : undefined,
    fieldValidation: options.fieldValidation,
  }
}

/** What the server answers has passed the kind's own checks; its type is the one that the kind names. */
function typed<T extends KubernetesObject>(json: JsonObject): Stored<T> {
  return json as unknown as Stored<T>
}

/** Items of a list carry neither kind nor version. */
function listOf<T extends KubernetesObject>(kind: Kind<T>, json: JsonObject): ObjectList<T> {
  const items = (json["items"] ?? []) as readonly JsonObject[]
  const metadata = (json["metadata"] ?? {}) as {
    readonly resourceVersion?: string
    readonly continue?: string
    readonly remainingItemCount?: number
  }
  const named = { apiVersion: apiVersionOf(kind), kind: kind.kind }
  const { continue: next, remainingItemCount } = metadata
  return {
    items: items.map((item) => typed<T>({ ...named, ...item })),
    resourceVersion: metadata.resourceVersion ?? "",
    ...(next === undefined || next === "" ? {} : { continue: next }),
    ...(remainingItemCount === undefined ? {} : { remainingItemCount }),
  }
}

function deleteBody(options: DeleteOptions): JsonObject {
  const { propagationPolicy, preconditions, gracePeriodSeconds, dryRun } = options
  return {
    apiVersion: "v1",
    kind: "DeleteOptions",
    ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
    ...(preconditions === undefined ? {} : { preconditions: preconditions as JsonObject }),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(dryRun === true ? { dryRun: ["All"] } : {}),
  }
}

function sendPatch(
  transport: Transport,
  target: { readonly kind: Kind; readonly key: ObjectKey; readonly query: Query },
  body: {
    readonly contentType: string
    readonly content: unknown
    readonly options: WriteOptions
  },
): Promise<JsonObject> {
  const path = objectPath(target.kind, target.key, body.options.subresource)
  const { contentType, content } = body
  return transport.send({
    method: "PATCH",
    path: withQuery(path, target.query),
    body: content,
    contentType,
    onWarning: body.options.onWarning,
  })
}

function openWatch<T extends KubernetesObject>(
  transport: Transport,
  kind: Kind<T>,
  request: {
    readonly options: WatchOptions
    readonly observer: WatchObserver<T>
    readonly clock: Clock
  },
): () => void {
  const { options, observer, clock } = request
  const collection = collectionPath(kind, options.namespace)
  const timeoutSeconds = watchSecondsOf(collection, clock)
  const silenceMs = (timeoutSeconds + 15) * 1000
  const query = {
    ...selectionQuery(options),
    watch: true,
    allowWatchBookmarks: options.allowWatchBookmarks ?? true,
    timeoutSeconds,
    resourceVersion: options.resourceVersion,
    resourceVersionMatch: options.resourceVersionMatch,
    sendInitialEvents: options.sendInitialEvents,
  }
  const path = withQuery(collection, query)
  let isOpen = true
  const guarded: WatchObserver<KubernetesObject> = {
    event: (event) => {
      if (isOpen) (observer as unknown as WatchObserver<KubernetesObject>).event(event)
    },
    end(error) {
      if (!isOpen) return
      isOpen = false
      observer.end(error)
    },
  }
  const stop = transport.stream(path, {
    onOpen: (body) => followWatch(body, guarded, { silenceMs, stop: () => stop() }),
    onError: guarded.end,
  })
  return () => {
    isOpen = false
    stop()
  }
}

type Reader = Pick<Cluster, "get" | "list" | "watch" | "kinds">
type Writer = Omit<Cluster, keyof Reader>

function createReader(transport: Transport, clock: Clock): Reader {
  return {
    async get<T extends KubernetesObject>(kind: Kind<T>, key: ObjectKey, options: GetOptions = {}) {
      try {
        const path = objectPath(kind, key, options.subresource)
        return typed<T>(await transport.send({ method: "GET", path }))
      } catch (error) {
        if (isAbsent(error)) return undefined
        throw error
      }
    },
    async list<T extends KubernetesObject>(kind: Kind<T>, options: ListOptions = {}) {
      const { limit, continue: next, resourceVersion, resourceVersionMatch } = options
      const version = { resourceVersion, resourceVersionMatch }
      const query = { ...selectionQuery(options), limit, continue: next, ...version }
      const path = withQuery(collectionPath(kind, options.namespace), query)
      return listOf(kind, await transport.send({ method: "GET", path }))
    },
    watch: (kind, options, observer) => openWatch(transport, kind, { options, observer, clock }),
    kinds: (options) => discoverKinds(transport, options),
  }
}

function createWriter(transport: Transport): Writer {
  const write = async <T extends KubernetesObject>(
    method: "POST" | "PUT",
    path: string,
    request: { readonly object: T; readonly options: WriteOptions | undefined },
  ): Promise<Stored<T>> => {
    const target = withQuery(path, writeQuery(request.options))
    const { object: body, options: { onWarning } = {} } = request
    return typed<T>(await transport.send({ method, path: target, body, onWarning }))
  }
  return {
    create(kind, object, options) {
      const { subresource } = options ?? {}
      const path =
        subresource === undefined
          ? collectionPath(kind, object.metadata?.namespace)
          : objectPath(kind, keyOf(object), subresource)
      return write("POST", path, { object, options })
    },
    update(kind, object, options) {
      const path = objectPath(kind, keyOf(object), options?.subresource)
      return write("PUT", path, { object, options })
    },
    async patch<T extends KubernetesObject>(
      kind: Kind<T>,
      key: ObjectKey,
      patch: Patch,
      options: WriteOptions = {},
    ) {
      const content = patch.type === "json" ? patch.operations : patch.patch
      const body = { contentType: patchTypes[patch.type], content, options }
      return typed<T>(await sendPatch(transport, { kind, key, query: writeQuery(options) }, body))
    },
    async apply<T extends KubernetesObject>(
      kind: Kind<T>,
      object: KubernetesObject,
      options: ApplyOptions,
    ) {
      const query = { ...writeQuery(options), force: options.force === true }
      const body = { contentType: "application/apply-patch+yaml", content: object, options }
      return typed<T>(await sendPatch(transport, { kind, key: keyOf(object), query }, body))
    },
    async delete(kind, key, options = {}) {
      try {
        const path = objectPath(kind, key)
        const { onWarning, onAnswer } = options
        const body = deleteBody(options)
        const answer = await transport.send({ method: "DELETE", path, body, onWarning })
        onAnswer?.(answer)
        return true
      } catch (error) {
        if (isAbsent(error)) return false
        throw error
      }
    },
  }
}

/** The `Cluster` port over HTTP. */
export function createHttpCluster(transport: Transport, clock: Clock): Cluster {
  return { ...createReader(transport, clock), ...createWriter(transport) }
}
