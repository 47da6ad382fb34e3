/**
 * The ways to merge Kubernetes documents, each a pure function of (schema, documents): JSON pointer and patch,
 * merge patch, strategic merge, three-way merge, server-side apply.
 *
 * @packageDocumentation
 */
export { applyJsonPatch, type JsonPatchOperation, type JsonPatchOptions } from "./json-patch.js"
export { applyMergePatch, createMergePatch } from "./merge-patch.js"
export { formatPointer, parsePointer, readPointer } from "./pointer.js"
export { fieldSchema, itemSchema, type MergeSchema } from "./schema.js"
export { applyStrategicPatch } from "./strategic.js"
export { mergeThreeWay, type ThreeWay } from "./three-way.js"
