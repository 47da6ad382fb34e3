import type { ServerResponse } from "node:http"
import type { Cluster, Selection, WatchEvent } from "@argo-ts/k8s"
import { apiVersionOf, type JsonObject, type KubernetesObject, type Stored } from "@argo-ts/kernel"
import { statusOf } from "./answer.js"
import type { CustomColumn } from "./custom-columns.js"
import type { Form } from "./negotiation.js"
import { type ApiRequest, isOn, selectionOf, wholeAt } from "./request.js"
import type { Route } from "./route.js"
import { type IncludeObject, includeObjectOf, partialOf, tableOf } from "./table.js"

/** What a watch is served with. */
export interface WatchContext {
  readonly cluster: Cluster
  readonly now: () => number
}

interface Stream {
  readonly route: Route
  readonly form: Form
  readonly include: IncludeObject
  readonly custom: readonly CustomColumn[] | undefined
  readonly now: () => number
  readonly send: (type: WatchEvent<KubernetesObject>["type"] | "ERROR", object: JsonObject) => void
  /** True once a table has told its columns. */
  hasColumns: boolean
}

function shown(stream: Stream, object: JsonObject): JsonObject {
  const { form, include, custom, route, now } = stream
  if (form === "partial") return partialOf(object)
  if (form !== "table") return object
  const metadata = { resourceVersion: (object["metadata"] as JsonObject)["resourceVersion"] ?? "" }
  const withColumns = !stream.hasColumns
  stream.hasColumns = true
  return tableOf(route.kind, [object], metadata, {
    now: now(),
    include,
    withColumns,
    ...(custom && { custom }),
  })
}

function bookmark(
  { route }: Stream,
  resourceVersion: string,
  annotations?: JsonObject,
): JsonObject {
  const { kind } = route
  const metadata = { resourceVersion, creationTimestamp: null, ...(annotations && { annotations }) }
  return { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata }
}

const bookmarkMs = 60_000
/** So many lines may wait for a client before it is let go; it lists and watches anew. */
const unreadMax = 1_000
const [leastSeconds, spreadSeconds] = [1800, 1800]

let last: { readonly object: JsonObject; readonly text: string } | undefined

/** The text of an object; one that is told to many watchers, one after the other, is written once. */
function textOf(object: JsonObject): string {
  if (last?.object === object) return last.text
  const text = JSON.stringify(object)
  if (Object.isFrozen(object)) last = { object, text }
  return text
}

/** Writes lines to a client; one that does not read them is let go. */
function createSender(response: ServerResponse): Stream["send"] {
  let unread = 0
  response.on("drain", () => {
    unread = 0
  })
  return (type, object) => {
    if (response.writableEnded) return
    if (!response.write(`{"type":"${type}","object":${textOf(object)}}\n`)) unread++
    if (unread > unreadMax) response.end()
  }
}

/** What is watched: a collection, or the one object that the old form of a watch names. */
function watchedBy(query: URLSearchParams, { namespace, name }: Route): Selection {
  const selection = selectionOf(query, namespace)
  if (name === undefined) return selection
  const fieldSelector = { ...selection.fieldSelector, "metadata.name": name }
  return { ...selection, fieldSelector }
}

/** Serves a watch until its time is over, the client goes, or the cluster ends it. */
export async function serveWatch(
  { cluster, now }: WatchContext,
  route: Route,
  request: ApiRequest,
  output: {
    readonly response: ServerResponse
    readonly form: Form
    readonly custom: readonly CustomColumn[] | undefined
  },
): Promise<void> {
  const { query } = request
  const { response, form, custom } = output
  const selection = watchedBy(query, route)
  const include = includeObjectOf(query)
  const patience = wholeAt(query, "timeoutSeconds")
  const send = createSender(response)
  const stream: Stream = { route, form, include, custom, now, send, hasColumns: false }
  const asked = query.get("resourceVersion") ?? ""
  const wantsBookmarks = isOn(query, "allowWatchBookmarks")
  const match = query.get("resourceVersionMatch") ?? ""
  let seen = asked === "0" ? "" : asked
  const stop = cluster.watch(
    route.kind,
    {
      ...selection,
      ...(asked !== "" && { resourceVersion: asked }),
      ...(query.has("sendInitialEvents") && {
        sendInitialEvents: isOn(query, "sendInitialEvents"),
      }),
      // The cluster refuses what is none.
      ...(match !== "" && { resourceVersionMatch: match as "NotOlderThan" }),
      allowWatchBookmarks: wantsBookmarks,
    },
    {
      event(event: WatchEvent<KubernetesObject>) {
        if (event.type === "BOOKMARK") {
          seen = event.resourceVersion
          const done = event.isInitialEventsEnd && { "k8s.io/initial-events-end": "true" }
          send("BOOKMARK", bookmark(stream, seen, done || undefined))
          return
        }
        const object = event.object as Stored<KubernetesObject>
        seen = object.metadata.resourceVersion
        send(event.type, shown(stream, object as unknown as JsonObject))
      },
      end(error) {
        if (error !== undefined) send("ERROR", statusOf(error))
        response.end()
      },
    },
  )
  response.writeHead(200, { "content-type": "application/json" })
  // Without this the client waits for the first event to learn that there is a stream.
  response.flushHeaders()
  const seconds = patience || leastSeconds + Math.floor(spreadSeconds / 2)
  const tell = (): void => {
    if (wantsBookmarks && seen !== "") send("BOOKMARK", bookmark(stream, seen))
  }
  const marks = setInterval(tell, bookmarkMs)
  const timeout = setTimeout(() => {
    tell()
    response.end()
  }, seconds * 1000)
  response.on("close", () => {
    clearInterval(marks)
    clearTimeout(timeout)
    stop()
  })
}
