/**
 * JSON Schemas of the kinds of this package, generated from their interfaces.
 *
 * @packageDocumentation
 */
export { jsonSchemas } from "./schema.gen.js"
