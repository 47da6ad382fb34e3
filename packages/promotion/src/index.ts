/**
 * Kargo as a library: Warehouses find artifacts, Freight bundles them, Stages ask for Freight, Promotions move it.
 *
 * @packageDocumentation
 */
export type * from "./api/common.js"
export type {
  ApprovedStage,
  CurrentStage,
  Freight,
  FreightStatus,
  VerifiedStage,
} from "./api/freight.js"
export {
  freights,
  kargoApiVersion,
  projectConfigs,
  projects,
  promotionKinds,
  promotions,
  stages,
  warehouses,
} from "./api/kinds.js"
export {
  parseFreight,
  parseProject,
  parseProjectConfig,
  parsePromotion,
  parseStage,
  parseWarehouse,
} from "./api/parse.js"
export type * from "./api/project.js"
export type * from "./api/promotion.js"
export { normalizeChartUrl, normalizeGitUrl, normalizeImageUrl } from "./api/repository-names.js"
export type * from "./api/stage.js"
export { supportedSteps } from "./api/step-config.js"
export type * from "./api/warehouse.js"
export type { Admission } from "./core/admission.js"
export { type AutoPromotion, autoPromotionOf } from "./core/auto-promotion.js"
export {
  type Availability,
  availabilityOf,
  isControlFlow,
  longestSoakMs,
} from "./core/availability.js"
export { availableFreight, candidateFor, isAutoPromoted } from "./core/candidates.js"
export {
  createPromotion,
  type PromotionCreationCheck,
  promotionCreationCheck,
} from "./core/create-promotion.js"
export type { DataKey, ObservedData, ReadData } from "./core/data-functions.js"
export {
  decideGarbage,
  type GarbageAction,
  type ObservedGarbage,
} from "./core/decide-garbage.js"
export { decideProject, type ObservedProject, type ProjectAction } from "./core/decide-project.js"
export { decidePromotion, type FillIn, type PromotionAction } from "./core/decide-promotion.js"
export { decideStage } from "./core/decide-stage.js"
export {
  decideWarehouse,
  type ObservedWarehouse,
  type WarehouseAction,
} from "./core/decide-warehouse.js"
export {
  explainAutoPromotion,
  explainFreight,
  explainProject,
  explainPromotion,
  explainStage,
  explainWarehouse,
} from "./core/explain.js"
export {
  type ArtifactIdentity,
  type ChartIdentity,
  type CommitIdentity,
  type FreightIdentity,
  freightCollectionId,
  freightName,
  type ImageIdentity,
  promotionName,
} from "./core/identity.js"
export type { ObservedPromotion } from "./core/promotion-pass.js"
export type {
  CreateAnalysisRun,
  ObservedStage,
  StageAction,
  StagePass,
  TerminateAnalysisRun,
} from "./core/stage-pass.js"
export {
  type PromotionState,
  promotionState,
  type StageState,
  stageState,
  type WarehouseState,
  warehouseState,
} from "./core/state.js"
export type { StepOutcome } from "./core/step-outcome.js"
export type { RunStep } from "./core/step-start.js"
export { ulidOf } from "./core/ulid.js"
