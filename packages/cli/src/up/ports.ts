import { createServer } from "node:net"
import { isJsonObject, type JsonObject } from "@argo-ts/kernel"
import { placeIssue } from "../manifests/file-issue.js"
import type { Manifest } from "../manifests/read.js"

/** The ports that an EventSource wants to listen on, with their paths. */
function portsOf(
  value: JsonObject,
): readonly { readonly port: number; readonly path: readonly string[] }[] {
  const spec = value["spec"]
  if (value["kind"] !== "EventSource" || !isJsonObject(spec)) return []
  return Object.entries(spec).flatMap(([type, events]) => {
    if (!isJsonObject(events)) return []
    return Object.entries(events).flatMap(([name, event]) => {
      if (!isJsonObject(event)) return []
      const webhook = isJsonObject(event["webhook"]) ? event["webhook"] : event
      const inner = webhook === event ? [] : ["webhook"]
      const port = Number(webhook["port"])
      return Number.isInteger(port) && port > 0
        ? [{ port, path: ["spec", type, name, ...inner, "port"] }]
        : []
    })
  })
}

/** True where nobody listens on a port of this machine. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer()
    probe.once("error", () => done(false))
    probe.listen(port, "127.0.0.1", () => probe.close(() => done(true)))
  })
}

/** What a manifest wants to listen on and cannot. */
export async function busyPorts({
  file,
  document,
  value,
}: Manifest): Promise<ReturnType<typeof placeIssue>[]> {
  const found: ReturnType<typeof placeIssue>[] = []
  for (const { port, path } of portsOf(value)) {
    if (await isFree(port)) continue
    const message = `expected a free port, found ${port} in use`
    found.push(placeIssue(file, document, { code: "PortInUse", path, message }))
  }
  return found
}
