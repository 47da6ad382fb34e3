import type { ServerResponse } from "node:http"
import type { Cluster } from "@argo-ts/k8s"
import { isJsonObject, type JsonObject, type Kind } from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { answerJson } from "../answer.js"
import { at, listAt, textAt } from "../reading.js"
import type { ApiRequest } from "../request.js"
import { createOpenApi, type OpenApi } from "./documents.js"

const definitions = builtInKind("apiextensions.k8s.io/v1", "CustomResourceDefinition") as Kind

/** The least OpenAPI v2 document, as protobuf: old kubectls ask for it and look no further. */
const leastV2: Buffer = Buffer.from([
  0x0a, 3, 0x32, 0x2e, 0x30, 0x12, 6, 0x0a, 1, 0x78, 0x12, 1, 0x31,
])

/** Serves `/openapi/…`; documents are kept for as long as the kinds and their definitions stay the same. */
export interface OpenApiServer {
  /** False where the path is none of its own. */
  serve(cluster: Cluster, request: ApiRequest, response: ServerResponse): Promise<boolean>
}

function schemaIn(definition: JsonObject, kind: Kind): JsonObject | undefined {
  const spec = at(definition, "spec")
  if (textAt(spec, ["group"]) !== kind.group || textAt(spec, ["names", "kind"]) !== kind.kind) {
    return undefined
  }
  const version = listAt(spec, "versions").find((each) => each["name"] === kind.version)
  const schema = at(version, "schema", "openAPIV3Schema")
  return schema !== undefined && isJsonObject(schema) ? schema : undefined
}

/** What the documents depend on. */
function signatureOf(kinds: readonly Kind[], defined: readonly JsonObject[]): string {
  const versions = defined.map((each) => textAt(each, ["metadata", "resourceVersion"]))
  return [
    ...kinds.map(({ group, version, kind }) => `${group}/${version}/${kind}`),
    ...versions,
  ].join(" ")
}

const dayMs = 86_400_000

function serveDocument(
  openApi: OpenApi,
  path: string,
  { query, headers }: ApiRequest,
  response: ServerResponse,
): void {
  const found = openApi.document(path)
  if (found === undefined) {
    response.writeHead(404).end()
    return
  }
  const { hash, text } = found
  const asked = query.get("hash")
  if (asked !== null && asked !== hash) {
    response.writeHead(301, { location: `/openapi/v3/${path}?hash=${hash}` }).end()
    return
  }
  const etag = `"${hash}"`
  // The hash names the content: it may be kept for ever.
  const lasting = {
    "cache-control": "public, immutable",
    expires: new Date(Date.now() + 365 * dayMs).toUTCString(),
  }
  const caching = { etag, vary: "Accept", ...(asked !== null && lasting) }
  if (headers["if-none-match"] === etag) response.writeHead(304, caching).end()
  else response.writeHead(200, { "content-type": "application/json", ...caching }).end(text)
}

/** Serves the documents of what a cluster serves at the time. */
export function createOpenApiServer(): OpenApiServer {
  let last: { readonly signature: string; readonly openApi: OpenApi } | undefined
  const current = async (cluster: Cluster): Promise<OpenApi> => {
    const kinds = await cluster.kinds({ allVersions: true, readOnly: true })
    const { items } = await cluster.list(definitions)
    const defined = items as unknown as readonly JsonObject[]
    const signature = signatureOf(kinds, defined)
    if (last?.signature !== signature) {
      const find = (kind: Kind): JsonObject | undefined => {
        for (const definition of defined) {
          const schema = schemaIn(definition, kind)
          if (schema !== undefined) return schema
        }
        return undefined
      }
      last = { signature, openApi: createOpenApi(kinds, find) }
    }
    return last.openApi
  }
  return {
    async serve(cluster, request, response) {
      const { path, headers } = request
      if (path === "/openapi/v2") {
        if (headers.accept?.includes("protobuf") === true) {
          const type = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
          response.writeHead(200, { "content-type": type }).end(leastV2)
        } else answerJson(response, 200, (await current(cluster)).v2())
        return true
      }
      if (path === "/openapi/v3") answerJson(response, 200, (await current(cluster)).index)
      else if (path.startsWith("/openapi/v3/")) {
        const document = path.slice("/openapi/v3/".length)
        serveDocument(await current(cluster), document, request, response)
      } else return false
      return true
    },
  }
}
