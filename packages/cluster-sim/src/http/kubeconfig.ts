import type { Credentials } from "./pki/authority.js"

/** Where a kubeconfig leads, and as whom. */
export interface KubeconfigOptions {
  readonly url: string
  /** PEM of the authority that signed the server's certificate; absent for plain HTTP. */
  readonly authority?: string
  readonly credentials?: Credentials
  readonly token?: string
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64")
}

/** A kubeconfig with one cluster, one user and one context, all named `argo-ts`: JSON, which kubectl reads as YAML. */
export function kubeconfigOf(options: KubeconfigOptions): string {
  const { url, authority, credentials, token } = options
  const cluster = {
    server: url,
    ...(authority === undefined
      ? // client-node refuses plain HTTP without it.
        { "insecure-skip-tls-verify": true }
      : { "certificate-authority-data": base64(authority) }),
  }
  const user = {
    ...(credentials && {
      "client-certificate-data": base64(credentials.certificate),
      "client-key-data": base64(credentials.key),
    }),
    ...(token !== undefined && { token }),
  }
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "argo-ts", cluster }],
    users: [{ name: "argo-ts", user }],
    contexts: [
      { name: "argo-ts", context: { cluster: "argo-ts", user: "argo-ts", namespace: "default" } },
    ],
    "current-context": "argo-ts",
  }
  return `${JSON.stringify(config, null, 2)}\n`
}
