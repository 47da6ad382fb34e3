import {
  type Issue,
  isJsonObject,
  type LabelSelector,
  matchesLabels,
  own,
  parseInstant,
} from "@argo-ts/kernel"
import type { BlueGreenStrategy } from "./blue-green.js"
import { below, type IssueSink, invalid, wholeNumber } from "./issues.js"
import type { Rollout, RolloutSpec } from "./rollout.js"
import { validateAnalysisReference, validateCanary } from "./validate-canary.js"
import { validateTemplate } from "./validate-template.js"

const revisionHistoryDefault = 10
const progressDeadlineDefault = 600

function validateBlueGreen(sink: IssueSink, strategy: BlueGreenStrategy, spec: RolloutSpec): void {
  if (strategy.activeService === "") invalid(sink, ["activeService"], "is required, and empty")
  if (strategy.activeService === strategy.previewService) {
    invalid(
      sink,
      ["previewService"],
      `and activeService are the same Service "${strategy.activeService}"`,
    )
  }
  wholeNumber(sink, "autoPromotionSeconds", strategy.autoPromotionSeconds)
  wholeNumber(sink, "previewReplicaCount", strategy.previewReplicaCount)
  wholeNumber(sink, "scaleDownDelaySeconds", strategy.scaleDownDelaySeconds)
  wholeNumber(sink, "scaleDownDelayRevisionLimit", strategy.scaleDownDelayRevisionLimit)
  wholeNumber(sink, "abortScaleDownDelaySeconds", strategy.abortScaleDownDelaySeconds)
  const limit = strategy.scaleDownDelayRevisionLimit
  const history = spec.revisionHistoryLimit ?? revisionHistoryDefault
  if (limit !== undefined && limit > history) {
    invalid(
      sink,
      ["scaleDownDelayRevisionLimit"],
      `is ${limit}, more than the revisionHistoryLimit of ${history}`,
    )
  }
  validateAnalysisReference(below(sink, "prePromotionAnalysis"), strategy.prePromotionAnalysis)
  validateAnalysisReference(below(sink, "postPromotionAnalysis"), strategy.postPromotionAnalysis)
}

function isEmptySelector(selector: LabelSelector): boolean {
  return (
    Object.keys(selector.matchLabels ?? {}).length === 0 &&
    (selector.matchExpressions ?? []).length === 0
  )
}

function validateSelector(sink: IssueSink, spec: RolloutSpec): void {
  const { selector, template } = spec
  if (selector === undefined) {
    invalid(sink, ["selector"], "is required, and missing")
    return
  }
  if (isEmptySelector(selector)) {
    invalid(sink, ["selector"], "is empty: it would select every pod")
    return
  }
  const metadata = template === undefined ? undefined : own(template, "metadata")
  const labels = isJsonObject(metadata) ? own(metadata, "labels") : undefined
  const texts: { [key: string]: string } = {}
  for (const [key, value] of Object.entries(isJsonObject(labels) ? labels : {})) {
    if (typeof value === "string") texts[key] = value
  }
  if (template !== undefined && !matchesLabels(selector, texts)) {
    invalid(
      sink,
      ["template", "metadata", "labels"],
      "are not selected by the selector of the rollout",
    )
  }
}

function validateNumbers(sink: IssueSink, spec: RolloutSpec): void {
  wholeNumber(sink, "replicas", spec.replicas)
  wholeNumber(sink, "minReadySeconds", spec.minReadySeconds)
  wholeNumber(sink, "revisionHistoryLimit", spec.revisionHistoryLimit)
  wholeNumber(sink, "progressDeadlineSeconds", spec.progressDeadlineSeconds)
  const history = below(sink, "analysis")
  wholeNumber(history, "successfulRunHistoryLimit", spec.analysis?.successfulRunHistoryLimit)
  wholeNumber(history, "unsuccessfulRunHistoryLimit", spec.analysis?.unsuccessfulRunHistoryLimit)
  wholeNumber(below(sink, "rollbackWindow"), "revisions", spec.rollbackWindow?.revisions)
  const deadline = spec.progressDeadlineSeconds ?? progressDeadlineDefault
  const ready = spec.minReadySeconds ?? 0
  if (deadline <= ready) {
    invalid(
      sink,
      ["progressDeadlineSeconds"],
      `is ${deadline}, and has to exceed the minReadySeconds of ${ready}`,
    )
  }
  if (spec.restartAt !== undefined && !parseInstant(spec.restartAt).ok) {
    invalid(
      sink,
      ["restartAt"],
      `expected an RFC 3339 time, found ${JSON.stringify(spec.restartAt)}`,
    )
  }
}

/** Every rule of spec/rollouts §1.16 that concerns a Rollout by itself. The shape has to be right already. */
export function validateRollout(rollout: Rollout): readonly Issue[] {
  const { spec } = rollout
  const sink: IssueSink = { issues: [], path: ["spec"] }
  validateNumbers(sink, spec)
  validateSelector(sink, spec)
  if (spec.template === undefined) invalid(sink, ["template"], "is required, and missing")
  else validateTemplate(below(sink, "template"), spec.template)
  const { canary, blueGreen } = spec.strategy ?? {}
  if (canary === undefined && blueGreen === undefined) {
    invalid(sink, ["strategy"], "needs one of canary and blueGreen")
  }
  if (canary !== undefined && blueGreen !== undefined) {
    invalid(sink, ["strategy"], "has both canary and blueGreen; a rollout has one strategy")
  }
  if (canary !== undefined) validateCanary(below(sink, "strategy", "canary"), canary)
  if (blueGreen !== undefined)
    validateBlueGreen(below(sink, "strategy", "blueGreen"), blueGreen, spec)
  return sink.issues
}
