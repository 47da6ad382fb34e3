/**
 * What is known of Kubernetes' built-in kinds: how they are called, how they merge, which defaults the server
 * writes. Facts of the Kubernetes API in a form of our own; loaded only by who imports this path.
 *
 * @packageDocumentation
 */
export { applyDefaults } from "./defaults.js"
export { builtInKind, builtInKinds } from "./kinds.js"
export { mergeSchemaOf, podTemplateSchema } from "./merge-schemas.js"
export { podTemplateDefaults } from "./pod-defaults.js"
export { canonicalQuantity, type QuantityScale } from "./quantities.js"
