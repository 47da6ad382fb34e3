/**
 * Kargo as a library. Built so far: the identities — names of Freight, of collections and of Promotions, and the
 * normal forms of repository names that they rest on.
 *
 * @packageDocumentation
 */
export {
  type ArtifactIdentity,
  type ChartIdentity,
  type CommitIdentity,
  type FreightIdentity,
  type FreightOrigin,
  freightCollectionId,
  freightName,
  type ImageIdentity,
  promotionName,
} from "./core/identity.js"
export { normalizeChartUrl, normalizeGitUrl, normalizeImageUrl } from "./core/repository-names.js"
