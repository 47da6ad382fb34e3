import { controllerOf, type KubernetesObject, listAt, own, textAt, valueAt } from "@argo-ts/kernel"
import { lineOf } from "../line.js"
import type { RolloutLine, VersionLine } from "../model.js"

function numberAt(value: unknown, ...path: readonly (string | number)[]): number {
  const found = valueAt(value, ...path)
  return typeof found === "number" ? found : 0
}

function hashOf(object: KubernetesObject): string {
  return own(object.metadata.labels, "rollouts-pod-template-hash") ?? ""
}

function isOwnedBy(object: KubernetesObject, owner: KubernetesObject): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid
}

function versionsOf(
  rollout: KubernetesObject,
  replicaSets: readonly KubernetesObject[],
): readonly VersionLine[] {
  const stable = textAt(rollout, "status", "stableRS")
  const current = textAt(rollout, "status", "currentPodHash")
  return replicaSets
    .filter((set) => isOwnedBy(set, rollout))
    .map((set) => {
      const hash = hashOf(set)
      return {
        hash,
        image: textAt(set, "spec", "template", "spec", "containers", 0, "image"),
        role: hash === stable ? "stable" : hash === current ? "canary" : "old",
        replicas: numberAt(set, "spec", "replicas"),
        ready: numberAt(set, "status", "readyReplicas"),
      } as const
    })
}

/** The router's weight where there is a router, the share of ready pods otherwise. */
function weightOf(rollout: KubernetesObject, versions: readonly VersionLine[]): number {
  const weight = valueAt(rollout, "status", "canary", "weights", "canary", "weight")
  if (typeof weight === "number") return weight
  const ready = versions.reduce((sum, version) => sum + version.ready, 0)
  const canary = versions.find((version) => version.role === "canary")?.ready ?? 0
  return ready === 0 ? 0 : Math.round((canary / ready) * 100)
}

/** What a screen shows of a Rollout, with its versions and its running analyses. */
export function rolloutLine(
  object: KubernetesObject,
  replicaSets: readonly KubernetesObject[],
  analysisRuns: readonly KubernetesObject[],
): RolloutLine {
  const steps = listAt(object, "spec", "strategy", "canary", "steps").length
  const versions = versionsOf(object, replicaSets)
  const isCanary = valueAt(object, "spec", "strategy", "canary") !== undefined
  return {
    ...lineOf(object, textAt(object, "status", "phase"), textAt(object, "status", "message")),
    ...(isCanary
      ? { step: Math.min(steps, numberAt(object, "status", "currentStepIndex")), steps }
      : {}),
    weight: weightOf(object, versions),
    versions,
    analyses: analysisRuns
      .filter((run) => isOwnedBy(run, object))
      .map((run) => lineOf(run, textAt(run, "status", "phase"), textAt(run, "status", "message"))),
  }
}
