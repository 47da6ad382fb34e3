import { Readable } from "node:stream"
import type { ReadableStream as NodeStream } from "node:stream/web"

/** A request as `fetch` takes it, with all of its body at hand. */
export interface PlainRequest {
  readonly method: string
  readonly headers: { readonly [name: string]: string }
  readonly body?: string | Uint8Array
  readonly signal: AbortSignal
  readonly redirect: "follow" | "manual"
}

const redirectsMax = 20
const redirecting: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Asks a server whose certificate nobody looks at; `fetch` always does. Redirects are followed as `fetch` follows them. */
export async function fetchUnverified(url: string, request: PlainRequest): Promise<Response> {
  let [at, sent] = [new URL(url), request]
  for (let redirects = 0; ; redirects++) {
    const answer = await send(at, sent)
    const location = answer.headers.get("location")
    const isOver = request.redirect === "manual" || !redirecting.has(answer.status)
    if (isOver || location === null) return answer
    if (redirects === redirectsMax) throw new TypeError("redirect count exceeded")
    await answer.body?.cancel()
    const next = new URL(location, at)
    sent = redirected(sent, { status: answer.status, isElsewhere: next.origin !== at.origin })
    at = next
  }
}

/** What is sent on: a form that was taken is not sent again, and what is secret stays where it was meant for. */
function redirected(
  request: PlainRequest,
  { status, isElsewhere }: { readonly status: number; readonly isElsewhere: boolean },
): PlainRequest {
  const isTaken =
    status === 303 ? request.method !== "HEAD" : status < 303 && request.method === "POST"
  const { body, ...rest } = request
  const dropped = (name: string): boolean =>
    (isElsewhere && /^(authorization|cookie|proxy-authorization)$/i.test(name)) ||
    (isTaken && /^content-/i.test(name))
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => !dropped(name)),
  )
  if (isTaken) return { ...rest, method: "GET", headers }
  return { ...rest, headers, ...(body === undefined ? {} : { body }) }
}

async function send(
  url: URL,
  { redirect: _redirect, ...request }: PlainRequest,
): Promise<Response> {
  if (url.protocol !== "https:") return fetch(url, { ...request, redirect: "manual" })
  // Loaded when it is needed: few ask for it.
  const { request: ask } = await import("node:https")
  const { method, headers, signal, body } = request
  return new Promise((resolve, reject) => {
    const options = { method, headers, signal, rejectUnauthorized: false }
    const sending = ask(url, options, (answer) => {
      const { statusCode: status = 500, headersDistinct } = answer
      const isEmpty = status === 204 || status === 304 || method === "HEAD"
      if (isEmpty) answer.resume()
      const stream = isEmpty ? null : (Readable.toWeb(answer) as NodeStream as ReadableStream)
      const all = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
        values.map((value): [string, string] => [name, value]),
      )
      resolve(new Response(stream, { status, headers: all }))
    })
    sending.once("error", reject)
    sending.end(body)
  })
}
