import { failed, type Issue, ok, type Result } from "@argo-ts/kernel"
import type { AnalysisArgument, AnalysisTemplateSpec, Metric } from "../../api/analysis.js"
import type {
  AnalysisTemplateReference,
  DryRun,
  MeasurementRetention,
} from "../../api/rollout-analysis.js"
import type { ObservedRollout } from "../observed.js"
import { mergeArguments } from "./arguments.js"

/** What several templates say together. */
export interface MergedTemplates {
  readonly metrics: readonly Metric[]
  readonly args: readonly AnalysisArgument[]
  readonly dryRun: readonly DryRun[]
  readonly measurementRetention: readonly MeasurementRetention[]
}

type Templates = Pick<ObservedRollout, "analysisTemplates" | "clusterAnalysisTemplates">

function referenceId(reference: AnalysisTemplateReference): string {
  return `${reference.clusterScope === true ? "cluster" : "namespace"}/${reference.templateName}`
}

function findTemplate(
  templates: Templates,
  { templateName, clusterScope }: AnalysisTemplateReference,
): AnalysisTemplateSpec | undefined {
  const list: readonly { metadata: { name?: string }; spec: AnalysisTemplateSpec }[] =
    clusterScope === true ? templates.clusterAnalysisTemplates : templates.analysisTemplates
  return list.find((template) => template.metadata.name === templateName)?.spec
}

/** Every template that is named, and every one those name, each once: those of the namespace first. */
function flatten(
  templates: Templates,
  references: readonly AnalysisTemplateReference[],
): Result<readonly AnalysisTemplateSpec[]> {
  const seen = new Set<string>()
  const found: { spec: AnalysisTemplateSpec; isCluster: boolean }[] = []
  const issues: Issue[] = []
  const open = [...references]
  for (let reference = open.shift(); reference !== undefined; reference = open.shift()) {
    if (seen.has(referenceId(reference))) continue
    seen.add(referenceId(reference))
    const spec = findTemplate(templates, reference)
    if (spec === undefined) {
      const kind = reference.clusterScope === true ? "ClusterAnalysisTemplate" : "AnalysisTemplate"
      const message = `${kind} "${reference.templateName}" does not exist`
      issues.push({ code: "UnknownReference", path: ["templates"], message })
      continue
    }
    found.push({ spec, isCluster: reference.clusterScope === true })
    open.push(...(spec.templates ?? []))
  }
  if (issues.length > 0) return failed(issues)
  const inOrder = [
    ...found.filter((each) => !each.isCluster),
    ...found.filter((each) => each.isCluster),
  ]
  return ok(inOrder.map(({ spec }) => spec))
}

function duplicate(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index)
}

function invalid(path: string, message: string): Issue {
  return { code: "InvalidValue", path: [path], message }
}

/** Reads and joins the templates that an analysis names (spec/rollouts §2.15.1). */
export function mergeTemplates(
  templates: Templates,
  references: readonly AnalysisTemplateReference[],
): Result<MergedTemplates> {
  const flat = flatten(templates, references)
  if (!flat.ok) return flat
  const specs = flat.value
  const metrics = specs.flatMap((spec) => spec.metrics ?? [])
  const dryRun = specs.flatMap((spec) => spec.dryRun ?? [])
  const measurementRetention = specs.flatMap((spec) => spec.measurementRetention ?? [])
  const args = mergeArguments(specs.map((spec) => spec.args ?? []))
  const issues: Issue[] = args.ok ? [] : [...args.issues]
  const twice = duplicate(metrics.map((metric) => metric.name))
  if (twice !== undefined) issues.push(invalid("metrics", `two templates have a metric "${twice}"`))
  const dryTwice = duplicate(dryRun.map((rule) => rule.metricName))
  if (dryTwice !== undefined) issues.push(invalid("dryRun", `two rules are for "${dryTwice}"`))
  const keptTwice = duplicate(measurementRetention.map((rule) => rule.metricName))
  if (keptTwice !== undefined) {
    issues.push(invalid("measurementRetention", `two rules are for "${keptTwice}"`))
  }
  if (issues.length > 0 || !args.ok) return failed(issues)
  return ok({ metrics, args: args.value, dryRun, measurementRetention })
}
