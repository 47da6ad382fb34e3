/**
 * Values with their Go types as JSON, and rows of recorded answers: for those who hold the languages against upstream.
 *
 * @packageDocumentation
 */
export { formatGoTime, formatRfc3339Nano } from "../go/time.js"
export { timeOf } from "../values/time-types.js"
export type { Answer } from "./answer.js"
export { type Batch, type BatchAnswer, type BatchOptions, createBatch } from "./batch.js"
export { createDecoder, type Implementations, type Methods } from "./decode.js"
export { encodeValue } from "./encode.js"
export { recordedFunctions, recordedMethods } from "./functions.js"
export { rowLanguages } from "./row-languages.js"
