import type { IncomingMessage } from "node:http"
import { StringDecoder } from "node:string_decoder"
import { isJsonObject, type KubernetesObject, type Stored } from "@argo-ts/kernel"
import { ClusterError } from "../cluster-error.js"
import type { WatchEvent, WatchObserver } from "../ports.js"
import { errorOfStatus, parseJson } from "./status.js"

const lineBytesMax = 16 * 1024 * 1024

type AnyObserver = WatchObserver<KubernetesObject>

/** Cuts text into lines; a rest without a line break waits for more. */
export function createLineDecoder(onLine: (line: string) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder("utf8")
  let rest = ""
  return (chunk) => {
    const parts = (rest + decoder.write(chunk)).split("\n")
    rest = parts.pop() ?? ""
    if (rest.length > lineBytesMax) throw new Error("a line of a watch is longer than 16 MiB")
    for (const line of parts) if (line.trim() !== "") onLine(line)
  }
}

function bookmarkOf({ metadata }: Stored<KubernetesObject>): WatchEvent<KubernetesObject> {
  const isEnd = metadata.annotations?.["k8s.io/initial-events-end"] === "true"
  const { resourceVersion } = metadata
  return { type: "BOOKMARK", resourceVersion, ...(isEnd && { isInitialEventsEnd: true }) }
}

/** Tells an observer what one line of a watch says. Answers false where the line ends the watch. */
export function deliverLine(line: string, observer: AnyObserver): boolean {
  const event = parseJson(line)
  if (!isJsonObject(event) || !isJsonObject(event["object"] ?? null)) {
    const message = `expected a watch event, found ${line.slice(0, 80)}`
    observer.end(new ClusterError("InternalError", message))
    return false
  }
  const object = event["object"] as unknown as Stored<KubernetesObject>
  switch (event["type"]) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      observer.event({ type: event["type"], object })
      return true
    case "BOOKMARK":
      observer.event(bookmarkOf(object))
      return true
    case "ERROR":
      observer.end(errorOfStatus(event["object"] as never))
      return false
    default:
      return true
  }
}

/**
 * Feeds the body of a watch to its observer until it ends, breaks, or stays silent longer than it may. `end` is
 * called once.
 */
export function followWatch(
  body: IncomingMessage,
  observer: AnyObserver,
  options: { readonly silenceMs: number; readonly stop: () => void },
): void {
  let isOpen = true
  const finish = (error?: unknown): void => {
    if (!isOpen) return
    isOpen = false
    clearTimeout(guard)
    options.stop()
    observer.end(error)
  }
  // Half-open connections say nothing for ever; only the machine's own time can tell.
  const guard = setTimeout(() => {
    finish(new ClusterError("Timeout", `the watch was silent for ${options.silenceMs} ms`))
  }, options.silenceMs)
  guard.unref()
  const decode = createLineDecoder((line) => {
    if (!isOpen) return
    const closing: AnyObserver = { event: (event) => observer.event(event), end: finish }
    deliverLine(line, closing)
  })
  body.on("data", (chunk: Buffer) => {
    guard.refresh()
    try {
      decode(chunk)
    } catch (error) {
      finish(error)
    }
  })
  body.on("end", () => finish())
  body.on("error", (error) => finish(new ClusterError("ServiceUnavailable", error.message)))
}
