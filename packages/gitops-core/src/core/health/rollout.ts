import type { UntypedObject } from "@argo-ts/kernel"
import { annotation } from "../annotations.js"
import { at, conditionOf, numberAt, objectsAt, textAt } from "../read.js"
import { type Health, type HealthRule, health } from "./health.js"

const unobserved = "Waiting for rollout spec update to be observed"
const waiting = "Waiting for roll out to finish:"
const workloadGeneration = "rollout.argoproj.io/workload-generation"

/** `argoproj.io Rollout`: what its status says, and for statuses without a phase what its replicas say. */
export const rolloutHealth: HealthRule = (object) => {
  const status = at(object, "status")
  if (status === undefined || !isGenerationObserved(object))
    return health("Progressing", unobserved)
  const failure = failureOf(object)
  if (failure !== undefined) return failure
  if (!isWorkloadObserved(object)) return health("Progressing", unobserved)
  const phase = textAt(status, "phase")
  if (phase !== undefined && phase !== "") return phaseHealth(phase, textAt(status, "message"))
  const isPaused =
    at(object, "spec", "paused") === true ||
    at(status, "controllerPause") === true ||
    objectsAt(status, "pauseConditions").length > 0
  if (isPaused) return health("Suspended", "Rollout is paused")
  return replicasHealth(object)
}

function phaseHealth(phase: string, message: string | undefined): Health {
  switch (phase) {
    case "Paused":
      return health("Suspended", message)
    case "Healthy":
    case "Progressing":
    case "Degraded":
      return health(phase, message)
    default:
      return health("Unknown", message)
  }
}

/** Old controllers wrote a hash; what is no number up to the generation is believed. */
function isObserved(observed: string | undefined, wanted: number): boolean {
  const number = observed !== undefined && /^\d+$/.test(observed) ? Number(observed) : undefined
  return number === undefined || number >= wanted
}

function isGenerationObserved(object: UntypedObject): boolean {
  const observed = textAt(object, "status", "observedGeneration")
  return observed !== undefined && isObserved(observed, object.metadata.generation ?? 0)
}

function isWorkloadObserved(object: UntypedObject): boolean {
  const wanted = annotation(object, workloadGeneration)
  if (at(object, "spec", "workloadRef") === undefined || wanted === undefined) return true
  return isObserved(textAt(object, "status", "workloadObservedGeneration"), Number(wanted))
}

function failureOf(object: UntypedObject): Health | undefined {
  const invalid = conditionOf(object, "InvalidSpec")
  if (invalid !== undefined) return health("Degraded", textAt(invalid, "message"))
  const progressing = conditionOf(object, "Progressing")
  const reason = textAt(progressing, "reason")
  return reason === "RolloutAborted" || reason === "ProgressDeadlineExceeded"
    ? health("Degraded", textAt(progressing, "message"))
    : undefined
}

function replicasHealth(object: UntypedObject): Health {
  const status = (field: string): number => numberAt(object, "status", field) ?? 0
  const updated = status("updatedReplicas")
  const isCanary = at(object, "spec", "strategy", "canary") !== undefined
  if (updated < (numberAt(object, "spec", "replicas") ?? 1)) {
    return health("Progressing", `${waiting} More replicas need to be updated`)
  }
  if (isCanary && status("replicas") > updated) {
    return health("Progressing", `${waiting} old replicas are pending termination`)
  }
  if (status("availableReplicas") < updated) {
    return health("Progressing", `${waiting} updated replicas are still becoming available`)
  }
  const current = textAt(object, "status", "currentPodHash")
  const active = textAt(object, "status", "blueGreen", "activeSelector")
  if (!isCanary && active !== undefined && active !== current) {
    return health("Progressing", `${waiting} active Service cutover pending`)
  }
  return health("Healthy")
}
