import type { ClusterWrite } from "@argo-ts/cluster-sim"
import { textAt } from "@argo-ts/kernel"
import type { View } from "./story/view.js"

/** Tells whether a write is the one after which the process ends itself. */
export type KillPoint = (write: ClusterWrite, view: View | undefined) => boolean

function isFixedCommit(view: View | undefined): boolean {
  return textAt(view?.get("ConfigMap", "demo/story"), "data", "step").startsWith("fixed/")
}

/** Writes of the story's fifth part, by name. */
export const killPoints: ReadonlyMap<string, KillPoint> = new Map<string, KillPoint>([
  [
    "the workflow is created",
    ({ kind, before }, view) =>
      kind.kind === "Workflow" && before === undefined && isFixedCommit(view),
  ],
  [
    "the promotion to staging runs",
    ({ kind, after }, view) =>
      kind.kind === "Promotion" &&
      textAt(after, "spec", "stage") === "staging" &&
      textAt(after, "status", "phase") === "Running" &&
      isFixedCommit(view),
  ],
  [
    "prod's canary pauses at its first step",
    ({ kind, after }, view) =>
      kind.kind === "Rollout" &&
      after?.metadata.namespace === "shop-prod" &&
      textAt(after, "status", "currentStepIndex") === "1" &&
      isFixedCommit(view),
  ],
])

/** The kill point of that name; `write 120` is the 120th write of the process. */
export function findKillPoint(name: string | undefined): KillPoint | undefined {
  const number = /^write (\d+)$/.exec(name ?? "")?.[1]
  if (number === undefined) return killPoints.get(name ?? "")
  let writes = 0
  return () => ++writes === Number(number)
}

/** Where the demo ends its process. */
export const defaultKillPoint = "prod's canary pauses at its first step"
