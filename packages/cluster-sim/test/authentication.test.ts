import { createPublicKey, type JsonWebKey, verify } from "node:crypto"
import { request as httpsRequest, type RequestOptions } from "node:https"
import { connect as connectTls } from "node:tls"
import { epochMs, type JsonObject } from "@argo-ts/kernel"
import { createVirtualClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { type ServedCluster, serveCluster } from "../src/http/index.js"
import { createAuthority } from "../src/http/pki/authority.js"
import { createClusterSim } from "../src/index.js"

const clock = createVirtualClock(epochMs(1_767_225_600_000))
const sim = createClusterSim({ clock, namespaces: ["t"], controllers: false })
let served: ServedCluster

beforeAll(async () => {
  served = await serveCluster({
    cluster: sim.cluster,
    clock,
    tokens: { "a-token": { username: "robot", groups: ["robots"] } },
  })
})
afterAll(async () => {
  await served.close()
  await sim.close()
})

interface Answer {
  readonly status: number
  readonly text: string
  readonly body: JsonObject
}

type Call = RequestOptions & { readonly body?: unknown }

function call(path: string, { body, ...options }: Call = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      served.url + path,
      { ca: served.authority, agent: false, ...options },
      (response) => {
        let text = ""
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk
        })
        response.on("end", () => {
          const isJson = text.startsWith("{")
          const value = isJson ? (JSON.parse(text) as JsonObject) : {}
          resolve({ status: response.statusCode ?? 0, text, body: value })
        })
      },
    )
    request.on("error", reject)
    request.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/** The certificate and key of a kubeconfig. */
function identityOf(kubeconfig: string): { readonly cert: string; readonly key: string } {
  const { users } = JSON.parse(kubeconfig) as {
    readonly users: readonly { readonly user: { readonly [key: string]: string } }[]
  }
  const user = users[0]?.user ?? {}
  const text = (key: string): string => Buffer.from(user[key] ?? "", "base64").toString("utf8")
  return { cert: text("client-certificate-data"), key: text("client-key-data") }
}

const whoAmI = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" }
const namespaces = "/api/v1/namespaces"

async function userOf(options: Call): Promise<unknown> {
  const { body } = await call(whoAmI, { method: "POST", body: review, ...options })
  return (body["status"] as { readonly userInfo: unknown } | undefined)?.userInfo ?? body["message"]
}

const bearer = (token: string): Call => ({ headers: { authorization: `Bearer ${token}` } })

describe("who asks", () => {
  test("nobody is Unauthorized, with a Status; health and version are for everybody", async () => {
    expect(await call(namespaces)).toMatchObject({
      status: 401,
      body: { kind: "Status", reason: "Unauthorized", message: "Unauthorized", code: 401 },
    })
    for (const path of ["/version", "/healthz", "/livez", "/readyz"]) {
      expect((await call(path)).status).toBe(200)
    }
    expect((await call("/versions")).status).toBe(401)
  })

  test("a client certificate tells the user and its groups", async () => {
    expect((await call(namespaces, identityOf(served.kubeconfig))).status).toBe(200)
    expect(await userOf(identityOf(served.kubeconfig))).toEqual({
      username: "system:admin",
      groups: ["system:masters", "system:authenticated"],
    })
    const jane = served.kubeconfigFor({ username: "jane", groups: ["dev", "ops"] })
    expect(await userOf(identityOf(jane))).toEqual({
      username: "jane",
      groups: ["dev", "ops", "system:authenticated"],
    })
  })

  test("a certificate of another authority is nobody's, even with a good name in it", async () => {
    const other = createAuthority("argo-ts cluster")
    const { certificate, key } = other.issueClient({
      commonName: "system:admin",
      organizations: ["system:masters"],
    })
    expect((await call(namespaces, { cert: certificate, key })).status).toBe(401)
    // Nor does a good token make up for it.
    const both = { cert: certificate, key, ...bearer("a-token") }
    expect((await call(namespaces, both)).status).toBe(401)
  })

  test("a server's certificate opens no door for a client", async () => {
    const socket = await new Promise<boolean>((resolve) => {
      const { port } = new URL(served.url)
      const { cert, key } = identityOf(served.kubeconfig)
      const options = { host: "127.0.0.1", port: Number(port), cert, key }
      const tls = connectTls(options, () => resolve(true)).on("error", () => resolve(false))
      tls.on("secureConnect", () => tls.end())
    })
    // Without the authority's certificate the server is not believed.
    expect(socket).toBe(false)
  })

  test.each(["nonsense", "a.b.c", "a-token2", "__proto__"])(
    "the token %j is nobody's",
    async (token) => {
      expect((await call(namespaces, bearer(token))).status).toBe(401)
    },
  )

  test("a known token tells its user; another scheme does not", async () => {
    expect(await userOf(bearer("a-token"))).toEqual({
      username: "robot",
      groups: ["robots", "system:authenticated"],
    })
    const basic = { headers: { authorization: "Basic YTpi" } }
    expect((await call(namespaces, basic)).status).toBe(401)
  })

  test("an administrator may act as somebody else, others may not", async () => {
    const admin = identityOf(served.kubeconfig)
    const headers = {
      "impersonate-user": "system:serviceaccount:t:app",
      "impersonate-group": ["extra"],
      "impersonate-extra-scopes": "view",
    }
    expect(await userOf({ ...admin, headers })).toEqual({
      username: "system:serviceaccount:t:app",
      groups: [
        "extra",
        "system:serviceaccounts",
        "system:serviceaccounts:t",
        "system:authenticated",
      ],
      extra: { scopes: ["view"] },
    })
    const robot = { authorization: "Bearer a-token", "impersonate-user": "jane" }
    expect(await call(namespaces, { headers: robot })).toMatchObject({
      status: 403,
      body: { reason: "Forbidden", details: { name: "jane", kind: "users" } },
    })
    expect(
      (await call(namespaces, { ...admin, headers: { "impersonate-group": "g" } })).status,
    ).toBe(500)
  })
})

describe("tokens of service accounts", () => {
  const accounts = builtInKind("v1", "ServiceAccount")
  const admin = (): Call => identityOf(served.kubeconfig)
  const ask = (spec: JsonObject, name: string = "app"): Promise<Answer> =>
    call(`/api/v1/namespaces/t/serviceaccounts/${name}/token`, {
      ...admin(),
      method: "POST",
      body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec },
    })
  const tokenOf = ({ body }: Answer): string => (body["status"] as { readonly token: string }).token

  beforeAll(async () => {
    if (accounts === undefined) throw new Error("no ServiceAccount")
    await sim.cluster.create(accounts, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { namespace: "t", name: "app" },
    })
  })

  test("are the account until they expire or it goes", async () => {
    const answer = await ask({ expirationSeconds: 600 })
    expect(answer.status).toBe(201)
    const token = tokenOf(answer)
    expect(await userOf(bearer(token))).toMatchObject({
      username: "system:serviceaccount:t:app",
      groups: ["system:serviceaccounts", "system:serviceaccounts:t", "system:authenticated"],
    })
    await clock.advance(599_000)
    expect((await call(namespaces, bearer(token))).status).toBe(200)
    await clock.advance(1_000)
    expect((await call(namespaces, bearer(token))).status).toBe(401)
    const other = tokenOf(await ask({}))
    await call("/api/v1/namespaces/t/serviceaccounts/app", { ...admin(), method: "DELETE" })
    expect((await call(namespaces, bearer(other))).status).toBe(401)
    await call("/api/v1/namespaces/t/serviceaccounts", {
      ...admin(),
      method: "POST",
      body: { metadata: { name: "app" } },
    })
    // Another account of the same name is another account.
    expect((await call(namespaces, bearer(other))).status).toBe(401)
  })

  test("cannot be changed, are for their audience, and a review tells", async () => {
    const token = tokenOf(await ask({ audiences: ["vault"] }))
    expect((await call(namespaces, bearer(token))).status).toBe(401)
    const [head, body, signature] = token.split(".")
    const claims = JSON.parse(Buffer.from(body ?? "", "base64url").toString()) as JsonObject
    const forged = { ...claims, aud: ["https://kubernetes.default.svc"] }
    const changed = `${head}.${Buffer.from(JSON.stringify(forged)).toString("base64url")}.${signature}`
    expect((await call(namespaces, bearer(changed))).status).toBe(401)
    const tell = (audiences: readonly string[]): Promise<Answer> =>
      call("/apis/authentication.k8s.io/v1/tokenreviews", {
        ...admin(),
        method: "POST",
        body: { spec: { token, audiences } },
      })
    expect((await tell(["vault", "other"])).body["status"]).toMatchObject({
      authenticated: true,
      audiences: ["vault"],
      user: { username: "system:serviceaccount:t:app" },
    })
    expect((await tell(["other"])).body["status"]).not.toHaveProperty("authenticated")
  })

  test("live at least ten minutes, and only for accounts and objects that there are", async () => {
    expect((await ask({ expirationSeconds: 599 })).status).toBe(422)
    expect((await ask({}, "nobody")).status).toBe(404)
    const bound = { boundObjectRef: { kind: "Secret", apiVersion: "v1", name: "gone" } }
    expect((await ask(bound)).status).toBe(404)
  })

  test("can be checked by others with the published key", async () => {
    const { body } = await call("/openid/v1/jwks")
    expect(body["keys"]).toMatchObject([{ kty: "RSA", use: "sig", alg: "RS256" }])
    expect(JSON.stringify(body)).not.toContain('"d":')
    const [jwk] = body["keys"] as readonly JsonWebKey[]
    const [head = "", claims = "", signature = ""] = tokenOf(await ask({})).split(".")
    const key = createPublicKey({ key: jwk as JsonWebKey, format: "jwk" })
    const signed = Buffer.from(`${head}.${claims}`)
    expect(verify("RSA-SHA256", signed, key, Buffer.from(signature, "base64url"))).toBe(true)
  })
})

test("over plain HTTP nobody is asked, unless a token is shown", async () => {
  const plain = await serveCluster({ cluster: sim.cluster, clock, transport: "http" })
  expect(plain.url).toMatch(/^http:/)
  expect((await fetch(plain.url + namespaces)).status).toBe(200)
  const headers = { authorization: "Bearer wrong" }
  expect((await fetch(plain.url + namespaces, { headers })).status).toBe(401)
  expect(() => plain.kubeconfigFor({ username: "jane", groups: [] })).toThrow("https")
  await plain.close()
})

test("a cluster per user: what `as` gives is what the user works on", async () => {
  const seen: string[] = []
  const own = await serveCluster({
    cluster: sim.cluster,
    clock,
    transport: "http",
    tokens: { t: { username: "jane", groups: [] } },
    as: ({ username }) => {
      seen.push(username)
      return sim.cluster
    },
  })
  await fetch(own.url + namespaces, { headers: { authorization: "Bearer t" } })
  expect(seen).toEqual(["jane"])
  await own.close()
})
