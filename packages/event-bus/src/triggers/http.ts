import { thrownText } from "@argo-ts/kernel"
import type { HttpClient } from "@argo-ts/kernel/http"
import type { ValueFromSource } from "../api/common.js"
import type { AttemptOutcome } from "../core/actions.js"
import type { HttpTriggerRequest } from "../core/request.js"
import type { SecretReader } from "../sources/accepted.js"

class MissingValue extends Error {}

async function valueOf(
  source: ValueFromSource,
  namespace: string,
  secrets: SecretReader | undefined,
): Promise<string> {
  const { secretKeyRef, configMapKeyRef } = source
  const selector = secretKeyRef ?? configMapKeyRef
  if (selector === undefined) throw new MissingValue("a value names neither Secret nor ConfigMap")
  const value =
    secretKeyRef === undefined
      ? await secrets?.configMap(namespace, selector)
      : await secrets?.secret(namespace, selector)
  if (value === undefined && selector.optional !== true) {
    const kind = secretKeyRef === undefined ? "ConfigMap" : "Secret"
    throw new MissingValue(`${kind} "${selector.name}" has no key "${selector.key}"`)
  }
  return value ?? ""
}

async function headersOf(
  request: HttpTriggerRequest,
  namespace: string,
  secrets: SecretReader | undefined,
): Promise<{ [name: string]: string }> {
  const headers: { [name: string]: string } = { ...request.headers }
  for (const { name, valueFrom } of request.secureHeaders) {
    headers[name] = await valueOf(valueFrom, namespace, secrets)
  }
  const { username, password } = request.basicAuth ?? {}
  if (username !== undefined && password !== undefined) {
    const user = await valueOf({ secretKeyRef: username }, namespace, secrets)
    const word = await valueOf({ secretKeyRef: password }, namespace, secrets)
    headers["Authorization"] = `Basic ${Buffer.from(`${user}:${word}`).toString("base64")}`
  }
  const isTyped = Object.keys(headers).some((name) => name.toLowerCase() === "content-type")
  if (request.body !== undefined && !isTyped) headers["Content-Type"] = "application/json"
  return headers
}

/**
 * Sends a trigger's request. Any answer is a success, unless the policy lists which are. A GET has no body.
 */
export async function sendRequest(
  request: HttpTriggerRequest,
  namespace: string,
  http: HttpClient,
  secrets: SecretReader | undefined,
): Promise<AttemptOutcome> {
  const { method, url, body, allow, timeoutSeconds } = request
  try {
    const headers = await headersOf(request, namespace, secrets)
    const sendsBody = body !== undefined && method !== "GET"
    const sent = { method, url, headers, timeoutMs: timeoutSeconds * 1000 }
    const { status } = await http.request(sendsBody ? { ...sent, body } : sent)
    if (allow !== undefined && !allow.includes(status)) {
      const message = `${method} ${url} answered ${status}; expected ${allow.join(" or ")}`
      return { result: "Failed", message }
    }
    return { result: "Succeeded", message: `${method} ${url} answered ${status}` }
  } catch (error) {
    return { result: "Failed", message: thrownText(error) }
  }
}
