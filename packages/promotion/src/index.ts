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
export type * from "./api/stage.js"
export { supportedSteps } from "./api/step-config.js"
export type * from "./api/warehouse.js"
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
export { normalizeChartUrl, normalizeGitUrl, normalizeImageUrl } from "./core/repository-names.js"
