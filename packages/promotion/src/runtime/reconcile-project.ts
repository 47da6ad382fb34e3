import { type Cluster, isClusterError, type Reconcile } from "@argo-ts/k8s"
import {
  controllerReference,
  defineKind,
  type Kind,
  type KubernetesObject,
  type Stored,
} from "@argo-ts/kernel"
import { projects, stages, warehouses } from "../api/kinds.js"
import type { Project } from "../api/project.js"
import { decideProject, type ObservedProject, type ProjectAction } from "../core/decide-project.js"
import { writeStatus } from "./write-status.js"

const namespaces: Kind<KubernetesObject> = defineKind({
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  scope: "Cluster",
  hasStatus: true,
})

async function observe(name: string, cluster: Cluster): Promise<ObservedProject> {
  const namespace = await cluster.get(namespaces, { name })
  return {
    ...(namespace === undefined ? {} : { namespace: { labels: namespace.metadata.labels ?? {} } }),
    warehouses: (await cluster.list(warehouses, { namespace: name })).items,
    stages: (await cluster.list(stages, { namespace: name })).items,
  }
}

async function createNamespace(
  { name, labels }: ProjectAction,
  project: Stored<Project>,
  cluster: Cluster,
): Promise<void> {
  const metadata = { name, labels, ownerReferences: [controllerReference(project)] }
  try {
    await cluster.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata })
  } catch (error) {
    if (!isClusterError(error, "AlreadyExists")) throw error
  }
}

/** Gives a Project its Namespace and counts what is in it. */
export function createProjectReconcile(): Reconcile {
  return async (key, { cluster, clock }) => {
    let project = await cluster.get(projects, key)
    if (project === undefined || project.metadata.deletionTimestamp !== undefined) return {}
    // A second look takes note of the Namespace that the first has made.
    for (let look = 0; look < 2; look++) {
      const observed = await observe(project.metadata.name, cluster)
      const { status, actions } = decideProject(project, observed, clock.now())
      project = await writeStatus(cluster, projects, project, status)
      for (const action of actions) await createNamespace(action, project, cluster)
      if (actions.length === 0) break
    }
    return {}
  }
}
