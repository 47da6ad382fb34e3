/**
 * The Application controller, for the controller manager of `@argo-ts/k8s`.
 *
 * @packageDocumentation
 */
import { type Controller, controller } from "@argo-ts/k8s"
import { applications } from "../api/kinds.js"
import { defaultSettings, type GitopsSettings } from "../core/settings.js"
import { plainRenderer } from "../renderers/plain-renderer.js"
import type { Renderer } from "../renderers/renderer.js"
import { createApplicationReconcile } from "../runtime/reconcile.js"
import type { RepositorySource } from "../sources/repository-source.js"

/** What the controller needs. */
export interface ApplicationControllerOptions {
  readonly repositories: RepositorySource
  /** Default plain YAML and JSON. */
  readonly renderer?: Renderer
  /** What differs from {@link defaultSettings}. */
  readonly settings?: Partial<GitopsSettings>
}

/** Keeps clusters in step with Git: one controller, named `gitops-core`. */
export function applicationControllers(
  options: ApplicationControllerOptions,
): readonly Controller[] {
  const { repositories, renderer = plainRenderer() } = options
  const settings = { ...defaultSettings, ...options.settings }
  const reconcile = createApplicationReconcile({ repositories, renderer, settings })
  return [controller("gitops-core", applications).reconcile(reconcile)]
}

export { gitSource } from "../sources/git-source.js"
