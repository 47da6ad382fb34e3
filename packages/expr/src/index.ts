/**
 * The little languages of Argo manifests, with upstream's meaning. One shape for all: compile a source once, evaluate it
 * over as many environments as you like; references can be listed and findings carry their place. Importing a subpath
 * (`@argo-ts/expr/depends`) loads that language alone.
 *
 * @packageDocumentation
 */
export {
  type ArrivedDependencies,
  type ConditionsOptions,
  type ConditionsProgram,
  compileConditions,
  conditionsOf,
} from "./conditions/index.js"
export { type CronOptions, type CronProgram, compileCron } from "./cron/index.js"
export {
  compileDepends,
  type Dependency,
  type DependsProgram,
  type DependsTask,
  dependsOf,
  type TaskResult,
  type TaskResults,
  taskResults,
} from "./depends/index.js"
export { compileExpr, type Environment, type ExprOptions, type ExprProgram } from "./expr/index.js"
export {
  compileGjson,
  type GjsonResult,
  gjsonGet,
  sjsonDelete,
  sjsonSet,
  sjsonSetRaw,
} from "./gjson/index.js"
export { compileGlob, type GlobFlavor, type GlobOptions, matchesGlob } from "./glob/index.js"
export {
  compileGoTemplate,
  type GoTemplateOptions,
  type GoTemplatePreset,
  type MissingKey,
} from "./gotemplate/index.js"
export {
  type ConditionOptions,
  compileGovaluate,
  compileWhen,
  type Parameters,
} from "./govaluate/index.js"
export {
  type Budget,
  type EvaluateOptions,
  type ExprIssue,
  type ExprPhase,
  formatExprIssue,
  type Program,
  type Reference,
  type Zone,
  type ZoneOffset,
  type Zones,
} from "./issue.js"
export {
  compileJq,
  compileJqPaths,
  type JqBudget,
  type JqEvaluateOptions,
  type JqObject,
  type JqPath,
  type JqPaths,
  type JqProgram,
  type JqValue,
  jqResourceOutput,
  parseJqJson,
} from "./jq/index.js"
export {
  compileJsonPath,
  compileSelector,
  type JsonPathOptions,
  type JsonPathOutput,
} from "./jsonpath/index.js"
export { compileKargo, kargoFunctions, renderKargo } from "./kargo/index.js"
export {
  compileLabels,
  compileResourceCondition,
  type LabelSet,
  type LabelsProgram,
  type Requirement,
  type RequirementOperator,
  type ResourceConditionProgram,
} from "./labels/index.js"
export {
  compileRolloutsCondition,
  judgeRolloutsResult,
  type RolloutsCondition,
  type RolloutsConditions,
  type RolloutsJudgement,
  rolloutsEnvironment,
} from "./presets/rollouts.js"
export { workflowFunctions } from "./presets/workflows.js"
export {
  type ConstraintProgram,
  compareVersions,
  compileSemver,
  formatVersion,
  incrementVersion,
  parseStrictVersion,
  parseVersion,
  type Version,
} from "./semver/index.js"
export {
  compilePlainTags,
  compileTags,
  type PlainTagOptions,
  replaceTags,
  type TagOptions,
  type TagScope,
  type TagsProgram,
  type TextScope,
  type UnresolvedTags,
} from "./tags/index.js"
export { fromValue, type Value } from "./values/index.js"
