/**
 * The controllers of Projects, Warehouses, Stages and Promotions, for the controller manager of `@argo-ts/k8s`.
 *
 * @packageDocumentation
 */
import { type Controller, controller } from "@argo-ts/k8s"
import type { Git } from "@argo-ts/kernel/git"
import type { HttpClient } from "@argo-ts/kernel/http"
import { freights, projectConfigs, projects, promotions, stages, warehouses } from "../api/kinds.js"
import type { Registry } from "../registries/registry.js"
import { createGarbageCollection } from "../runtime/collect-garbage.js"
import type { DataSources } from "../runtime/read-data.js"
import { createProjectReconcile } from "../runtime/reconcile-project.js"
import {
  createPromotionReconcile,
  type PromotionRuntimeOptions,
} from "../runtime/reconcile-promotion.js"
import { createStageReconcile } from "../runtime/reconcile-stage.js"
import { createWarehouseReconcile } from "../runtime/reconcile-warehouse.js"
import { standardSteps } from "../steps/standard-steps.js"
import type { StepRunners } from "../steps/step.js"
import { createStageIndex, watchForPromotion, watchForStage } from "./watches.js"

/** What the controllers need. */
export interface PromotionControllerOptions {
  readonly git: Git
  readonly http: HttpClient
  readonly registry: Registry
  /** Where promotions work, one directory each. */
  readonly workDirectory: string
  /** Steps besides the standard ones, or instead of them. */
  readonly steps?: StepRunners
  /** Namespace of what `sharedConfigMap()` and `sharedSecret()` read. Default `kargo-shared-resources`. */
  readonly sharedNamespace?: string
  /**
   * Every value that `secret()` reads is added: hand the same set to your logger (`createLogger({ secrets: () => … })`).
   * Statuses and events never show them. Default a set of its own.
   */
  readonly secrets?: Set<string>
}

function stageController(steps: readonly string[], data: DataSources): Controller {
  const index = createStageIndex()
  const reconcile = createStageReconcile(steps, data)
  return controller("promotion/stage", stages)
    .watches(stages, (stage) => {
      index.note(stage)
      return []
    })
    .watches(freights, index.askingFor)
    .watches(promotions, ({ metadata, spec }) => [
      { namespace: metadata.namespace ?? "", name: spec.stage },
    ])
    .watches(projectConfigs, ({ metadata }) => index.of(metadata.namespace ?? ""))
    .reconcile(async (key, context) => {
      const stage = await context.cluster.get(stages, key)
      if (stage !== undefined) await watchForStage(stage, context)
      return reconcile(key, context)
    })
}

function promotionController(runtime: PromotionRuntimeOptions): Controller {
  const reconcile = createPromotionReconcile(runtime)
  return controller("promotion/promotion", promotions)
    .watches(stages, ({ metadata, status }) => {
      const name = status?.currentPromotion?.name
      return name === undefined ? [] : [{ namespace: metadata.namespace ?? "", name }]
    })
    .watches(freights, () => [])
    .reconcile(async (key, context) => {
      const promotion = await context.cluster.get(promotions, key)
      const isSyncing = promotion?.spec.steps?.some(({ uses }) => uses === "argocd-update") === true
      if (isSyncing) await watchForPromotion(context)
      return reconcile(key, context)
    })
}

/**
 * Five controllers: `promotion/project`, `promotion/warehouse`, `promotion/stage`, `promotion/promotion` and
 * `promotion/garbage`, which deletes old Promotions and Freight once a day.
 */
export function promotionControllers(options: PromotionControllerOptions): readonly Controller[] {
  const steps = { ...standardSteps, ...options.steps }
  const { git, http, registry, workDirectory } = options
  const { sharedNamespace = "kargo-shared-resources", secrets = new Set<string>() } = options
  const data = { sharedNamespace, secrets }
  return [
    controller("promotion/project", projects)
      .watches(stages, ({ metadata }) => [{ name: metadata.namespace ?? "" }])
      .watches(warehouses, ({ metadata }) => [{ name: metadata.namespace ?? "" }])
      .reconcile(createProjectReconcile()),
    controller("promotion/warehouse", warehouses).reconcile(
      createWarehouseReconcile({ git, registry }),
    ),
    controller("promotion/garbage", projects).reconcile(createGarbageCollection()),
    stageController(Object.keys(steps), data),
    promotionController({ git, http, steps, workDirectory, data }),
  ]
}

export {
  createMemoryRegistry,
  type MemoryImage,
  type MemoryRegistry,
} from "../registries/memory-registry.js"
export { createOciRegistry, type OciRegistryOptions } from "../registries/oci-registry.js"
export type { Platform, Registry, RegistryImage } from "../registries/registry.js"
export { standardSteps } from "../steps/standard-steps.js"
export type { StepContext, StepRunner, StepRunners } from "../steps/step.js"
