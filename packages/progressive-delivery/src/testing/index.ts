/**
 * Builders and fakes for tests of your own rollouts.
 *
 * @packageDocumentation
 */
export {
  blueGreenRollout,
  canaryRollout,
  type RolloutBuilderOptions,
  withImage,
} from "./builders.js"
export {
  createScriptedProvider,
  type MetricScript,
  scriptedProviders,
} from "./scripted-provider.js"
