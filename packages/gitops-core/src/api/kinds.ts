/**
 * The kinds of Argo CD, without the engine.
 *
 * @packageDocumentation
 */
import { defineKind, type Kind } from "@argo-ts/kernel"
import type { AppProject } from "./app-project.js"
import type { Application } from "./application.js"
import type { ApplicationSet } from "./application-set.js"

const shared = { group: "argoproj.io", version: "v1alpha1", scope: "Namespaced" } as const

/** `applications.argoproj.io`. Status is part of the object itself, as upstream. */
export const applications: Kind<Application> = defineKind<Application>({
  ...shared,
  kind: "Application",
  plural: "applications",
  hasStatus: false,
  shortNames: ["app", "apps"],
})

/** `appprojects.argoproj.io`. */
export const appProjects: Kind<AppProject> = defineKind<AppProject>({
  ...shared,
  kind: "AppProject",
  plural: "appprojects",
  hasStatus: false,
  shortNames: ["appproj", "appprojs"],
})

/** `applicationsets.argoproj.io`: stored, but refused by validation and by its controller. */
export const applicationSets: Kind<ApplicationSet> = defineKind<ApplicationSet>({
  ...shared,
  kind: "ApplicationSet",
  plural: "applicationsets",
  hasStatus: true,
  shortNames: ["appset", "appsets"],
})

/** Every kind of this engine: what a cluster registers. */
export const gitopsKinds: readonly Kind[] = [applications, appProjects, applicationSets]
