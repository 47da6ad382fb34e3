import type { Cluster } from "@argo-ts/k8s"
import {
  defineKind,
  type JsonObject,
  type Kind,
  type KubernetesObject,
  OperationError,
} from "@argo-ts/kernel"
import type { Task } from "../../executors/executor.js"

interface ServiceAccount extends KubernetesObject {
  readonly secrets?: readonly { readonly name?: string }[]
}

const serviceAccounts: Kind<ServiceAccount> = defineKind<ServiceAccount>({
  group: "",
  version: "v1",
  kind: "ServiceAccount",
  plural: "serviceaccounts",
  scope: "Namespaced",
  hasStatus: false,
})

const tokenAnnotation = "workflows.argoproj.io/service-account-token.name"
const tokenVolume = "exec-sa-token"

/** Where upstream's executor finds a token of its own (`executor.serviceAccountName`). */
export const tokenMount: JsonObject = {
  name: tokenVolume,
  mountPath: "/var/run/secrets/kubernetes.io/serviceaccount",
  readOnly: true,
}

/** The volume with such a token. */
export function tokenVolumeOf(secretName: string): JsonObject {
  return { name: tokenVolume, secret: { secretName } }
}

function executorAccount({ template, spec }: Task): string | undefined {
  const name = template.executor?.["serviceAccountName"] ?? spec.executor?.["serviceAccountName"]
  return typeof name === "string" && name !== "" ? name : undefined
}

/**
 * The Secret with the token of the executor's own service account: what the account's annotation names, else its first Secret,
 * else the one of the usual name. `undefined` where the executor has the pod's account. A text says why there can be none.
 */
export async function executorToken(
  task: Task,
  cluster: Pick<Cluster, "get">,
): Promise<string | undefined> {
  const name = executorAccount(task)
  const { template, spec, namespace } = task
  const isMounted = template.automountServiceAccountToken ?? spec.automountServiceAccountToken
  if (name === undefined) {
    if (isMounted !== false) return undefined
    throw new OperationError(
      "executor.serviceAccountName must not be empty if automountServiceAccountToken is false",
      { code: "InvalidPod", retryable: false },
    )
  }
  const account = await cluster.get(serviceAccounts, { namespace, name })
  if (account === undefined) {
    throw new OperationError(`the service account ${name} of the executor does not exist`, {
      code: "InvalidPod",
      retryable: false,
    })
  }
  return (
    account.metadata.annotations?.[tokenAnnotation] ??
    account.secrets?.[0]?.name ??
    `${name}.service-account-token`
  )
}
