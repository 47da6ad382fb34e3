import { randomBytes } from "node:crypto"
import { apiVersionOf, defineKind, type Kind, type KubernetesObject } from "@argo-ts/kernel"
import { sleep, systemClock } from "@argo-ts/kernel/clock"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { type ClusterConnection, connect } from "../../src/client-node/index.js"
import { type Cluster, isClusterError } from "../../src/index.js"
import type { ConformanceWorld } from "../../src/testing/index.js"

interface Loose extends KubernetesObject {
  readonly spec?: object
}

const clock = systemClock()
const namespaces = builtInKind("v1", "Namespace") as Kind<Loose>
const definitions = builtInKind(
  "apiextensions.k8s.io/v1",
  "CustomResourceDefinition",
) as Kind<Loose>
const custom = defineKind({
  group: "conformance.argo-ts.dev",
  version: "v1",
  kind: "Thing",
  plural: "things",
  scope: "Namespaced",
  hasStatus: true,
})
const definitionName = `${custom.plural}.${custom.group}`

/** What the suite expects of its custom kind: a status of its own, and unknown fields that are kept. */
const definition: Loose = {
  apiVersion: apiVersionOf(definitions),
  kind: definitions.kind,
  metadata: { name: definitionName },
  spec: {
    group: custom.group,
    scope: custom.scope,
    names: { kind: custom.kind, plural: custom.plural, singular: "thing", listKind: "ThingList" },
    versions: [
      {
        name: custom.version,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        },
      },
    ],
  },
}

/** Asks again, four times a second and for a minute at most, until there is an answer. */
async function eventually(what: string, ask: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 240; attempt++) {
    if (await ask()) return
    await sleep(clock, 250, what)
  }
  throw new Error(`${what} did not come about within a minute`)
}

/** A real cluster with the custom kind installed. */
export interface RealCluster {
  /** An empty namespace of its own for each world. */
  createWorld(): Promise<ConformanceWorld>
  /** Removes the custom kind and closes the connection. */
  close(): Promise<void>
}

/** Makes an empty namespace, in which pods may be created. */
export async function createNamespace(cluster: Cluster): Promise<string> {
  const name = `argo-ts-conformance-${randomBytes(4).toString("hex")}`
  await cluster.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } })
  const accounts = builtInKind("v1", "ServiceAccount") as Kind
  // Pods are refused until the namespace has its account.
  await eventually("the default service account", async () => {
    return (await cluster.get(accounts, { namespace: name, name: "default" })) !== undefined
  })
  return name
}

/** Takes a namespace of {@link createNamespace} away. */
export async function deleteNamespace(cluster: Cluster, name: string): Promise<void> {
  await cluster.delete(namespaces, { name })
}

/** Waits until a cluster has had time to act. */
export function settle(): Promise<void> {
  return sleep(clock, 10_000, "settle")
}

async function createWorld({ cluster }: ClusterConnection): Promise<ConformanceWorld> {
  const namespace = await createNamespace(cluster)
  return {
    cluster,
    namespace,
    custom,
    settle,
    pass: () => sleep(clock, 1_000, "pass"),
    // A server that has run for five minutes has forgotten its first version.
    forget: async () => {},
    close: () => deleteNamespace(cluster, namespace),
  }
}

/** Connects to the cluster of `KUBECONFIG` and installs the custom kind. */
export async function openRealCluster(): Promise<RealCluster> {
  const connection = await connect({ userAgent: "argo-ts-conformance" })
  const { cluster } = connection
  try {
    await cluster.create(definitions, definition)
  } catch (error) {
    if (!isClusterError(error, "AlreadyExists")) throw error
  }
  await eventually("the custom kind", () =>
    cluster.list(custom).then(
      () => true,
      (error: unknown) => {
        if (isClusterError(error, "NotFound")) return false
        throw error
      },
    ),
  )
  return {
    createWorld: () => createWorld(connection),
    async close() {
      await cluster.delete(definitions, { name: definitionName })
      connection.close()
    },
  }
}
