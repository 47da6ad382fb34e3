import { type Issue, isJsonObject, type JsonObject, own } from "@argo-ts/kernel"
import type { RolloutAnalysis } from "../api/rollout-analysis.js"
import { hasFiniteCount } from "../api/validate-analysis.js"
import { hashLabel, managedByAnnotation } from "./labels.js"
import { buildRunSpec } from "./runs.js"
import { type RolloutView, serviceOf } from "./view.js"

function templateLabels(template: JsonObject): JsonObject {
  const metadata = template["metadata"]
  const labels = isJsonObject(metadata) ? metadata["labels"] : undefined
  return isJsonObject(labels) ? labels : {}
}

function serviceIssues(
  view: RolloutView,
  field: readonly string[],
  name: string | undefined,
): readonly Issue[] {
  if (name === undefined) return []
  const path = ["spec", "strategy", ...field]
  const service = serviceOf(view, name)
  if (service === undefined) {
    return [{ code: "UnknownReference", path, message: `service "${name}" does not exist` }]
  }
  const issues: Issue[] = []
  const owner = own(service.metadata.annotations, managedByAnnotation)
  if (owner !== undefined && owner !== view.name) {
    issues.push({
      code: "InvalidValue",
      path,
      message: `service "${name}" is managed by the rollout "${owner}"`,
    })
  }
  const labels = templateLabels(view.template)
  for (const [key, value] of Object.entries(service.spec?.selector ?? {})) {
    if (key === hashLabel || own(labels, key) === value) continue
    const message = `service "${name}" selects ${key}=${value}, which the pod template does not have`
    issues.push({ code: "InvalidValue", path, message })
  }
  return issues
}

function analysisIssues(
  view: RolloutView,
  field: readonly (string | number)[],
  analysis: RolloutAnalysis | undefined,
  mayBeEndless = false,
): readonly Issue[] {
  if (analysis?.templates === undefined || analysis.templates.length === 0) return []
  const spec = buildRunSpec(view, analysis)
  const path = ["spec", "strategy", ...field]
  if (spec.ok) {
    const endless = mayBeEndless
      ? undefined
      : spec.value.metrics.find((each) => !hasFiniteCount(each))
    if (endless === undefined) return []
    const message = `metric "${endless.name}" never ends: it has an interval and no count`
    return [{ code: "InvalidValue", path, message }]
  }
  return spec.issues.map((issue) => ({ ...issue, path: [...path, ...issue.path] }))
}

/** What is wrong with the objects a rollout refers to (spec/rollouts §1.16, rules 21 and 22). */
export function referenceIssues(view: RolloutView): readonly Issue[] {
  const { canary, blueGreen } = view
  if (blueGreen !== undefined) {
    return [
      ...serviceIssues(view, ["blueGreen", "activeService"], blueGreen.activeService),
      ...serviceIssues(view, ["blueGreen", "previewService"], blueGreen.previewService),
      ...analysisIssues(
        view,
        ["blueGreen", "prePromotionAnalysis"],
        blueGreen.prePromotionAnalysis,
      ),
      ...analysisIssues(
        view,
        ["blueGreen", "postPromotionAnalysis"],
        blueGreen.postPromotionAnalysis,
      ),
    ]
  }
  return [
    ...serviceIssues(view, ["canary", "canaryService"], canary?.canaryService),
    ...serviceIssues(view, ["canary", "stableService"], canary?.stableService),
    ...analysisIssues(view, ["canary", "analysis"], canary?.analysis, true),
    ...view.steps.flatMap((step, index) =>
      analysisIssues(view, ["canary", "steps", index, "analysis"], step.analysis),
    ),
  ]
}
