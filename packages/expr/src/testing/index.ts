/**
 * Values with their Go types as JSON, and rows of recorded answers: for those who hold the languages against upstream.
 *
 * @packageDocumentation
 */
export type { Answer } from "./answer.js"
export { type Batch, type BatchAnswer, type BatchOptions, createBatch } from "./batch.js"
export { createDecoder, type Implementations, type Methods } from "./decode.js"
export { encodeValue } from "./encode.js"
export { rowLanguages } from "./row-languages.js"
