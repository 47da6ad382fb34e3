/**
 * What every cluster does, as tests that an author of an adapter can run. Needs vitest.
 *
 * @packageDocumentation
 */
export { conformanceCases, describeClusterConformance } from "./conformance.js"
export { describeHttpConformance, httpConformanceCases } from "./http/http-conformance.js"
export type {
  HttpAnswer,
  HttpCase,
  HttpClient,
  HttpStream,
  HttpWorld,
  Loosest,
  SendOptions,
} from "./http/http-world.js"
export type { ConformanceCase, ConformanceWorld } from "./world.js"
