import { parseDuration } from "@argo-ts/kernel"
import type { CanaryStep, CanaryStrategy, SetCanaryScaleStep } from "./canary.js"
import { below, type IssueSink, invalid, wholeNumber } from "./issues.js"
import type { RolloutAnalysis } from "./rollout-analysis.js"

/** True for bounds that allow nothing: 0, "0" and "0%". */
function isZero(bound: number | string | undefined): boolean {
  return bound !== undefined && Number(String(bound).replace(/%$/, "")) === 0
}

function boundIssues(
  sink: IssueSink,
  field: "maxSurge" | "maxUnavailable",
  bound: number | string | undefined,
): void {
  if (bound === undefined) return
  const isRight =
    typeof bound === "number" ? Number.isSafeInteger(bound) && bound >= 0 : /^\d+%?$/.test(bound)
  if (!isRight) {
    invalid(
      sink,
      [field],
      `expected a number of pods or a percentage like 25%, found ${JSON.stringify(bound)}`,
    )
  }
}

/** Milliseconds of a pause; undefined where it is no duration. */
function pauseMs(duration: number | string): number | undefined {
  if (typeof duration === "number") return Number.isFinite(duration) ? duration * 1000 : undefined
  if (/^\d+$/.test(duration)) return Number(duration) * 1000
  const parsed = parseDuration(duration)
  return parsed.ok ? parsed.value : undefined
}

/** Checks the names of one analysis. */
export function validateAnalysisReference(
  sink: IssueSink,
  analysis: RolloutAnalysis | undefined,
): void {
  if (analysis === undefined) return
  for (const [index, template] of (analysis.templates ?? []).entries()) {
    if (template.templateName === "")
      invalid(sink, ["templates", index, "templateName"], "is required, and empty")
  }
  for (const [index, argument] of (analysis.args ?? []).entries()) {
    const path = argument.valueFrom?.fieldRef?.fieldPath
    if (path === undefined || !path.startsWith("metadata")) continue
    const isKnown =
      /^metadata\.(name|namespace|uid|(labels|annotations)\['[^']+'\]|labels|annotations)$/.test(
        path,
      )
    if (!isKnown) {
      invalid(
        sink,
        ["args", index, "valueFrom", "fieldRef", "fieldPath"],
        `expected a path like metadata.labels['env'], found ${JSON.stringify(path)}`,
      )
    }
  }
}

function scaleIssues(sink: IssueSink, scale: SetCanaryScaleStep, isRouted: boolean): void {
  if (!isRouted)
    invalid(sink, [], "needs trafficRouting: without it the weight decides the number of pods")
  const given = [scale.replicas, scale.weight, scale.matchTrafficWeight].filter(
    (each) => each !== undefined,
  )
  if (given.length !== 1)
    invalid(sink, [], "needs exactly one of replicas, weight and matchTrafficWeight")
  wholeNumber(sink, "replicas", scale.replicas)
  wholeNumber(sink, "weight", scale.weight)
}

function stepIssues(sink: IssueSink, step: CanaryStep, weightMax: number, isRouted: boolean): void {
  const exclusive = [step.setWeight, step.pause, step.experiment, step.analysis]
  const others = [step.setCanaryScale, step.setHeaderRoute, step.setMirrorRoute, step.plugin]
  const given = exclusive.filter((each) => each !== undefined).length
  // As upstream, the other four may stand beside one of these; the first in the order of §2.6.2 tells when it is done.
  if (given > 1 || (given === 0 && others.every((each) => each === undefined))) {
    invalid(
      sink,
      [],
      `a step does exactly one thing: setWeight, pause, analysis or setCanaryScale; found ${given}`,
    )
  }
  if (step.setWeight !== undefined) {
    const isInRange =
      Number.isSafeInteger(step.setWeight) && step.setWeight >= 0 && step.setWeight <= weightMax
    if (!isInRange)
      invalid(
        sink,
        ["setWeight"],
        `expected a whole number from 0 to ${weightMax}, found ${step.setWeight}`,
      )
  }
  const duration = step.pause?.duration
  if (duration !== undefined) {
    const milliseconds = pauseMs(duration)
    if (milliseconds === undefined || milliseconds < 0) {
      invalid(
        sink,
        ["pause", "duration"],
        `expected seconds or a duration like 1h30m, not negative, found ${JSON.stringify(duration)}`,
      )
    }
  }
  if (step.setCanaryScale !== undefined)
    scaleIssues(below(sink, "setCanaryScale"), step.setCanaryScale, isRouted)
  validateAnalysisReference(below(sink, "analysis"), step.analysis)
}

function routingIssues(sink: IssueSink, canary: CanaryStrategy): void {
  const { trafficRouting } = canary
  if (trafficRouting === undefined) {
    if (canary.scaleDownDelaySeconds !== undefined)
      invalid(sink, ["scaleDownDelaySeconds"], "needs trafficRouting")
    if (canary.dynamicStableScale === true)
      invalid(sink, ["dynamicStableScale"], "needs trafficRouting")
    return
  }
  if (canary.dynamicStableScale === true && canary.scaleDownDelaySeconds !== undefined) {
    invalid(sink, ["dynamicStableScale"], "cannot be used together with scaleDownDelaySeconds")
  }
  const { smi, plugins = {}, maxTrafficWeight } = trafficRouting
  const place = below(sink, "trafficRouting")
  if (
    smi !== undefined &&
    (canary.canaryService === undefined || canary.stableService === undefined)
  ) {
    invalid(place, ["smi"], "needs canaryService and stableService")
  }
  const { istio, nginx, alb, traefik, apisix, ambassador, appMesh } = trafficRouting
  const named = [smi, istio, nginx, alb, traefik, apisix, ambassador, appMesh]
  const routers = named.filter((each) => each !== undefined).length + Object.keys(plugins).length
  if (routers > 1) {
    const message = "is not supported: several routers at once are not built yet"
    place.issues.push({ code: "UnsupportedField", path: place.path, message })
  } else if (routers === 0) invalid(place, [], "needs a router: smi or one of plugins")
  wholeNumber(place, "maxTrafficWeight", maxTrafficWeight, 1)
  if (maxTrafficWeight !== undefined && maxTrafficWeight !== 100 && smi !== undefined) {
    invalid(place, ["maxTrafficWeight"], "can be other than 100 only with plugins")
  }
}

function thresholdIssues(sink: IssueSink, canary: CanaryStrategy): void {
  const threshold = canary.replicaProgressThreshold
  if (threshold === undefined) return
  const most = threshold.type === "Percent" ? 100 : Number.MAX_SAFE_INTEGER
  if (threshold.value < 0 || threshold.value > most || !Number.isFinite(threshold.value)) {
    invalid(
      sink,
      ["replicaProgressThreshold", "value"],
      `expected a number from 0 to ${most}, found ${threshold.value}`,
    )
  }
}

/** The rules for `spec.strategy.canary` (spec/rollouts §1.16, 7 to 20). */
export function validateCanary(sink: IssueSink, canary: CanaryStrategy): void {
  boundIssues(sink, "maxSurge", canary.maxSurge)
  boundIssues(sink, "maxUnavailable", canary.maxUnavailable)
  if (isZero(canary.maxSurge) && isZero(canary.maxUnavailable)) {
    invalid(
      sink,
      ["maxUnavailable"],
      "and maxSurge cannot both be zero: no pod could ever be replaced",
    )
  }
  if (canary.canaryService !== undefined && canary.canaryService === canary.stableService) {
    invalid(
      sink,
      ["canaryService"],
      `and stableService are the same Service "${canary.canaryService}"`,
    )
  }
  wholeNumber(sink, "scaleDownDelaySeconds", canary.scaleDownDelaySeconds)
  wholeNumber(sink, "scaleDownDelayRevisionLimit", canary.scaleDownDelayRevisionLimit)
  wholeNumber(sink, "abortScaleDownDelaySeconds", canary.abortScaleDownDelaySeconds)
  wholeNumber(sink, "minPodsPerReplicaSet", canary.minPodsPerReplicaSet, 1)
  thresholdIssues(sink, canary)
  routingIssues(sink, canary)
  validateAnalysisReference(below(sink, "analysis"), canary.analysis)
  const weightMax = canary.trafficRouting?.maxTrafficWeight ?? 100
  const isRouted = canary.trafficRouting !== undefined
  for (const [index, step] of (canary.steps ?? []).entries()) {
    stepIssues(below(sink, "steps", index), step, weightMax, isRouted)
  }
}
