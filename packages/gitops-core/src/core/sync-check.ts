import { isJsonObject, type JsonValue, own } from "@argo-ts/kernel"
import type { AppProject } from "../api/app-project.js"
import type { Application } from "../api/application.js"
import { optionValue, syncOption } from "./annotations.js"
import { permitsDestination, permitsKind } from "./project.js"
import { at } from "./read.js"
import { isCustomResourceDefinition, refTitle } from "./resource.js"
import type { SyncTask } from "./sync-tasks.js"

/** What a check of tasks knows about the cluster and the project. */
export interface TaskFacts {
  readonly application: Application
  readonly syncOptions: readonly string[]
  /** `group/kind` that the cluster does not serve, among those of this application. */
  readonly unserved: ReadonlySet<string>
  /** `group/kind` of what has no namespace, among those of this application. */
  readonly clusterScoped: ReadonlySet<string>
  readonly project: AppProject | undefined
}

/** Kinds that custom resource definitions of this very sync bring. */
function broughtKinds(tasks: readonly SyncTask[]): ReadonlySet<string> {
  return new Set(
    tasks
      .filter((task) => isCustomResourceDefinition(task.ref))
      .map(({ target }) => `${at(target, "spec", "group")}/${at(target, "spec", "names", "kind")}`),
  )
}

/** Tasks that no sync can do: kinds nobody serves, and what the project does not permit (spec/gitops §2.5.7). */
export function invalidTasks(tasks: readonly SyncTask[], facts: TaskFacts): readonly string[] {
  const { application, project, unserved, clusterScoped, syncOptions } = facts
  const brought = broughtKinds(tasks)
  return tasks.flatMap((task) => {
    const { ref, target } = task
    const id = `${ref.group}/${ref.kind}`
    const skips = syncOption(target, syncOptions, "SkipDryRunOnMissingResource") === "true"
    if (unserved.has(id) && target !== undefined && !skips && !brought.has(id)) {
      const finding = `make sure the "${ref.kind}" CRD is installed on the destination cluster`
      return [`The Kubernetes API could not find ${refTitle(ref)}: ${finding}`]
    }
    if (project === undefined || task.createsNamespace === true) return []
    const title = application.spec.project || "default"
    const isClusterScoped = clusterScoped.has(id)
    if (!permitsKind(project, ref, isClusterScoped)) {
      return [`resource ${ref.group}:${ref.kind} is not permitted in project ${title}`]
    }
    const { destination } = application.spec
    return !isClusterScoped && !permitsDestination(project, destination, ref.namespace)
      ? [`namespace ${ref.namespace} is not permitted in project '${title}'`]
      : []
  })
}

function isTextMap(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null) return true
  return isJsonObject(value) && Object.values(value).every((one) => typeof one === "string")
}

/**
 * What a client can tell is wrong without asking the server. Upstream asks kubectl for a client-side dry run, which
 * knows the cluster's OpenAPI document; this looks at metadata only.
 */
export function dryRunProblems(tasks: readonly SyncTask[]): readonly string[] {
  return tasks.flatMap(({ target, ref }) => {
    if (target === undefined) return []
    const { metadata } = target as unknown as { readonly metadata: { [field: string]: JsonValue } }
    const wrong = (["labels", "annotations"] as const).filter(
      (field) => !isTextMap(own(metadata, field)),
    )
    const finalizers = own(metadata, "finalizers")
    const isListFine =
      finalizers === undefined ||
      (Array.isArray(finalizers) && finalizers.every((one) => typeof one === "string"))
    const fields = isListFine ? wrong : [...wrong, "finalizers"]
    return fields.map((field) => {
      const what = field === "finalizers" ? "a list of texts" : "texts as values"
      return `${refTitle(ref)}: metadata.${field}: expected ${what}`
    })
  })
}

/** Objects that other applications manage too, where `FailOnSharedResource=true` forbids that. */
export function sharedProblems(
  shared: readonly string[],
  syncOptions: readonly string[],
): readonly string[] {
  const isForbidden = optionValue(syncOptions, "FailOnSharedResource") === "true"
  return isForbidden ? shared.map((message) => `Shared resource found: ${message}`) : []
}
