/**
 * For tests of your own workflows: builders, a run on virtual time, and the conformance check.
 *
 * @packageDocumentation
 */

export {
  type Exploration,
  type ExploredFailure,
  type ExploreOptions,
  exploreWorkflow,
} from "../simulate/explore.js"
export { type StepsOf, workflowFixture } from "./builders.js"
export {
  type ConformanceResult,
  type ConformanceWorld,
  configMapSource,
  conformance,
  templateSource,
} from "./conformance.js"
export { type SimulationOptions, simulateWorkflow } from "./simulate.js"
