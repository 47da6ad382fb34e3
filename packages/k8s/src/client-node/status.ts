import { isJsonObject, type JsonObject } from "@argo-ts/kernel"
import {
  ClusterError,
  type ClusterErrorReason,
  reasonCodes,
  type StatusDetails,
} from "../cluster-error.js"

const reasonsByCode: { readonly [code: number]: ClusterErrorReason } = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  409: "Conflict",
  410: "Expired",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  503: "ServiceUnavailable",
  504: "Timeout",
}

function isReason(reason: unknown): reason is ClusterErrorReason {
  return typeof reason === "string" && Object.hasOwn(reasonCodes, reason)
}

/** Reads JSON; anything else is `undefined`. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function continueOf({ metadata }: JsonObject): string | undefined {
  const next = metadata !== undefined && isJsonObject(metadata) ? metadata["continue"] : undefined
  return typeof next === "string" && next !== "" ? next : undefined
}

/** A `Status` object as the error it stands for. */
export function errorOfStatus(status: JsonObject, httpCode?: number): ClusterError {
  const { reason, message, details, code } = status
  const number = typeof code === "number" ? code : (httpCode ?? 500)
  const known = isReason(reason) ? reason : (reasonsByCode[number] ?? "InternalError")
  const text = typeof message === "string" ? message : `the server answered ${number}`
  const isDetailed = details !== undefined && isJsonObject(details)
  const next = continueOf(status)
  return new ClusterError(known, text, {
    ...(isDetailed ? (details as StatusDetails) : {}),
    ...(next === undefined ? {} : { continue: next }),
  })
}

/** A `Retry-After` header in seconds; absent where it is none, or a date. */
function retrySeconds(header: string | undefined): StatusDetails {
  const isNumber = header !== undefined && /^\d{1,6}$/.test(header.trim())
  return isNumber ? { retryAfterSeconds: Number(header) } : {}
}

/**
 * A refused request as an error: from the server's `Status`, or from its code where the body is none. `retryAfter` is the
 * header of that name, which proxies send without a `Status`.
 */
export function errorOfAnswer(httpCode: number, body: string, retryAfter?: string): ClusterError {
  const parsed = parseJson(body)
  if (isJsonObject(parsed) && parsed["kind"] === "Status") return errorOfStatus(parsed, httpCode)
  const reason = reasonsByCode[httpCode] ?? "InternalError"
  const text = body.trim().slice(0, 200)
  const message = text === "" ? `the server answered ${httpCode}` : text
  return new ClusterError(reason, message, retrySeconds(retryAfter))
}

/** True where the error says that this very object is absent, not that the server has no such path. */
export function isAbsent(error: unknown): boolean {
  return (
    error instanceof ClusterError && error.code === "NotFound" && error.details.name !== undefined
  )
}
