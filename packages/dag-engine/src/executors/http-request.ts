import type { HttpTemplate } from "../api/leaf.js"
import type { Rendered } from "../core/languages.js"
import type { ReadSecret } from "./secrets.js"

/** A request as it is sent. */
export interface SentRequest extends Readonly<Record<string, unknown>> {
  readonly method: string
  readonly url: string
  readonly headers: { readonly [name: string]: string }
  readonly body?: string | Uint8Array
}

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])

/** What a template asks for, its Secrets read; or what is wrong with it. */
export async function requestOf(
  http: HttpTemplate,
  namespace: string,
  secret: ReadSecret = () => Promise.resolve(undefined),
): Promise<Rendered<SentRequest>> {
  const method = (http.method ?? "GET").toUpperCase()
  if (!methods.has(method)) {
    return {
      ok: false,
      message: `http.method: expected one of ${[...methods].join(", ")}, found ${method}`,
    }
  }
  const headers = Object.create(null) as { [name: string]: string }
  for (const { name, value, valueFrom } of http.headers ?? []) {
    const ref = valueFrom?.secretKeyRef
    const found = ref === undefined ? (value ?? "") : await secret(namespace, ref.name, ref.key)
    if (found === undefined) {
      const message = `http.headers: the Secret "${ref?.name}" with the key "${ref?.key}" is not there`
      return { ok: false, message }
    }
    if (/[\r\n\0]/.test(found)) {
      return { ok: false, message: `http.headers: the value of "${name}" has a line break in it` }
    }
    headers[name] = found
  }
  const bytes = http.bodyFrom?.bytes
  const body = bytes === undefined ? http.body : Buffer.from(bytes, "base64")
  return {
    ok: true,
    value: { method, url: http.url, headers, ...(body === undefined ? {} : { body }) },
  }
}
