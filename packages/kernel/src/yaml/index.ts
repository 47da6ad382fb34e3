/**
 * YAML and JSON as Kubernetes' Go tools read them: one value a document, with line numbers and bounds on size,
 * depth, aliases and documents.
 *
 * @packageDocumentation
 */
export type { Position, YamlIssue } from "./issue.js"
export { defaultYamlLimits, type YamlLimits } from "./limits.js"
export {
  type ManifestDocument,
  type ParseManifestsOptions,
  parseManifests,
} from "./parse.js"
export { formatManifests } from "./print.js"
export { resolvePlainScalar } from "./scalar.js"
