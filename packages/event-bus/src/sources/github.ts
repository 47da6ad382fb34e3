import { createHmac } from "node:crypto"
import { isJsonObject, type JsonObject } from "@argo-ts/kernel"
import type { GithubEventSource, WebhookContext } from "../api/event-source.js"
import type { EventOrigin, SecretReader } from "./accepted.js"
import { type BodyResult, headersOf, parseJson } from "./request-body.js"
import { type AdmittedRequest, equalSecret, type HttpSource, type Reading } from "./webhook.js"

/** The text of a header that GitHub sends once. */
function header({ request }: AdmittedRequest, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

const signatures = [
  { name: "x-hub-signature-256", algorithm: "sha256" },
  { name: "x-hub-signature", algorithm: "sha1" },
] as const

/** True where the strongest signature that was sent fits; false where it does not, or none was sent. */
function isSigned(admitted: AdmittedRequest, secret: string): boolean {
  for (const { name, algorithm } of signatures) {
    const sent = header(admitted, name)
    if (sent === undefined) continue
    const digest = createHmac(algorithm, secret).update(admitted.body).digest("hex")
    return equalSecret(sent, `${algorithm}=${digest}`)
  }
  return false
}

async function verify(
  admitted: AdmittedRequest,
  github: GithubEventSource,
  origin: EventOrigin,
  secrets: SecretReader,
): Promise<string | undefined> {
  if (github.webhookSecret === undefined) return undefined
  const secret = await secrets.secret(origin.namespace, github.webhookSecret).catch(() => undefined)
  if (secret === undefined) return "the secret of the webhook cannot be read"
  return isSigned(admitted, secret) ? undefined : "payload signature check failed"
}

/** JSON, or the form field `payload`: whichever the hook was told to send. */
function bodyOf({ request, body }: AdmittedRequest): BodyResult<JsonObject> {
  const isForm = (request.headers["content-type"] ?? "").startsWith(
    "application/x-www-form-urlencoded",
  )
  const text = body.toString("utf8")
  const json = parseJson(isForm ? (new URLSearchParams(text).get("payload") ?? "") : text)
  if (!json.ok) return json
  return isJsonObject(json.value)
    ? { ok: true, value: json.value }
    : { ok: false, message: "request body is not a JSON object" }
}

const plainId = /^[\w.-]{1,100}$/

/**
 * A source for GitHub's deliveries: data is `{ headers, body, metadata }`, and `body` has the two keys that upstream
 * adds. A wrong or missing signature is refused where the source has a secret.
 *
 * Differs from Argo: the event's id is GitHub's delivery id, so that a delivery that comes twice is one event.
 */
export function githubSource(
  origin: EventOrigin,
  github: GithubEventSource & { readonly webhook: WebhookContext },
  secrets: SecretReader,
): HttpSource {
  const read = async (admitted: AdmittedRequest): Promise<Reading> => {
    const problem = await verify(admitted, github, origin, secrets)
    if (problem !== undefined) return { ok: false, message: problem }
    const body = bodyOf(admitted)
    if (!body.ok) return body
    const delivery = header(admitted, "x-github-delivery") ?? ""
    const kind = header(admitted, "x-github-event") ?? ""
    const { metadata } = github
    const data: JsonObject = {
      headers: headersOf(admitted.request),
      body: { ...body.value, "X-GitHub-Delivery": delivery, "X-GitHub-Event": kind },
      ...(metadata === undefined ? {} : { metadata }),
    }
    return { ok: true, value: plainId.test(delivery) ? { data, id: delivery } : { data } }
  }
  return { origin, webhook: github.webhook, read }
}
