import type { CanaryStep, PauseStep } from "../api/canary.js"
import { parseDurationMs } from "./durations.js"

/** The step an update stands at; undefined when all are done. */
export function currentStep(
  steps: readonly CanaryStep[],
  index: number | undefined,
): CanaryStep | undefined {
  return steps[index ?? 0]
}

function weightAtOrBefore(steps: readonly CanaryStep[], from: number): number {
  for (let index = Math.min(from, steps.length - 1); index >= 0; index--) {
    const weight = steps[index]?.setWeight
    if (weight !== undefined) return weight
  }
  return 0
}

/** The weight the steps ask for at `index`: all when none is left, else the nearest `setWeight` so far. */
export function weightAt(
  steps: readonly CanaryStep[],
  index: number | undefined,
  weightMax: number,
): number {
  const at = index ?? 0
  return at >= steps.length ? weightMax : weightAtOrBefore(steps, at)
}

/** The weight that was reached before the step at `index`. */
export function weightBefore(steps: readonly CanaryStep[], index: number | undefined): number {
  return weightAtOrBefore(steps, (index ?? 0) - 1)
}

/** What `setCanaryScale` asks for at `index`: pods, a weight to provide pods for, or nothing. */
export function canaryScaleAt(
  steps: readonly CanaryStep[],
  index: number | undefined,
): { readonly replicas?: number; readonly weight?: number } | undefined {
  const at = index ?? 0
  if (at >= steps.length) return undefined
  for (let each = at; each >= 0; each--) {
    const scale = steps[each]?.setCanaryScale
    if (scale === undefined) continue
    if (scale.matchTrafficWeight === true) return undefined
    if (scale.replicas !== undefined) return { replicas: scale.replicas }
    return scale.weight === undefined ? undefined : { weight: scale.weight }
  }
  return undefined
}

/** How long a pause step lasts; undefined: until somebody resumes it. */
export function pauseDurationMs(pause: PauseStep): number | undefined {
  if (pause.duration === undefined) return undefined
  if (typeof pause.duration === "number") return pause.duration * 1000
  return parseDurationMs(pause.duration)
}

/** A step in the words of a person: `set weight to 20`. */
export function describeStep(step: CanaryStep): string {
  if (step.setWeight !== undefined) return `set weight to ${step.setWeight}`
  if (step.pause !== undefined) {
    return step.pause.duration === undefined ? "pause" : `pause for ${step.pause.duration}`
  }
  if (step.analysis !== undefined) return "analysis"
  if (step.setCanaryScale !== undefined) {
    const { replicas, weight } = step.setCanaryScale
    if (replicas !== undefined) return `scale the canary to ${replicas}`
    return weight === undefined
      ? "scale the canary by weight"
      : `scale the canary for weight ${weight}`
  }
  return "step"
}
