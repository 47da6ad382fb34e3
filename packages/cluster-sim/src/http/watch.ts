import type { ServerResponse } from "node:http"
import type { Cluster, WatchEvent } from "@argo-ts/k8s"
import { apiVersionOf, type JsonObject, type KubernetesObject, type Stored } from "@argo-ts/kernel"
import { statusOf } from "./answer.js"
import type { CustomColumn } from "./custom-columns.js"
import { type ApiRequest, type Form, isOn, selectionOf } from "./request.js"
import type { Route } from "./route.js"
import { type IncludeObject, partialOf, tableOf } from "./table.js"

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
  readonly send: (line: object) => void
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
const [leastSeconds, spreadSeconds] = [1800, 1800]

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
  const { selection, keeps } = selectionOf(query, route.namespace)
  const include = (query.get("includeObject") ?? "Metadata") as IncludeObject
  response.writeHead(200, { "content-type": "application/json" })
  // Without this the client waits for the first event to learn that there is a stream.
  response.flushHeaders()
  const send = (line: object): void => {
    if (!response.writableEnded) response.write(`${JSON.stringify(line)}\n`)
  }
  const stream: Stream = { route, form, include, custom, now, send, hasColumns: false }
  const asked = query.get("resourceVersion") ?? ""
  let from = asked === "0" ? "" : asked
  if (isOn(query, "sendInitialEvents")) {
    const { items, resourceVersion } = await cluster.list(route.kind, selection)
    for (const item of items)
      send({ type: "ADDED", object: shown(stream, item as unknown as JsonObject) })
    const done = { "k8s.io/initial-events-end": "true" }
    send({ type: "BOOKMARK", object: bookmark(stream, resourceVersion, done) })
    from = resourceVersion
  }
  let seen = from
  const stop = cluster.watch(
    route.kind,
    { ...selection, ...(from !== "" && { resourceVersion: from }) },
    {
      event(event: WatchEvent<KubernetesObject>) {
        if (event.type === "BOOKMARK") {
          seen = event.resourceVersion
          return
        }
        const object = event.object as Stored<KubernetesObject>
        seen = object.metadata.resourceVersion
        const json = object as unknown as JsonObject
        if (keeps(json)) send({ type: event.type, object: shown(stream, json) })
      },
      end(error) {
        if (error !== undefined) send({ type: "ERROR", object: statusOf(error) })
        response.end()
      },
    },
  )
  const seconds =
    Number(query.get("timeoutSeconds") ?? 0) || leastSeconds + Math.floor(spreadSeconds / 2)
  const wantsBookmarks = isOn(query, "allowWatchBookmarks")
  const tell = (): void => {
    if (wantsBookmarks && seen !== "") send({ type: "BOOKMARK", object: bookmark(stream, seen) })
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
