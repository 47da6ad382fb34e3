/**
 * Holds a manifest against the schema that was generated from its TypeScript interface.
 *
 * @packageDocumentation
 */
export { nearestName } from "./nearest.js"
export { lazyBundle, type SchemaBundle, type SchemaNode } from "./schema.js"
export { validate } from "./validate.js"
