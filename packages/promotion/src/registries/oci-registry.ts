import { createHash } from "node:crypto"
import {
  type Addresses,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  listAt,
  OperationError,
  resolveAddress,
  textAt,
  valueAt,
} from "@argo-ts/kernel"
import type { HttpClient, HttpResponse } from "@argo-ts/kernel/http"
import type { Platform, Registry, RegistryImage } from "./registry.js"

/** What reaching registries needs. */
export interface OciRegistryOptions {
  readonly http: HttpClient
  /** Where registries are reached, by host or repository. Default: under their own name, over https. */
  readonly addresses?: Addresses
  /** User name and password by host. Default: anonymous. */
  readonly credentials?: (
    host: string,
  ) => { readonly username: string; readonly password: string } | undefined
}

const accept = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ")

const pagesMax = 1000
const configsMax = 10_000

interface Place {
  readonly host: string
  readonly path: string
}

/** `shop` and `library/shop` of Docker Hub, `registry.example.com/shop` of anybody else. */
function placeOf(repository: string): Place {
  const [first = "", ...rest] = repository.split("/")
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost")
  if (!isHost)
    return {
      host: "registry-1.docker.io",
      path: rest.length === 0 ? `library/${first}` : repository,
    }
  const isHub = first === "docker.io" || first === "index.docker.io"
  if (!isHub) return { host: first, path: rest.join("/") }
  return {
    host: "registry-1.docker.io",
    path: rest.length === 1 ? `library/${rest[0]}` : rest.join("/"),
  }
}

function objectOf(response: HttpResponse): JsonObject {
  try {
    const parsed = JSON.parse(response.text()) as JsonValue
    return isJsonObject(parsed) ? parsed : {}
  } catch {
    return {}
  }
}

/** The challenge of a registry that wants a token: where to get it, and for what. */
function tokenUrl(challenge: string): string | undefined {
  const fields = new Map(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]),
  )
  const realm = fields.get("realm")
  if (!/^Bearer /i.test(challenge) || realm === undefined || !/^https?:\/\//.test(realm))
    return undefined
  const query = ["service", "scope"].flatMap((key) => {
    const value = fields.get(key)
    return value === undefined ? [] : [`${key}=${encodeURIComponent(value)}`]
  })
  return `${realm}${realm.includes("?") ? "&" : "?"}${query.join("&")}`
}

function texts(value: JsonValue | undefined): { readonly [key: string]: string } {
  if (!isJsonObject(value)) return {}
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    ),
  )
}

const createdKeys = ["org.opencontainers.image.created", "org.label-schema.build-date"]

function createdIn(values: { readonly [key: string]: string }): string | undefined {
  return createdKeys.map((key) => values[key]).find((value) => value !== undefined)
}

function latest(...instants: readonly (string | undefined)[]): string | undefined {
  return instants
    .filter((instant) => instant !== undefined)
    .toSorted()
    .at(-1)
}

type Get = (
  place: Place,
  rest: string,
  headers?: Record<string, string>,
) => Promise<HttpResponse | undefined>

function refusal(place: Place, status: number): OperationError {
  const isDenied = status === 401 || status === 403
  const message = `registry ${place.host} answered ${status} for ${place.path}`
  const code = isDenied ? "AuthenticationFailed" : "RegistryFailed"
  return new OperationError(message, { code, retryable: !isDenied })
}

/** Requests with the credentials that a repository turned out to want; undefined for what does not exist. */
function createGet(options: OciRegistryOptions): Get {
  const { http, addresses = {}, credentials = () => undefined } = options
  const tokens = new Map<string, string>()
  const send: (...call: Parameters<Get>) => Promise<HttpResponse> = async (
    place,
    rest,
    headers = {},
  ) => {
    const stable = `${place.host}/v2/${place.path}/${rest}`
    const mapped = resolveAddress(addresses, stable)
    const url = mapped === stable ? `https://${stable}` : mapped
    const token = tokens.get(`${place.host}/${place.path}`)
    return http.request({
      url,
      headers: token === undefined ? headers : { ...headers, authorization: token },
    })
  }
  const authorize = async (place: Place, challenge: string): Promise<boolean> => {
    const login = credentials(place.host)
    const basic =
      login === undefined
        ? undefined
        : `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`
    const url = tokenUrl(challenge)
    if (url === undefined && basic === undefined) return false
    if (url === undefined) {
      tokens.set(`${place.host}/${place.path}`, basic ?? "")
      return true
    }
    const headers: Record<string, string> = basic === undefined ? {} : { authorization: basic }
    const answer = await http.request({ url, headers })
    const body = answer.status < 300 ? objectOf(answer) : {}
    const token = body["token"] ?? body["access_token"]
    if (typeof token !== "string") return false
    tokens.set(`${place.host}/${place.path}`, `Bearer ${token}`)
    return true
  }
  return async (place, rest, headers = {}) => {
    let response = await send(place, rest, headers)
    if (
      response.status === 401 &&
      (await authorize(place, response.headers["www-authenticate"] ?? ""))
    )
      response = await send(place, rest, headers)
    if (response.status === 404) return undefined
    if (response.status < 300) return response
    throw refusal(place, response.status)
  }
}

type Read = (place: Place, rest: string) => Promise<JsonObject>

/** Reads documents by digest; what a digest names never changes, so configurations are kept. */
function createRead(get: Get): Read {
  const configs = new Map<string, JsonObject>()
  return async (place, rest) => {
    const known = configs.get(rest)
    if (known !== undefined) return known
    const response = await get(place, rest, { accept })
    const found = response === undefined ? {} : objectOf(response)
    if (rest.startsWith("blobs/")) {
      if (configs.size >= configsMax) configs.delete(configs.keys().next().value ?? "")
      configs.set(rest, found)
    }
    return found
  }
}

function configDigest({ config }: JsonObject): string | undefined {
  const digest = isJsonObject(config) ? config["digest"] : undefined
  return typeof digest === "string" ? digest : undefined
}

function platformIn(value: JsonValue | undefined): Platform | undefined {
  if (!isJsonObject(value)) return undefined
  const { os, architecture, variant } = value
  if (typeof os !== "string" || typeof architecture !== "string") return undefined
  return [
    os,
    architecture,
    ...(typeof variant === "string" && variant !== "" ? [variant] : []),
  ].join("/")
}

/**
 * True where an image runs on exactly this platform.
 *
 * Differs from Kargo: an image without an index tells its platform in its configuration; upstream never takes it.
 */
async function runsOn(
  read: Read,
  place: Place,
  manifest: JsonObject,
  platform: Platform,
): Promise<boolean> {
  if (Array.isArray(manifest["manifests"]))
    return listAt(manifest, "manifests").some(
      (child) => platformIn(valueAt(child, "platform")) === platform,
    )
  const digest = configDigest(manifest)
  if (digest === undefined) return false
  return platformIn(await read(place, `blobs/${digest}`)) === platform
}

/** When an image was built: its annotation, else the newest of its label, its configuration, its children (§2.4). */
function createCreatedOf(
  read: Read,
): (place: Place, manifest: JsonObject) => Promise<string | undefined> {
  const ofSingle = async (place: Place, manifest: JsonObject): Promise<string | undefined> => {
    const told = createdIn(texts(manifest["annotations"]))
    const digest = configDigest(manifest)
    if (told !== undefined || digest === undefined) return told
    const config = await read(place, `blobs/${digest}`)
    const inner = config["config"]
    const created = config["created"]
    const labels = isJsonObject(inner) ? texts(inner["Labels"]) : {}
    return latest(createdIn(labels), typeof created === "string" ? created : undefined)
  }
  return async (place, manifest) => {
    const told = createdIn(texts(manifest["annotations"]))
    const isIndex = Array.isArray(manifest["manifests"])
    if (told !== undefined || !isIndex) return ofSingle(place, manifest)
    const instants: (string | undefined)[] = []
    for (const child of listAt(manifest, "manifests")) {
      const digest = textAt(child, "digest")
      if (digest !== "")
        instants.push(await ofSingle(place, await read(place, `manifests/${digest}`)))
    }
    return latest(...instants)
  }
}

async function listTags(get: Get, place: Place): Promise<readonly string[]> {
  const found: string[] = []
  let rest = "tags/list?n=1000"
  for (let page = 0; page < pagesMax; page++) {
    const response = await get(place, rest)
    if (response === undefined) break
    const { tags } = objectOf(response)
    if (Array.isArray(tags))
      found.push(...tags.filter((tag): tag is string => typeof tag === "string"))
    const next = /<[^>]*\/tags\/list(\?[^>]*)>;\s*rel="?next/.exec(response.headers["link"] ?? "")
    if (next?.[1] === undefined) break
    rest = `tags/list${next[1]}`
  }
  return found
}

/** An OCI registry over HTTP, with anonymous, basic and token authentication. */
export function createOciRegistry(options: OciRegistryOptions): Registry {
  const get = createGet(options)
  const read = createRead(get)
  const createdOf = createCreatedOf(read)
  return {
    tags: (repository) => listTags(get, placeOf(repository)),
    async image(repository, tag, platform): Promise<RegistryImage | undefined> {
      const place = placeOf(repository)
      const response = await get(place, `manifests/${tag}`, { accept })
      if (response === undefined) return undefined
      const manifest = objectOf(response)
      if (platform !== undefined && !(await runsOn(read, place, manifest, platform)))
        return undefined
      const hash = createHash("sha256").update(response.body).digest("hex")
      const digest = response.headers["docker-content-digest"] ?? `sha256:${hash}`
      const annotations = texts(manifest["annotations"])
      const createdAt = await createdOf(place, manifest)
      return {
        digest,
        ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
        ...(createdAt === undefined ? {} : { createdAt }),
      }
    },
  }
}
