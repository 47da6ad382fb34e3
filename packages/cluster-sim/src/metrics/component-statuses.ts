import { defineKind, type Kind, type KubernetesObject, type Stored } from "@argo-ts/kernel"
import { rulesOf } from "../kinds/rules.js"
import { compileSelection } from "../store/selection.js"
import type { StoredObject } from "../store/stored-object.js"
import type { ComputedObjects } from "./with-computed.js"

/** How the parts of a cluster are, of old: `kubectl get componentstatuses`. */
export const componentStatuses: Kind = defineKind({
  group: "",
  version: "v1",
  kind: "ComponentStatus",
  plural: "componentstatuses",
  scope: "Cluster",
  hasStatus: false,
  shortNames: ["cs"],
})

/** What its readers are told. */
export const componentsRemark = "v1 ComponentStatus is deprecated in v1.19+"

function statusOf(name: string, isRunning: boolean): KubernetesObject {
  const condition = isRunning
    ? { type: "Healthy", status: "True", message: "ok" }
    : { type: "Healthy", status: "False", error: `${name} does not run in this cluster` }
  return {
    kind: componentStatuses.kind,
    apiVersion: "v1",
    metadata: { name },
    conditions: [condition],
  } as KubernetesObject
}

/** The parts of a cluster; what decides about pods is there only where its controllers run. */
export function createComponentStatuses(hasControllers: boolean): ComputedObjects {
  const statuses = [
    statusOf("scheduler", hasControllers),
    statusOf("controller-manager", hasControllers),
    statusOf("etcd-0", true),
  ]
  const rules = rulesOf(componentStatuses)
  return {
    get: (_kind, { name }) =>
      statuses.find(({ metadata }) => metadata.name === name) as
        | Stored<KubernetesObject>
        | undefined,
    list: (_kind, options) => {
      const { matches } = compileSelection(rules, options)
      const items = statuses.filter((each) => matches(each as unknown as StoredObject))
      return { items: items as readonly Stored<KubernetesObject>[], resourceVersion: "" }
    },
  }
}
