import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { silentLogger } from "@argo-ts/kernel"
import { systemClock } from "@argo-ts/kernel/clock"
import { createHttpClient } from "@argo-ts/kernel/http"
import { afterEach, expect, test } from "vitest"
import { createOciRegistry } from "./oci-registry.js"

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

const documents: { readonly [path: string]: object } = {
  "/v2/shop/tags/list?n=1000": { tags: ["a", "b"] },
  "/v2/shop/tags/list?n=1000&last=b": { tags: ["c"] },
  "/v2/shop/manifests/a": { config: { digest: "sha256:c1" } },
  "/v2/shop/blobs/sha256:c1": {
    created: "2026-01-01T00:00:00Z",
    config: { Labels: { "org.opencontainers.image.created": "2026-01-02T00:00:00Z" } },
  },
  "/v2/shop/manifests/b": {
    annotations: { "org.opencontainers.image.created": "2026-02-01T00:00:00Z" },
  },
  "/v2/shop/manifests/c": { manifests: [{ digest: "sha256:m1" }, { digest: "sha256:m2" }] },
  "/v2/shop/manifests/sha256:m1": {
    annotations: { "org.label-schema.build-date": "2026-03-01T00:00:00Z" },
  },
  "/v2/shop/manifests/sha256:m2": { config: { digest: "sha256:c1" } },
  "/v2/shop/manifests/index": {
    annotations: { "org.opencontainers.image.created": "2026-02-01T00:00:00Z" },
    manifests: [
      { digest: "sha256:m1", platform: { os: "linux", architecture: "amd64" } },
      { digest: "sha256:m2", platform: { os: "linux", architecture: "arm", variant: "v7" } },
      { digest: "sha256:m3" },
    ],
  },
  "/v2/shop/manifests/single": { config: { digest: "sha256:c2" } },
  "/v2/shop/blobs/sha256:c2": { os: "linux", architecture: "arm64", variant: "" },
}

/** A registry that wants a token for everything. */
async function open(isGranting = true): Promise<ReturnType<typeof createOciRegistry>> {
  const http = createServer((request, response) => {
    const url = request.url ?? ""
    const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
    response.setHeader("content-type", "application/json")
    if (url.startsWith("/token")) {
      response.statusCode = isGranting && request.headers.authorization === "Basic dTpw" ? 200 : 403
      response.end(JSON.stringify({ token: `for ${url}` }))
    } else if (
      !String(request.headers.authorization).startsWith(
        "Bearer for /token?service=reg&scope=repository%3Ashop",
      )
    ) {
      response.statusCode = 401
      response.setHeader(
        "www-authenticate",
        `Bearer realm="${origin}/token",service="reg",scope="repository:shop:pull"`,
      )
      response.end("{}")
    } else {
      const document = documents[url]
      response.statusCode = document === undefined ? 404 : 200
      if (url.endsWith("n=1000"))
        response.setHeader("link", `</v2/shop/tags/list?n=1000&last=b>; rel="next"`)
      if (url.endsWith("/b")) response.setHeader("docker-content-digest", "sha256:b")
      response.end(JSON.stringify(document ?? {}))
    }
  })
  server = http
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve))
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const client = createHttpClient({ clock: systemClock(), logger: silentLogger })
  const addresses = { "registry.example.com": origin }
  return createOciRegistry({
    http: client,
    addresses,
    credentials: () => ({ username: "u", password: "p" }),
  })
}

test.each([
  ["index", "linux/amd64", true],
  ["index", "linux/arm/v7", true],
  ["index", "linux/arm", false],
  ["index", "linux/arm64", false],
  ["single", "linux/arm64", true],
  ["single", "linux/amd64", false],
  ["b", "linux/amd64", false],
  ["none", "linux/amd64", false],
])("%s runs on %s: %s", async (tag, platform, expected) => {
  const registry = await open()
  const found = await registry.image("registry.example.com/shop", tag, platform)
  expect(found !== undefined).toBe(expected)
})

test("lists all pages of tags with a token that the registry asks for", async () => {
  const registry = await open()
  expect(await registry.tags("registry.example.com/shop")).toEqual(["a", "b", "c"])
})

test("tells digest and age of images and indexes; a missing tag is no error", async () => {
  const registry = await open()
  const image = (tag: string) => registry.image("registry.example.com/shop", tag, undefined)
  expect(await image("a")).toMatchObject({
    digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    createdAt: "2026-01-02T00:00:00Z",
  })
  expect(await image("b")).toMatchObject({ digest: "sha256:b", createdAt: "2026-02-01T00:00:00Z" })
  expect((await image("c"))?.createdAt).toBe("2026-03-01T00:00:00Z")
  expect(await image("d")).toBeUndefined()
})

test("a refused login is an error that names the registry and nothing secret", async () => {
  const registry = await open(false)
  const error = await registry.tags("registry.example.com/shop").catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    code: "AuthenticationFailed",
    message: "registry registry.example.com answered 401 for shop",
  })
})
