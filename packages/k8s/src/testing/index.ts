/**
 * What every cluster does, as tests that an author of an adapter can run. Needs vitest.
 *
 * @packageDocumentation
 */
export { conformanceCases, describeClusterConformance } from "./conformance.js"
export type { ConformanceCase, ConformanceWorld } from "./world.js"
