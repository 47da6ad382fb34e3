import { setTimeout as pause } from "node:timers/promises"
import { ClusterError } from "@argo-ts/k8s"
import { epochMs, formatInstant, type JsonObject, parseInstant } from "@argo-ts/kernel"
import type { PodLog, PodLogLine, PodLogOptions } from "../controllers/kubelet/pod-logs.js"
import type { PodReading } from "../controllers/kubelet/pod-reading.js"
import type { Answer, ObjectContext } from "./exchange.js"
import { listAt, textAt } from "./reading.js"
import { type ApiRequest, isOn } from "./request.js"
import type { Route } from "./route.js"

/** Reads what pods have written: a simulated cluster does. */
export type LogReader = Pick<PodReading, "podLogs">

/** Real milliseconds between two looks at a log that is followed. */
const lookMs = 200
const defaultContainer = "kubectl.kubernetes.io/default-container"

/** `GET …/pods/NAME/log`: the lines of one container, and with `follow` those that come. */
export function logsOf(
  context: ObjectContext,
  pod: JsonObject,
  { route, request }: { readonly route: Route; readonly request: ApiRequest },
): Answer {
  const container = containerOf(pod, route.name ?? "", request)
  const { logs } = context
  if (logs === undefined) return { code: 200, body: {}, text: "" }
  const { namespace = "", name = "" } = route
  const options = { ...optionsOf(request, context.now()), container }
  const write = writerOf(request)
  const read = () => logs.podLogs(namespace, name, options)
  if (!isOn(request.query, "follow")) {
    return { code: 200, body: {}, text: read().lines.map(write).join("") }
  }
  const first = read()
  return {
    code: 200,
    body: {},
    async *texts(signal) {
      yield first.lines.map(write).join("")
      const { tailLines: _tail, ...all } = options
      let seen = countOf(logs.podLogs(namespace, name, all))
      for (let isEnded = first.isEnded; !isEnded && !signal.aborted; ) {
        await pause(lookMs, undefined, { signal }).catch(() => undefined)
        const now = logs.podLogs(namespace, name, all)
        const fresh = now.lines.slice(Math.max(0, seen - (now.dropped ?? 0)))
        seen = countOf(now)
        if (fresh.length > 0) yield fresh.map(write).join("")
        isEnded = now.isEnded
      }
    },
  }
}

/** How many lines there have been, those that are gone included. */
function countOf({ lines, dropped = 0 }: PodLog): number {
  return dropped + lines.length
}

/** The container that is asked for; of several one has to be. */
function containerOf(pod: JsonObject, name: string, { query }: ApiRequest): string {
  const named = (list: string): readonly string[] =>
    listAt(pod, "spec", list).map((each) => textAt(each, ["name"]))
  const main = named("containers")
  const preferred = textAt(pod, ["metadata", "annotations", defaultContainer])
  const asked = query.get("container") ?? (main.includes(preferred) ? preferred : null)
  const known = [...main, ...named("initContainers"), ...named("ephemeralContainers")]
  if (asked !== null) {
    if (known.includes(asked)) return asked
    throw new ClusterError("BadRequest", `container ${asked} is not valid for pod ${name}`)
  }
  if (main.length === 1) return main[0] ?? ""
  throw new ClusterError(
    "BadRequest",
    `a container name must be specified for pod ${name}, choose one of: [${main.join(" ")}]`,
  )
}

function optionsOf({ query }: ApiRequest, now: number): PodLogOptions {
  const number = (field: string): number | undefined => {
    const text = query.get(field)
    if (text === null) return undefined
    if (/^\d+$/.test(text)) return Number(text)
    throw new ClusterError("BadRequest", `${field}: expected a whole number, found ${text}`)
  }
  const tailLines = number("tailLines")
  const sinceSeconds = number("sinceSeconds")
  const sinceTime = parseInstant(query.get("sinceTime") ?? "")
  const ago = sinceSeconds === undefined ? undefined : epochMs(now - sinceSeconds * 1000)
  const since = sinceTime.ok ? sinceTime.value : ago
  return {
    ...(isOn(query, "previous") ? { previous: true } : {}),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(since === undefined ? {} : { since }),
  }
}

function writerOf({ query }: ApiRequest): (line: PodLogLine) => string {
  const hasTimes = isOn(query, "timestamps")
  return ({ at, text }) => `${hasTimes ? `${formatInstant(at)} ` : ""}${text}\n`
}
