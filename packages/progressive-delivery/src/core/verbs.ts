import {
  type EpochMs,
  formatInstant,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from "@argo-ts/kernel"
import type { ReplicaSet } from "../api/foreign.js"
import type { Rollout } from "../api/rollout.js"
import { hashLabel } from "./labels.js"
import { byRevision, toSetView } from "./view.js"

/** One write an operator's verb consists of: a merge patch, or a JSON patch. */
export type VerbPatch =
  | {
      readonly type: "merge"
      /** `status` where the patch goes to that subresource. */
      readonly subresource?: "status"
      readonly patch: JsonObject
    }
  | {
      readonly type: "json"
      readonly operations: readonly {
        readonly op: "replace"
        readonly path: string
        readonly value: JsonValue
      }[]
    }

const ofSpec = (spec: JsonObject): VerbPatch => ({ type: "merge", patch: { spec } })
const ofStatus = (status: JsonObject): VerbPatch => ({
  type: "merge",
  subresource: "status",
  patch: { status },
})

/** Stops progress until {@link resume}. */
export function pause(): readonly VerbPatch[] {
  return [ofSpec({ paused: true })]
}

/** Goes on after {@link pause}. */
export function resume(): readonly VerbPatch[] {
  return [ofSpec({ paused: false })]
}

/** Ends the pause, or skips the step the rollout stands at (spec/rollouts §2.8). */
export function promote(rollout: Rollout): readonly VerbPatch[] {
  const { spec, status = {} } = rollout
  const unpause = spec.paused === true ? resume() : []
  const steps = spec.strategy?.canary?.steps ?? []
  const index = status.currentStepIndex ?? 0
  const conditions = status.pauseConditions ?? []
  const isInconclusive = conditions.some(({ reason }) => reason === "InconclusiveAnalysisRun")
  if (isInconclusive && steps[index]?.analysis !== undefined) {
    const next = Math.min(index + 1, steps.length)
    return [
      ...unpause,
      ofStatus({ pauseConditions: null, controllerPause: false, currentStepIndex: next }),
    ]
  }
  if (conditions.length > 0) return [...unpause, ofStatus({ pauseConditions: null })]
  if (unpause.length > 0 || steps.length === 0 || index >= steps.length) return unpause
  return [ofStatus({ currentStepIndex: index + 1, pauseConditions: null })]
}

/** Skips everything that is left of the update; nothing where there is no update. */
export function promoteFull(rollout: Rollout): readonly VerbPatch[] {
  const { spec, status = {} } = rollout
  const unpause = spec.paused === true ? resume() : []
  const isUpdating =
    status.currentPodHash !== undefined && status.currentPodHash !== status.stableRS
  return isUpdating ? [...unpause, ofStatus({ promoteFull: true })] : unpause
}

/** Returns to the last good version and stays there until {@link retry} or a new template. */
export function abort(): readonly VerbPatch[] {
  return [ofStatus({ abort: true })]
}

/** Starts an aborted update again from its first step. */
export function retry(): readonly VerbPatch[] {
  return [ofStatus({ abort: false })]
}

/** Replaces all pods, a few at a time, now or at a later instant. */
export function restart(at: EpochMs): readonly VerbPatch[] {
  return [ofSpec({ restartAt: formatInstant(at) })]
}

function withoutHash(template: JsonObject): JsonObject {
  const metadata = isJsonObject(template["metadata"]) ? template["metadata"] : {}
  const labels = isJsonObject(metadata["labels"]) ? metadata["labels"] : {}
  const { [hashLabel]: _, ...rest } = labels
  return { ...template, metadata: { ...metadata, labels: rest } }
}

/**
 * Returns to the template of an earlier revision, by default the one before the newest. Nothing where there is no
 * such revision.
 */
export function undo(
  replicaSets: readonly ReplicaSet[],
  toRevision?: number,
): readonly VerbPatch[] {
  const sets = replicaSets.map(toSetView).toSorted(byRevision)
  const wanted =
    toRevision === undefined || toRevision === 0
      ? sets[1]
      : sets.find((set) => set.revision === toRevision)
  const template = wanted?.object.spec.template
  if (template === undefined) return []
  return [
    {
      type: "json",
      operations: [{ op: "replace", path: "/spec/template", value: withoutHash(template) }],
    },
  ]
}

/** Sets the image of the named container, or of all with `*`; nothing where no container has that name. */
export function setImage(rollout: Rollout, container: string, image: string): readonly VerbPatch[] {
  const { template } = rollout.spec
  const spec = template?.["spec"]
  if (!isJsonObject(spec)) return []
  const operations: { op: "replace"; path: string; value: JsonValue }[] = []
  for (const list of ["containers", "initContainers", "ephemeralContainers"]) {
    const containers = spec[list]
    if (!Array.isArray(containers)) continue
    for (const [index, each] of (containers as readonly JsonValue[]).entries()) {
      if (!isJsonObject(each) || (container !== "*" && each["name"] !== container)) continue
      operations.push({
        op: "replace",
        path: `/spec/template/spec/${list}/${index}/image`,
        value: image,
      })
    }
  }
  return operations.length === 0 ? [] : [{ type: "json", operations }]
}

/** Ends an AnalysisRun; what was good so far stays good. */
export function terminateRun(): readonly VerbPatch[] {
  return [ofSpec({ terminate: true })]
}
