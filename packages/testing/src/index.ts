/**
 * Unit tests of delivery logic without a cluster: scenarios on virtual time, scripted metrics, git fixtures, seeded
 * faults, and patterns to judge objects by. Imports no engine: controllers are handed in.
 *
 * @packageDocumentation
 */
export { parseScenario } from "./api/parse-scenario.js"
export {
  type CommitFiles,
  type Scenario,
  type ScenarioAction,
  type ScenarioCommit,
  type ScenarioFaults,
  type ScenarioGiven,
  type ScenarioMetadata,
  type ScenarioMoment,
  type ScenarioPatch,
  type ScriptedMetric,
  type StateSection,
  scenarioApiVersion,
} from "./api/scenario.js"
export { scenarioSchema } from "./api/shapes.js"
export { type FaultOptions, faultyCluster } from "./faults/faulty-cluster.js"
export {
  createFixtureRepository,
  type FixtureCommit,
  type FixtureRepository,
  type FixtureRepositoryOptions,
} from "./git/fixture-repository.js"
export { type PathStep, parsePath, readPath } from "./match/path.js"
export { fitsGlob, type Mismatch, matchPattern, type Operator, operators } from "./match/pattern.js"
export { nameOf, parseReference, type Reference, refersTo } from "./match/reference.js"
export {
  type ClusterState,
  formatMismatch,
  matchState,
  type ObjectExpectation,
  type ParsedState,
  parseState,
  type StateMismatch,
} from "./match/state.js"
export {
  type ScriptedMetrics,
  type ScriptedMetricsOptions,
  startScriptedMetrics,
} from "./metrics/scripted-metrics.js"
export { pure } from "./pure.js"
export {
  runScenario,
  type ScenarioResult,
  type ScenarioRunOptions,
  scenario,
} from "./world/scenario.js"
export {
  openWorld,
  ScenarioError,
  type ScenarioOptions,
  type Setting,
  type World,
} from "./world/world.js"
