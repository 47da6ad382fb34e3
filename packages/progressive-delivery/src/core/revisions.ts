import {
  byEach,
  compareNumber,
  compareText,
  controllerReference,
  isJsonObject,
  type JsonObject,
  own,
} from "@argo-ts/kernel"
import type { ReplicaSet } from "../api/foreign.js"
import type { RolloutAction } from "./actions.js"
import {
  desiredReplicasAnnotation,
  hashLabel,
  revisionAnnotation,
  revisionHistoryAnnotation,
} from "./labels.js"
import type { Turn } from "./turn.js"
import type { RolloutView } from "./view.js"

const historyDefault = 10
const notInherited: ReadonlySet<string> = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
])

function newestRevision(view: RolloutView): number {
  return view.all.reduce((max, set) => (set === view.newSet ? max : Math.max(max, set.revision)), 0)
}

function withHash(template: JsonObject, hash: string): JsonObject {
  const metadata = isJsonObject(template["metadata"]) ? template["metadata"] : {}
  const labels = isJsonObject(metadata["labels"]) ? metadata["labels"] : {}
  return { ...template, metadata: { ...metadata, labels: { ...labels, [hashLabel]: hash } } }
}

function textLabels(template: JsonObject): { [key: string]: string } {
  const metadata = template["metadata"]
  const labels =
    isJsonObject(metadata) && isJsonObject(metadata["labels"]) ? metadata["labels"] : {}
  return Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, String(value)]))
}

/** The ReplicaSet of the current template, with no pods yet (spec/rollouts §2.3). */
export function newReplicaSet(view: RolloutView): ReplicaSet {
  const { spec, podHash, rollout, name } = view
  const { namespace, annotations = {} } = rollout.metadata
  const inherited = Object.entries(annotations).filter(
    ([key]) => !notInherited.has(key) && !key.startsWith("notified.notifications"),
  )
  const template = withHash(view.template, podHash)
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${name}-${podHash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: textLabels(template),
      annotations: {
        ...Object.fromEntries(inherited),
        [revisionAnnotation]: String(newestRevision(view) + 1),
        [desiredReplicasAnnotation]: String(view.replicas),
      },
      ownerReferences: [controllerReference(rollout)],
    },
    spec: {
      replicas: 0,
      ...(spec.minReadySeconds === undefined ? {} : { minReadySeconds: spec.minReadySeconds }),
      selector: {
        ...spec.selector,
        matchLabels: { ...spec.selector?.matchLabels, [hashLabel]: podHash },
      },
      template,
    },
  }
}

/** Gives the new set the highest revision and repeats it on the rollout. */
export function syncRevision(turn: Turn): void {
  const { view } = turn
  const { newSet } = view
  if (newSet === undefined) return
  const highest = newestRevision(view)
  let revision = newSet.revision
  if (revision <= highest) {
    revision = highest + 1
    const history = own(newSet.object.metadata.annotations, revisionHistoryAnnotation)
    const former = newSet.revision === 0 ? [] : [String(newSet.revision)]
    const all = [...(history === undefined ? [] : [history]), ...former].join(",")
    turn.actions.push({
      type: "AnnotateReplicaSet",
      key: `${newSet.name}/revision/${revision}`,
      name: newSet.name,
      annotations: {
        [revisionAnnotation]: String(revision),
        ...(all === "" ? {} : { [revisionHistoryAnnotation]: all }),
      },
    })
  }
  if (own(view.rollout.metadata.annotations, revisionAnnotation) !== String(revision)) {
    turn.actions.push({
      type: "AnnotateRollout",
      key: `${view.name}/revision/${revision}`,
      annotations: { [revisionAnnotation]: String(revision) },
    })
  }
}

/** Deletes the oldest sets beyond `revisionHistoryLimit`; one that still has pods stays (spec/rollouts §2.3). */
export function expireHistory(view: RolloutView): readonly RolloutAction[] {
  const limit = view.spec.revisionHistoryLimit ?? historyDefault
  const surplus = view.others.length - limit
  if (surplus <= 0) return []
  const oldest = view.others.toSorted(
    byEach(
      (left, right) => compareNumber(left.createdAt, right.createdAt),
      (left, right) => compareNumber(left.revision, right.revision),
      (left, right) => compareText(left.name, right.name),
    ),
  )
  return oldest
    .slice(0, surplus)
    .filter(({ spec, current, object }) => {
      const { observedGeneration } = object.status ?? {}
      const isObserved = (observedGeneration ?? 0) >= (object.metadata.generation ?? 0)
      return (
        spec === 0 && current === 0 && isObserved && object.metadata.deletionTimestamp === undefined
      )
    })
    .map(({ name }): RolloutAction => ({ type: "DeleteReplicaSet", key: `${name}/delete`, name }))
}
