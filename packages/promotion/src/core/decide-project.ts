import { type Condition, type Decision, type EpochMs, findCondition } from "@argo-ts/kernel"
import type { HealthCount, Project, ProjectStatus } from "../api/project.js"
import { withConditions } from "./conditions.js"

/** What a Project wants done: its Namespace, with the label that makes it a Project's. */
export interface ProjectAction {
  readonly type: "CreateNamespace"
  readonly key: string
  readonly name: string
  readonly labels: { readonly [name: string]: string }
}

interface WithConditions {
  readonly status?: { readonly conditions?: readonly Condition[] }
}

/** What is known around a Project. */
export interface ObservedProject {
  /** Labels of the Namespace of its name; absent where there is none. */
  readonly namespace?: { readonly labels: { readonly [name: string]: string } }
  /** Warehouses in that Namespace. */
  readonly warehouses: readonly WithConditions[]
  /** Stages in that Namespace. */
  readonly stages: readonly WithConditions[]
}

const projectLabel = "kargo.akuity.io/project"

function count(objects: readonly WithConditions[]): HealthCount {
  const healthy = objects.filter(
    ({ status }) => findCondition(status?.conditions, "Healthy")?.status === "True",
  )
  return { count: objects.length, health: { healthy: healthy.length } }
}

/** What a Project does next: have its Namespace, unless that belongs to somebody else, and count what is in it. */
export function decideProject(
  project: Project,
  observed: ObservedProject,
  now: EpochMs,
): Decision<ProjectStatus, ProjectAction> {
  const { name = "", generation } = project.metadata
  const { namespace, warehouses, stages } = observed
  const stats = { warehouses: count(warehouses), stages: count(stages) }
  const before: ProjectStatus = { ...project.status, stats }
  const told = (reason: string, message: string): ProjectStatus => {
    const status = reason === "Synced" ? "True" : "False"
    return withConditions(before, [["Ready", status, reason, message]], { generation, now })
  }
  if (namespace === undefined) {
    const action = { type: "CreateNamespace", key: `${name}/namespace`, name } as const
    const status = told("NamespaceMissing", `Namespace ${name} is about to be created`)
    return { status, actions: [{ ...action, labels: { [projectLabel]: "true" } }] }
  }
  if (namespace.labels[projectLabel] === "true")
    return { status: told("Synced", "Project is synced and ready for use"), actions: [] }
  const message = `Namespace ${name} exists without the label ${projectLabel}: "true"`
  return { status: told("ExistingNamespaceMissingLabel", message), actions: [] }
}
