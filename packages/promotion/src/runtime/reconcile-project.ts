import { isClusterError, type Reconcile } from "@argo-ts/k8s"
import {
  controllerReference,
  defineKind,
  findCondition,
  formatInstant,
  type Kind,
  type KubernetesObject,
  setCondition,
} from "@argo-ts/kernel"
import { projects, stages, warehouses } from "../api/kinds.js"
import type { HealthCount } from "../api/project.js"
import { writeStatus } from "./write-status.js"

const namespaces: Kind<KubernetesObject> = defineKind({
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  scope: "Cluster",
  hasStatus: true,
})
const projectLabel = "kargo.akuity.io/project"

function count(
  objects: readonly {
    readonly status?: {
      readonly conditions?: readonly {
        readonly type: string
        readonly status: "True" | "False" | "Unknown"
      }[]
    }
  }[],
): HealthCount {
  const healthy = objects.filter(
    ({ status }) => findCondition(status?.conditions, "Healthy")?.status === "True",
  ).length
  return { count: objects.length, health: { healthy } }
}

/** Gives a Project its Namespace and counts what is in it. */
export function createProjectReconcile(): Reconcile {
  return async (key, { cluster, clock }) => {
    const project = await cluster.get(projects, key)
    if (project === undefined || project.metadata.deletionTimestamp !== undefined) return {}
    const { name } = project.metadata
    let namespace = await cluster.get(namespaces, { name })
    if (namespace === undefined) {
      const labels = { [projectLabel]: "true" }
      const metadata = { name, labels, ownerReferences: [controllerReference(project)] }
      try {
        namespace = await cluster.create(namespaces, {
          apiVersion: "v1",
          kind: "Namespace",
          metadata,
        })
      } catch (error) {
        if (!isClusterError(error, "AlreadyExists")) throw error
        namespace = await cluster.get(namespaces, { name })
      }
    }
    const isOurs = namespace?.metadata.labels?.[projectLabel] === "true"
    const refusal = `Namespace ${name} exists without the label ${projectLabel}: "true"`
    const ready = isOurs
      ? ({
          type: "Ready",
          status: "True",
          reason: "Synced",
          message: "Project is synced and ready for use",
        } as const)
      : ({
          type: "Ready",
          status: "False",
          reason: "ExistingNamespaceMissingLabel",
          message: refusal,
        } as const)
    const conditions = setCondition(project.status?.conditions, {
      ...ready,
      lastTransitionTime: formatInstant(clock.now()),
    })
    const inside = { namespace: name }
    const stats = {
      warehouses: count((await cluster.list(warehouses, inside)).items),
      stages: count((await cluster.list(stages, inside)).items),
    }
    await writeStatus(cluster, projects, project, { ...project.status, conditions, stats })
    return {}
  }
}
