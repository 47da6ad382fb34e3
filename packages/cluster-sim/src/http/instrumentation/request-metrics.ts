import type { ServerResponse } from "node:http"
import { createMetricsRegistry, type Gauge, type MetricsRegistry } from "@argo-ts/k8s"
import type { ApiRequest } from "../request.js"
import type { Route } from "../route.js"

const routeLabels = [
  "component",
  "group",
  "resource",
  "scope",
  "subresource",
  "verb",
  "version",
] as const
const requestLabels = ["dry_run", ...routeLabels] as const

type RouteLabels = { readonly [label in (typeof routeLabels)[number]]: string }

/** What a request is counted as. */
interface RequestClass {
  readonly labels: RouteLabels
  readonly dryRun: string
  /** True for what goes on for as long as its client wants: it is not waited for. */
  readonly isLong: boolean
}

/** Counts the requests of one server, under the names that Kubernetes' own gives them. */
export interface RequestMetrics {
  /** Counts a request from now on until its answer has gone. */
  begin(method: string, response: ServerResponse): RequestNote
  print(): string
}

/** What becomes known of a request as it is served. */
export interface RequestNote {
  /** It goes to a resource. */
  isOf(route: Route, request: ApiRequest, isWatch: boolean): void
  /** It asks how the server is. */
  isHealth(path: string): void
}

const seconds = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45,
  60,
]

function verbOf({ name }: Route, { method, headers }: ApiRequest, isWatch: boolean): string {
  if (isWatch) return "WATCH"
  if (method === "GET" && name === undefined) return "LIST"
  if (method === "DELETE" && name === undefined) return "DELETECOLLECTION"
  const isApply = headers["content-type"]?.startsWith("application/apply-patch") === true
  return method === "PATCH" && isApply ? "APPLY" : method
}

function scopeOf({ name, namespace }: Route, method: string): string {
  if (name !== undefined || method === "POST") return "resource"
  return namespace === undefined ? "cluster" : "namespace"
}

function classOf(route: Route, request: ApiRequest, isWatch: boolean): RequestClass {
  const { kind, subresource = "" } = route
  const verb = verbOf(route, request, isWatch)
  const labels = {
    component: "apiserver",
    group: kind.group,
    resource: kind.plural,
    scope: scopeOf(route, request.method),
    subresource,
    verb,
    version: kind.version,
  }
  const isFollowed = subresource === "log" && request.query.has("follow")
  const asked = request.query.getAll("dryRun")
  // What a client made up is no label.
  const dryRun = asked.every((each) => each === "All") ? (asked[0] ?? "") : "invalid"
  return { labels, dryRun, isLong: isWatch || isFollowed }
}

const nowhere = { group: "", resource: "", scope: "", version: "" }

function createMeters(registry: MetricsRegistry) {
  return {
    total: registry.counter({
      name: "apiserver_request_total",
      help: "Requests by verb, resource, dry run and code of the answer.",
      labels: ["code", ...requestLabels],
    }),
    duration: registry.histogram({
      name: "apiserver_request_duration_seconds",
      help: "How long requests took that are waited for.",
      labels: requestLabels,
      buckets: seconds,
    }),
    long: registry.gauge({
      name: "apiserver_longrunning_requests",
      help: "Watches and followed logs that go on.",
      labels: routeLabels,
    }),
    inflight: registry.gauge({
      name: "apiserver_current_inflight_requests",
      help: "Requests that are served now and are waited for.",
      labels: ["request_kind"],
    }),
  } as const
}

/** Gauges that go up for a while. */
function held<L extends string>(
  gauge: Gauge<L>,
  labels: { readonly [label in L]: string },
): () => void {
  gauge.add(labels, 1)
  let isHeld = true
  return () => {
    if (isHeld) gauge.add(labels, -1)
    isHeld = false
  }
}

/** Counters that begin at nothing. `now` is real time in milliseconds. */
export function createRequestMetrics(now: () => number): RequestMetrics {
  const registry = createMetricsRegistry()
  const { total, duration, long, inflight } = createMeters(registry)
  for (const request_kind of ["mutating", "readOnly"]) inflight.set({ request_kind }, 0)
  return {
    begin(method, response) {
      const start = now()
      const request_kind = method === "GET" ? "readOnly" : "mutating"
      let release = held(inflight, { request_kind })
      let known: RequestClass | undefined
      response.once("close", () => {
        release()
        if (known === undefined) return
        const labels = { ...known.labels, dry_run: known.dryRun }
        total.add({ ...labels, code: `${response.statusCode}` })
        if (!known.isLong) duration.observe(labels, (now() - start) / 1000)
      })
      return {
        isOf(route, request, isWatch) {
          known = classOf(route, request, isWatch)
          if (!known.isLong) return
          release()
          release = held(long, known.labels)
        },
        isHealth(path) {
          const labels = { ...nowhere, component: "", subresource: path, verb: "GET" }
          known = { labels, dryRun: "", isLong: false }
        },
      }
    },
    print: () => registry.print(),
  }
}
