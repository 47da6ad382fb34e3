import { createHmac } from "node:crypto"
import type { IncomingHttpHeaders } from "node:http"
import type { Cluster } from "@argo-ts/k8s"
import { compareText, isJsonObject } from "@argo-ts/kernel"
import { parseManifests } from "@argo-ts/kernel/yaml"
import { secretTexts } from "../kubernetes/secrets.js"
import type { EventCluster } from "./dispatch.js"
import { isSame } from "./same.js"

/** How events of senders that sign them are taken. */
export interface WebhookOptions {
  /** Where the Secret `argo-workflows-webhook-clients` is read. */
  readonly cluster: Pick<Cluster, "get">
  /** The cluster as the service account sees it that the Secret names for a sender. Default: as the server does. */
  readonly as?: (account: { readonly namespace: string; readonly name: string }) => EventCluster
}

/** A request as it came. */
export interface SignedRequest {
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

const secretName = "argo-workflows-webhook-clients"

/** Where a kind of sender says what has happened, and how it proves who it is. */
interface Proof {
  readonly event: string
  readonly proves: (secret: string, request: SignedRequest) => boolean
}

const proofs: ReadonlyMap<string, Proof> = new Map([
  ["bitbucket", { event: "x-event-key", proves: shows("x-hook-uuid") }],
  ["bitbucketserver", { event: "x-event-key", proves: signs("x-hub-signature") }],
  ["github", { event: "x-github-event", proves: signs("x-hub-signature-256") }],
  ["gitlab", { event: "x-gitlab-event", proves: shows("x-gitlab-token") }],
])

/**
 * The service account of whoever has sent a request: the first, in the order of their names, whose `type` and `secret` fit;
 * `undefined` for a stranger, or where the namespace has no such Secret. Rejects for an entry that is none.
 */
export async function findWebhookClient(
  { cluster }: WebhookOptions,
  namespace: string,
  request: SignedRequest,
): Promise<string | undefined> {
  const clients = await secretTexts(cluster, { namespace, name: secretName })
  if (clients === undefined) return undefined
  const inOrder = [...clients].toSorted(([left], [right]) => compareText(left, right))
  const read = inOrder.map(([name, text]) => ({ name, ...readClient(name, text) }))
  return read.find(({ proof, secret }) => isOf(proof, request) && proof.proves(secret, request))
    ?.name
}

function isOf({ event }: Proof, { headers }: SignedRequest): boolean {
  return headers[event] !== undefined
}

function readClient(
  name: string,
  text: string,
): { readonly proof: Proof; readonly secret: string } {
  const parsed = parseManifests(text, { file: name })
  const value = parsed.ok ? parsed.value[0]?.value : undefined
  const { type, secret } = isJsonObject(value) ? value : {}
  const proof = proofs.get(String(type))
  const types = [...proofs.keys()].join(", ")
  if (proof === undefined) {
    throw new Error(`${secretName}: ${name}: type: expected one of ${types}, found ${String(type)}`)
  }
  // Whoever has no secret could be anybody.
  if (typeof secret !== "string" || secret === "") {
    throw new Error(`${secretName}: ${name}: secret: expected a text that is not empty`)
  }
  return { proof, secret }
}

/** A sender that shows its secret. */
function shows(header: string): Proof["proves"] {
  return (secret, { headers }) => isSame(String(headers[header] ?? ""), secret)
}

/** A sender that signs the body with its secret: `sha256=` and the HMAC in hexadecimal. */
function signs(header: string): Proof["proves"] {
  return (secret, { headers, body }) => {
    const signature = createHmac("sha256", secret).update(body).digest("hex")
    return isSame(String(headers[header] ?? ""), `sha256=${signature}`)
  }
}
