import { apiVersionOf, type KubernetesObject, type UntypedObject } from "@argo-ts/kernel"
import type { Server } from "./api/server.js"
import { accountOf, certificateOf } from "./controllers/namespaces/first-content.js"
import { fieldManagers } from "./field-managers.js"
import type { KindRules } from "./kinds/rules.js"
import { createOperations } from "./port.js"

const firstNamespaces = ["default", "kube-node-lease", "kube-public", "kube-system"]

/**
 * Makes the namespaces of a new cluster. Where pods need accounts, those are there with them: whoever opens a cluster
 * may create pods at once.
 */
export function createFirstNamespaces(
  server: Server,
  more: readonly string[],
  certificate: string,
): void {
  const operations = createOperations(server)
  const rules = server.registry.byId("/namespaces") as KindRules
  const create = (id: string, object: KubernetesObject, fieldManager: string): void => {
    const { kind } = server.registry.byId(id) as KindRules
    operations.create(kind, object as UntypedObject, { fieldManager })
  }
  for (const name of [...firstNamespaces, ...more]) {
    if (server.store.collection(rules).get("", name) !== undefined) continue
    const namespace = {
      apiVersion: apiVersionOf(rules.kind),
      kind: "Namespace",
      metadata: { name },
    }
    create("/namespaces", namespace, fieldManagers.server)
    if (server.podAccounts === "named") continue
    create("/serviceaccounts", accountOf(name), fieldManagers.controllers)
    create("/configmaps", certificateOf(name, certificate), fieldManagers.controllers)
  }
}
