/**
 * The Application controller, for the controller manager of `@argo-ts/k8s`.
 *
 * @packageDocumentation
 */
import { type Controller, controller } from "@argo-ts/k8s"
import type { KubernetesObject, ObjectKey, Stored } from "@argo-ts/kernel"
import { applicationSets, applications, appProjects } from "../api/kinds.js"
import { defaultSettings, type GitopsSettings } from "../core/settings.js"
import { plainRenderer } from "../renderers/plain-renderer.js"
import type { Renderer } from "../renderers/renderer.js"
import { concernedKeys } from "../runtime/live-state.js"
import { createApplicationReconcile } from "../runtime/reconcile.js"
import { refuseApplicationSet } from "../runtime/refuse-application-set.js"
import type { RepositorySource } from "../sources/repository-source.js"

/** What the controller needs. */
export interface ApplicationControllerOptions {
  readonly repositories: RepositorySource
  /** Default plain YAML and JSON. */
  readonly renderer?: Renderer
  /** What differs from {@link defaultSettings}. */
  readonly settings?: Partial<GitopsSettings>
}

/**
 * Keeps clusters in step with Git: the controller `gitops-core` for Applications, and `gitops-core/application-set`,
 * which says of every ApplicationSet that it is not supported yet.
 */
export function applicationControllers(
  options: ApplicationControllerOptions,
): readonly Controller[] {
  const { repositories, renderer = plainRenderer() } = options
  const settings = { ...defaultSettings, ...options.settings }
  const reconcile = createApplicationReconcile({ repositories, renderer, settings })
  // Kinds of the controller itself are watched from the start, so their managed objects are told here.
  const toKeys = (object: Stored<KubernetesObject>): readonly ObjectKey[] =>
    concernedKeys(object, settings)
  return [
    controller("gitops-core", applications)
      .watches(applications, toKeys)
      .watches(appProjects, toKeys)
      .reconcile(reconcile),
    controller("gitops-core/application-set", applicationSets).reconcile(refuseApplicationSet),
  ]
}

export { gitSource } from "../sources/git-source.js"
