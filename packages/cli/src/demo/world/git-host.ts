import { createHash, createHmac } from "node:crypto"
import type { ClusterReader } from "@argo-ts/k8s"
import { OperationError, textAt, valueAt } from "@argo-ts/kernel"
import type { HttpClient } from "@argo-ts/kernel/http"
import type { Push } from "./developer.js"
import { eventSources, secrets } from "./kinds.js"
import { applicationRepository, webhookAddress } from "./places.js"

/** Tells the world of pushes, as GitHub does. */
export interface GitHost {
  /** Posts the push payload to the webhook, signed; tries again while nobody answers. */
  announce(push: Push): Promise<void>
}

/** What the host needs. */
export interface GitHostOptions {
  readonly http: HttpClient
  readonly cluster: ClusterReader
}

const attemptsMax = 5

/** GitHub's push payload, as far as subscribers read it. Times are the commit's. */
function payload({ before, after, message }: Push): string {
  const commit = { id: after, message, author: { name: "Dana", email: "dana@example.com" } }
  return JSON.stringify({
    ref: "refs/heads/main",
    before,
    after,
    created: false,
    deleted: false,
    forced: false,
    repository: {
      name: "shop",
      full_name: "example/shop",
      clone_url: applicationRepository,
      default_branch: "main",
    },
    pusher: { name: "dana", email: "dana@example.com" },
    head_commit: commit,
    commits: [commit],
  })
}

/** The webhook secret, where the EventSource says it is. */
async function readSecret(cluster: ClusterReader): Promise<string> {
  const source = await cluster.get(eventSources, { namespace: "ci", name: "github" })
  const reference = valueAt(source, "spec", "github", "shop", "webhookSecret")
  const key = { namespace: "ci", name: textAt(reference, "name") }
  const encoded = textAt(await cluster.get(secrets, key), "data", textAt(reference, "key"))
  return Buffer.from(encoded, "base64").toString("utf8")
}

/** A host over HTTP. The delivery id is made of the commit, so a push that is announced twice is one delivery. */
export function createGitHost({ http, cluster }: GitHostOptions): GitHost {
  return {
    async announce(push) {
      const body = payload(push)
      const secret = await readSecret(cluster)
      const signature = createHmac("sha256", secret).update(body).digest("hex")
      const id = createHash("sha1").update(push.after).digest("hex")
      const headers = {
        "content-type": "application/json",
        "x-github-event": "push",
        "x-github-delivery": `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20, 32)}`,
        "x-hub-signature-256": `sha256=${signature}`,
      }
      const url = `${webhookAddress}/push`
      for (let attempt = 1; ; attempt++) {
        const { status } = await http.request({ method: "POST", url, headers, body })
        if (status === 200) return
        if (status < 500 || attempt >= attemptsMax) {
          const message = `the webhook answered ${status} to a push`
          throw new OperationError(message, { code: "WebhookRefused", retryable: false })
        }
      }
    },
  }
}
