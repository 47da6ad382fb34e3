import { Readable } from "node:stream"
import { OperationError } from "@argo-ts/kernel"
import type { ClientCertAuth, HttpArtifactAuth, OAuth2Auth, SecretKeyRef } from "../api/artifact.js"
import { type ReadSecret, readSecretKey } from "../executors/secrets.js"

/** How a request proves who sends it. */
export interface HttpCredentials {
  readonly headers: { readonly [name: string]: string }
  /** A certificate of the client, in PEM. */
  readonly client: { readonly cert: string; readonly key: string } | undefined
}

/** Reads the text of a Secret's key; empty where none is asked for. */
export type ReadKey = (key: SecretKeyRef | undefined) => Promise<string>

/** Reads keys of Secrets in a namespace. */
export function keyReader(secret: ReadSecret, namespace: string): ReadKey {
  return async (key) => (await readSecretKey(secret, namespace, key)) ?? ""
}

/** What `auth` comes to: Secrets read, a token asked for. */
export async function credentialsOf(
  auth: HttpArtifactAuth | undefined,
  read: ReadKey,
  send: (url: string, init: RequestInit) => Promise<Response>,
): Promise<HttpCredentials> {
  const { basicAuth, oauth2, clientCert } = auth ?? {}
  const headers: Record<string, string> = {}
  if (basicAuth !== undefined) {
    const user = await read(basicAuth.usernameSecret)
    headers["authorization"] = basic(user, await read(basicAuth.passwordSecret))
  }
  if (oauth2 !== undefined) headers["authorization"] = await bearer(oauth2, read, send)
  const client = clientCert === undefined ? undefined : await certificate(clientCert, read)
  return { headers, client }
}

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`
}

async function certificate(
  { clientCertSecret, clientKeySecret }: ClientCertAuth,
  read: ReadKey,
): Promise<{ readonly cert: string; readonly key: string }> {
  return { cert: await read(clientCertSecret), key: await read(clientKeySecret) }
}

/** The client-credentials grant: the client's name and password go into the header. */
async function bearer(
  { clientIDSecret, clientSecretSecret, tokenURLSecret, scopes, endpointParams }: OAuth2Auth,
  read: ReadKey,
  send: (url: string, init: RequestInit) => Promise<Response>,
): Promise<string> {
  const url = await read(tokenURLSecret)
  const form = new URLSearchParams({ grant_type: "client_credentials" })
  if (scopes !== undefined && scopes.length > 0) form.set("scope", scopes.join(" "))
  for (const { key, value = "" } of endpointParams ?? []) form.append(key, value)
  const id = encodeURIComponent(await read(clientIDSecret))
  const password = encodeURIComponent(await read(clientSecretSecret))
  const response = await send(url, {
    method: "POST",
    headers: {
      authorization: basic(id, password),
      "content-type": "application/x-www-form-urlencoded",
      accept: "application/json",
    },
    body: form.toString(),
  })
  const text = await response.text()
  const token = response.ok ? tokenOf(text) : undefined
  if (token !== undefined) return token
  throw new OperationError(`no token from ${url}: it answered ${response.status}`, {
    code: "TokenRefused",
    retryable: response.status >= 500,
  })
}

function tokenOf(text: string): string | undefined {
  try {
    const { access_token: token, token_type: type = "Bearer" } = JSON.parse(text) as {
      readonly access_token?: unknown
      readonly token_type?: unknown
    }
    const scheme = String(type).toLowerCase() === "bearer" ? "Bearer" : String(type)
    return typeof token === "string" ? `${scheme} ${token}` : undefined
  } catch {
    return undefined
  }
}

/** Sends a request with a certificate of the client: `fetch` cannot. Redirects are not followed. */
export async function sendWithCertificate(
  url: string,
  init: RequestInit,
  client: { readonly cert: string; readonly key: string; readonly ca?: string | undefined },
): Promise<Response> {
  // Loaded when it is needed: it takes as long as a twentieth of this package.
  const { request: sendHttps } = await import("node:https")
  return new Promise((resolve, reject) => {
    const { method = "GET", headers, signal, body } = init
    const request = sendHttps(
      url,
      {
        method,
        headers: headers as Record<string, string>,
        ...client,
        ...(signal === undefined || signal === null ? {} : { signal }),
      },
      (answer) => {
        const { statusCode = 500 } = answer
        const isEmpty = statusCode === 204 || statusCode === 304
        const stream = isEmpty ? null : (Readable.toWeb(answer) as unknown as ReadableStream)
        if (isEmpty) answer.resume()
        resolve(new Response(stream, { status: statusCode }))
      },
    )
    request.once("error", reject)
    if (body instanceof ReadableStream) Readable.fromWeb(body as never).pipe(request)
    else request.end(body ?? undefined)
  })
}
