import {
  type Controller,
  controller,
  isClusterError,
  type ReconcileContext,
  type ReconcileResult,
} from "@argo-ts/k8s"
import type { Kind, KubernetesObject, ObjectKey } from "@argo-ts/kernel"
import { builtInKind } from "@argo-ts/kernel/schemas"
import { defaultAccount, rootCertificateMap } from "../../admission/pod-account.js"
import { namespaces } from "./namespace.js"

interface ConfigMap extends KubernetesObject {
  readonly data?: { readonly [name: string]: string }
}

const serviceAccounts = builtInKind("v1", "ServiceAccount") as Kind<KubernetesObject>
const configMaps = builtInKind("v1", "ConfigMap") as Kind<ConfigMap>

/** The account that pods of a namespace run as where they name none. */
export function accountOf(namespace: string): KubernetesObject {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { namespace, name: defaultAccount },
  }
}

/** The ConfigMap that tells the pods of a namespace which authority to trust. */
export function certificateOf(namespace: string, certificate: string): ConfigMap {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace, name: rootCertificateMap },
    data: { "ca.crt": certificate },
  }
}

/** Makes an object unless its namespace is going, or somebody else was faster. */
async function ensure<T extends KubernetesObject>(
  kind: Kind<T>,
  wanted: T,
  { cluster }: ReconcileContext,
): Promise<void> {
  try {
    await cluster.create(kind, wanted)
  } catch (error) {
    const isIdle =
      isClusterError(error, "AlreadyExists") ||
      isClusterError(error, "Forbidden") ||
      isClusterError(error, "NotFound")
    if (!isIdle) throw error
  }
}

async function isLasting({ name }: ObjectKey, { cluster }: ReconcileContext): Promise<boolean> {
  const namespace = await cluster.get(namespaces, { name })
  return namespace !== undefined && namespace.metadata.deletionTimestamp === undefined
}

function namespaceOf(name: string): (object: KubernetesObject) => readonly ObjectKey[] {
  return ({ metadata }) => (metadata.name === name ? [{ name: metadata.namespace ?? "" }] : [])
}

/** Gives every namespace its service account `default`, also where somebody has deleted it. */
export function serviceAccountController(): Controller {
  return controller("cluster/serviceaccount", namespaces)
    .watches(serviceAccounts, namespaceOf(defaultAccount))
    .reconcile(async (key, context): Promise<ReconcileResult> => {
      const place = { namespace: key.name, name: defaultAccount }
      if (!(await isLasting(key, context))) return {}
      if ((await context.cluster.get(serviceAccounts, place)) === undefined) {
        await ensure(serviceAccounts, accountOf(key.name), context)
      }
      return {}
    })
}

/** Gives every namespace the authority's certificate, as `kube-root-ca.crt`, and keeps it as it is to be. */
export function rootCertificateController(certificate: string): Controller {
  return controller("cluster/root-ca-cert", namespaces)
    .watches(configMaps, namespaceOf(rootCertificateMap))
    .reconcile(async (key, context): Promise<ReconcileResult> => {
      const place = { namespace: key.name, name: rootCertificateMap }
      if (!(await isLasting(key, context))) return {}
      const wanted = certificateOf(key.name, certificate)
      const found = await context.cluster.get(configMaps, place)
      if (found === undefined) await ensure(configMaps, wanted, context)
      else if (found.data?.["ca.crt"] !== certificate || Object.keys(found.data).length !== 1) {
        await context.cluster.update(configMaps, { ...found, data: wanted.data ?? {} })
      }
      return {}
    })
}
