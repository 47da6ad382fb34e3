/**
 * The kinds of Kargo, without the engine.
 *
 * @packageDocumentation
 */
import { defineKind, type Kind } from "@argo-ts/kernel"
import type { Freight } from "./freight.js"
import type { Project, ProjectConfig } from "./project.js"
import type { Promotion } from "./promotion.js"
import type { Stage } from "./stage.js"
import type { Warehouse } from "./warehouse.js"

const shared = {
  group: "kargo.akuity.io",
  version: "v1alpha1",
  scope: "Namespaced",
  hasStatus: true,
} as const

/** `kargo.akuity.io/v1alpha1`. */
export const kargoApiVersion = "kargo.akuity.io/v1alpha1"

/** `projects.kargo.akuity.io`. */
export const projects: Kind<Project> = defineKind<Project>({
  group: "kargo.akuity.io",
  version: "v1alpha1",
  scope: "Cluster",
  hasStatus: true,
  kind: "Project",
  plural: "projects",
})

/** `projectconfigs.kargo.akuity.io`. */
export const projectConfigs: Kind<ProjectConfig> = defineKind<ProjectConfig>({
  ...shared,
  kind: "ProjectConfig",
  plural: "projectconfigs",
})

/** `warehouses.kargo.akuity.io`. */
export const warehouses: Kind<Warehouse> = defineKind<Warehouse>({
  ...shared,
  kind: "Warehouse",
  plural: "warehouses",
})

/** `freights.kargo.akuity.io`. */
export const freights: Kind<Freight> = defineKind<Freight>({
  ...shared,
  kind: "Freight",
  plural: "freights",
})

/** `stages.kargo.akuity.io`. */
export const stages: Kind<Stage> = defineKind<Stage>({
  ...shared,
  kind: "Stage",
  plural: "stages",
})

/** `promotions.kargo.akuity.io`. */
export const promotions: Kind<Promotion> = defineKind<Promotion>({
  ...shared,
  kind: "Promotion",
  plural: "promotions",
  shortNames: ["promo", "promos"],
})

/** Every kind of this engine: what a cluster registers. */
export const promotionKinds: readonly Kind[] = [
  projects,
  projectConfigs,
  warehouses,
  freights,
  stages,
  promotions,
]
