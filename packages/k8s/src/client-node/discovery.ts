import { isJsonObject, type JsonObject, type JsonValue, type Kind } from "@argo-ts/kernel"
import type { DiscoveryOptions } from "../ports.js"
import type { Transport } from "./transport.js"

function objects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : []
}

/** The kinds of one `APIResourceList`. */
export function kindsOfList(
  list: JsonObject,
  { readOnly = false }: DiscoveryOptions = {},
): readonly Kind[] {
  const groupVersion = String(list["groupVersion"] ?? "v1")
  const slash = groupVersion.indexOf("/")
  const group = slash < 0 ? "" : groupVersion.slice(0, slash)
  const version = groupVersion.slice(slash + 1)
  const resources = objects(list["resources"])
  const names = new Set(resources.map((resource) => resource["name"]))
  return resources.flatMap((resource) => {
    const plural = String(resource["name"] ?? "")
    const verbs = Array.isArray(resource["verbs"]) ? resource["verbs"] : []
    const isServed = verbs.includes("list") && (readOnly || verbs.includes("watch"))
    if (plural.includes("/") || !isServed) return []
    const shortNames = Array.isArray(resource["shortNames"]) ? resource["shortNames"] : undefined
    return [
      {
        group,
        version,
        kind: String(resource["kind"] ?? ""),
        plural,
        scope: resource["namespaced"] === true ? ("Namespaced" as const) : ("Cluster" as const),
        hasStatus: names.has(`${plural}/status`),
        ...(shortNames === undefined ? {} : { shortNames: shortNames as readonly string[] }),
      },
    ]
  })
}

function groupVersionOf(version: JsonValue | undefined): readonly string[] {
  const name = version !== undefined && isJsonObject(version) ? version["groupVersion"] : undefined
  return typeof name === "string" ? [`/apis/${name}`] : []
}

/** Every kind that can be listed and watched, in the preferred version of its group or in all of them. */
export async function discoverKinds(
  transport: Transport,
  options: DiscoveryOptions = {},
): Promise<readonly Kind[]> {
  const { allVersions = false } = options
  const read = (path: string): Promise<JsonObject> => transport.send({ method: "GET", path })
  const groups = objects((await read("/apis"))["groups"])
  const versions = groups.flatMap((group) =>
    allVersions
      ? objects(group["versions"]).flatMap(groupVersionOf)
      : groupVersionOf(group["preferredVersion"]),
  )
  const kinds: Kind[] = []
  for (const path of ["/api/v1", ...versions]) kinds.push(...kindsOfList(await read(path), options))
  return kinds
}
