import { own, sha256 } from "@argo-ts/kernel"
import { annotation } from "./annotations.js"

const labelMax = 63

/** The value of the label `stage`: the name, or, where that is too long for a label, its start and a hash of it. */
export function stageLabelValue(stage: string): string {
  if (stage.length <= labelMax) return stage
  const hash = sha256(stage).slice(0, 8)
  return `${stage.slice(0, labelMax - hash.length - 1).replace(/[-.]+$/, "")}-${hash}`
}

/** What names the Stage on Promotions and AnalysisRuns; the annotation has the full name where the label cannot. */
export function stageLabel(stage: string): {
  readonly labels: { readonly [name: string]: string }
  readonly annotations: { readonly [name: string]: string }
} {
  const value = stageLabelValue(stage)
  return {
    labels: { [annotation.stage]: value },
    annotations: value === stage ? {} : { [annotation.stage]: stage },
  }
}

/** The Stage that an object names. */
export function stageNamedBy(metadata: {
  readonly labels?: { readonly [name: string]: string }
  readonly annotations?: { readonly [name: string]: string }
}): string | undefined {
  return own(metadata.annotations, annotation.stage) ?? own(metadata.labels, annotation.stage)
}
