import { failed, type Issue, type JsonValue, ok, type Result } from "@argo-ts/kernel"
import { validate } from "@argo-ts/kernel/validation"
import type { AnalysisRun, AnalysisTemplate, ClusterAnalysisTemplate } from "./analysis.js"
import type { Experiment } from "./experiment.js"
import type { Rollout } from "./rollout.js"
import { schemas } from "./schema.gen.js"
import { validateAnalysis } from "./validate-analysis.js"
import { validateRollout } from "./validate-rollout.js"
import { withoutNulls } from "./without-nulls.js"

/** Shape first: rules about meaning only make sense for the right shape, except beside mere unknown fields. */
function parse<Kind>(
  name: string,
  value: unknown,
  rules: (object: Kind) => readonly Issue[],
): Result<Kind> {
  const shape = validate(schemas(), name, value)
  if (shape.some(({ code }) => code === "InvalidValue" || code === "EndlessValue"))
    return failed(shape)
  const object = withoutNulls(value as JsonValue) as unknown as Kind
  const issues = [...shape, ...rules(object)]
  return issues.length > 0 ? failed(issues) : ok(object)
}

/**
 * Reads a Rollout: every unknown field, every field that is not supported yet, and every broken rule, all at once.
 * Fields that are null count as absent.
 */
export function parseRollout(value: unknown): Result<Rollout> {
  return parse<Rollout>("Rollout", value, validateRollout)
}

/** Reads an AnalysisTemplate; see {@link parseRollout}. */
export function parseAnalysisTemplate(value: unknown): Result<AnalysisTemplate> {
  return parse<AnalysisTemplate>("AnalysisTemplate", value, ({ spec }) => validateAnalysis(spec))
}

/** Reads a ClusterAnalysisTemplate; see {@link parseRollout}. */
export function parseClusterAnalysisTemplate(value: unknown): Result<ClusterAnalysisTemplate> {
  return parse<ClusterAnalysisTemplate>("ClusterAnalysisTemplate", value, ({ spec }) =>
    validateAnalysis(spec),
  )
}

/** Reads an AnalysisRun; see {@link parseRollout}. */
export function parseAnalysisRun(value: unknown): Result<AnalysisRun> {
  return parse<AnalysisRun>("AnalysisRun", value, ({ spec }) => validateAnalysis(spec))
}

/** Refuses an Experiment: the kind is known, and not supported yet. */
export function parseExperiment(value: unknown): Result<Experiment> {
  return parse<Experiment>("Experiment", value, () => [])
}
