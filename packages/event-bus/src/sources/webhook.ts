import { timingSafeEqual } from "node:crypto"
import type { IncomingMessage } from "node:http"
import type { JsonObject, JsonValue, Logger } from "@argo-ts/kernel"
import type { Clock } from "@argo-ts/kernel/clock"
import type { WebhookContext } from "../api/event-source.js"
import {
  cloudEvent,
  type EventOrigin,
  eventId,
  type Publish,
  type SecretReader,
} from "./accepted.js"
import { type BodyResult, fieldsOf, headersOf, parseJson, readBody } from "./request-body.js"
import type { WebhookAnswer, WebhookRoute } from "./webhook-servers.js"

/** What the handlers of HTTP sources work with. */
export interface HttpSourceContext {
  readonly clock: Clock
  readonly logger: Logger
  readonly secrets: SecretReader
  readonly publish: Publish
  /** One counter for all routes, kept as long as they are served. */
  readonly count: CountEqual
  /** Filters of the source: false drops the event, which its sender still sees as a success. */
  readonly accepts?: (data: JsonObject) => boolean
}

/** A request that has been let in. */
export interface AdmittedRequest {
  readonly request: IncomingMessage
  readonly body: Buffer
}

/** The event a request amounts to; `id` absent: made from the body and the instant. */
export type Reading = BodyResult<{ readonly data: JsonObject; readonly id?: string }>

/** What makes one HTTP source differ from another: how it reads a request. */
export interface HttpSource {
  readonly origin: EventOrigin
  readonly webhook: WebhookContext
  read(admitted: AdmittedRequest): Promise<Reading>
}

const payloadBytesDefault = 1_048_576

function refuse(status: number, text: string): WebhookAnswer {
  return { status, text }
}

/** Compares texts in a time that tells nothing about where they differ. */
export function equalSecret(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}

async function authorize(
  source: HttpSource,
  request: IncomingMessage,
  secrets: SecretReader,
): Promise<WebhookAnswer | undefined> {
  const { authSecret } = source.webhook
  if (authSecret === undefined) return undefined
  const token = await secrets.secret(source.origin.namespace, authSecret).catch(() => undefined)
  if (token === undefined) return refuse(500, "Error loading auth token")
  const { authorization = "" } = request.headers
  if (!authorization.startsWith("Bearer ")) return refuse(401, "Invalid Authorization Header")
  return equalSecret(authorization.slice("Bearer ".length), token)
    ? undefined
    : refuse(401, "Invalid Auth token")
}

/** How many events with this content the same instant has seen before. */
export type CountEqual = (at: number, content: string) => number

/** Several equal requests of one instant are several events: they are counted. */
export function createCounter(): CountEqual {
  let instant = Number.NaN
  let counts = new Map<string, number>()
  return (at, id) => {
    if (at !== instant) counts = new Map()
    instant = at
    const count = counts.get(id) ?? 0
    counts.set(id, count + 1)
    return count
  }
}

/**
 * The route of an HTTP source: authorization, method, body, then the event is recorded — and only then answered.
 * On a virtual clock requests are recorded one at a time in the order of their content.
 */
export function httpSourceRoute(source: HttpSource, context: HttpSourceContext): WebhookRoute {
  const { origin, webhook } = source
  const { clock, count, logger, publish, secrets } = context
  const { method = "POST", maxPayloadSize } = webhook
  const bytesMax =
    maxPayloadSize === undefined || maxPayloadSize === 0 ? payloadBytesDefault : maxPayloadSize
  const place = `${origin.namespace}/${origin.source}/${origin.subject}`

  const accept = async (body: Buffer, reading: Reading & { ok: true }): Promise<WebhookAnswer> => {
    const { data, id: ownId } = reading.value
    if (context.accepts?.(data) === false) return { status: 200, text: "success" }
    const content = eventId(place, body.toString("base64"), ownId ?? "")
    const record = async (): Promise<void> => {
      const at = clock.now()
      const id = ownId ?? eventId(content, at, count(at, content))
      await publish(origin, cloudEvent(origin, id, at, data))
    }
    try {
      await clock.serve(`event-bus/source/${place}/${content}`, record)
      return { status: 200, text: "success" }
    } catch (error) {
      logger.error("event not recorded", { event: place, error })
      return refuse(500, "failed to record event")
    }
  }
  return {
    port: webhook.port,
    endpoint: webhook.endpoint,
    async handle(request) {
      const refusal = await authorize(source, request, secrets)
      if (refusal !== undefined) return refusal
      if (request.method !== method) return refuse(400, "http method does not match")
      const body = await readBody(request, bytesMax)
      if (!body.ok) return refuse(400, body.message)
      const reading = await source.read({ request, body: body.value })
      return reading.ok ? accept(body.value, reading) : refuse(400, reading.message)
    },
  }
}

function genericBody({ request, body }: AdmittedRequest): BodyResult<JsonValue> {
  if (request.method === "GET") {
    const { searchParams } = new URL(request.url ?? "/", "http://host")
    return { ok: true, value: fieldsOf(searchParams) }
  }
  if (request.method !== "POST") {
    return { ok: false, message: `unsupported http method ${request.method ?? ""}` }
  }
  // Exactly this text: a `; charset` behind it makes the body JSON, as upstream (spec/events §2.7).
  if (request.headers["content-type"] === "application/x-www-form-urlencoded") {
    return { ok: true, value: fieldsOf(new URLSearchParams(body.toString("utf8"))) }
  }
  return parseJson(body.toString("utf8"))
}

/** A source that takes anyone's posts: data is `{ header, body, metadata }`. */
export function webhookSource(origin: EventOrigin, webhook: WebhookContext): HttpSource {
  return {
    origin,
    webhook,
    async read(admitted) {
      const body = genericBody(admitted)
      if (!body.ok) return body
      const { metadata } = webhook
      const data: JsonObject = {
        header: headersOf(admitted.request),
        body: body.value,
        ...(metadata === undefined ? {} : { metadata }),
      }
      return { ok: true, value: { data } }
    },
  }
}
