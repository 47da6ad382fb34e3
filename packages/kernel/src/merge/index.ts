/**
 * The ways to merge Kubernetes documents, each a pure function of (schema, documents): JSON pointer and patch,
 * merge patch, strategic merge, three-way merge, server-side apply.
 *
 * @packageDocumentation
 */
export { compareFields, type FieldChanges, writtenFields } from "./compare.js"
export { createFieldMemory, type FieldMemory } from "./field-memory.js"
export {
  equalFields,
  type FieldSet,
  fieldSetOf,
  formatFields,
  intersectFields,
  isEmptySet,
  noFields,
  readFields,
  subtractFields,
  uniteFields,
  writeFields,
} from "./field-set.js"
export { applyJsonPatch, type JsonPatchOperation, type JsonPatchOptions } from "./json-patch.js"
export { areReadable, type FieldManager } from "./managed-fields.js"
export { applyMergePatch, createMergePatch } from "./merge-patch.js"
export { formatPointer, parsePointer, readPointer } from "./pointer.js"
export { fieldSchema, itemSchema, type MergeSchema } from "./schema.js"
export {
  type ApplyConflict,
  type ApplyOutcome,
  type ApplyRequest,
  describeConflict,
  formatConflicts,
  serverSideApply,
} from "./server-side-apply.js"
export { applyStrategicPatch } from "./strategic.js"
export { mergeThreeWay, type ThreeWay } from "./three-way.js"
export { type TrackedUpdate, trackUpdate } from "./track-update.js"
