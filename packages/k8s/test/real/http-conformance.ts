// What only HTTP can tell, asked of a real cluster. Not part of the ordinary tests: its name does not end like theirs.
import type { RequestOptions } from "node:https"
import { KubeConfig } from "@kubernetes/client-node"
import { afterAll } from "vitest"
import { type ClusterConnection, connect } from "../../src/client-node/index.js"
import { describeHttpConformance, type HttpWorld } from "../../src/testing/index.js"
import { createNamespace, deleteNamespace, settle } from "./cluster.js"

if (process.env["KUBECONFIG"] === undefined) {
  throw new Error("set KUBECONFIG to the kubeconfig of a cluster that may be written to")
}
let opened: Promise<ClusterConnection> | undefined

interface Shown {
  readonly ca?: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
  /** A name and a password. */
  readonly auth?: string
  readonly headers?: { readonly [name: string]: string }
}

/** Whatever the kubeconfig shows: a client certificate, or a header with a token or a password. */
async function credentials(): Promise<Pick<HttpWorld, "headers" | "ca" | "certificate">> {
  const config = new KubeConfig()
  config.loadFromDefault()
  const options: RequestOptions = {}
  await config.applyToHTTPSOptions(options)
  const { ca, cert, key, auth, headers } = options as Shown
  const basic = `Basic ${Buffer.from(auth ?? "").toString("base64")}`
  return {
    headers: { ...(auth !== undefined && { authorization: basic }), ...headers },
    ca,
    ...(cert !== undefined && key !== undefined && { certificate: { cert, key } }),
  }
}

describeHttpConformance("the cluster of KUBECONFIG", async () => {
  opened ??= connect({ userAgent: "argo-ts-conformance" })
  const { cluster, server } = await opened
  const namespace = await createNamespace(cluster)
  return {
    url: server.replace(/\/$/, ""),
    ...(await credentials()),
    namespace,
    settle,
    // A server that has run for five minutes has forgotten its first version.
    forget: async () => {},
    close: () => deleteNamespace(cluster, namespace),
  }
})

afterAll(async () => {
  ;(await opened)?.close()
})
