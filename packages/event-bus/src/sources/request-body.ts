import type { IncomingMessage } from "node:http"
import type { JsonValue } from "@argo-ts/kernel"

/** A body, or why it is refused. */
export type BodyResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly message: string }

/** Reads a body of at most `bytesMax`; the rest of a larger one is not kept. */
export async function readBody(
  request: IncomingMessage,
  bytesMax: number,
): Promise<BodyResult<Buffer>> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= bytesMax) chunks.push(chunk)
  }
  if (size > bytesMax)
    return { ok: false, message: `request body is larger than ${bytesMax} bytes` }
  return { ok: true, value: Buffer.concat(chunks) }
}

/** Query or form fields as a map of lists, in order of name. */
export function fieldsOf(parameters: URLSearchParams): { readonly [name: string]: string[] } {
  const fields = new Map<string, string[]>()
  for (const [name, value] of parameters) {
    const values = fields.get(name)
    if (values === undefined) fields.set(name, [value])
    else values.push(value)
  }
  return Object.fromEntries([...fields].toSorted(([left], [right]) => (left < right ? -1 : 1)))
}

/** Parses JSON text; an empty body is none. */
export function parseJson(text: string): BodyResult<JsonValue> {
  try {
    return { ok: true, value: JSON.parse(text) as JsonValue }
  } catch {
    return { ok: false, message: "request body is not JSON" }
  }
}

/** `x-github-event` → `X-Github-Event`, as Go writes header names. */
export function canonicalHeader(name: string): string {
  return name
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
    .join("-")
}

const masked = "*** Masked Auth Secret ***"

/** Headers as events carry them: canonical names in order, lists of values, no `Host`, credentials masked. */
export function headersOf(request: IncomingMessage): { readonly [name: string]: string[] } {
  const headers = new Map<string, string[]>()
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const name = canonicalHeader(request.rawHeaders[index] ?? "")
    if (name === "Host") continue
    const value = name === "Authorization" ? masked : (request.rawHeaders[index + 1] ?? "")
    const values = headers.get(name)
    if (values === undefined) headers.set(name, [value])
    else values.push(value)
  }
  return Object.fromEntries([...headers].toSorted(([left], [right]) => (left < right ? -1 : 1)))
}
