import {
  byEach,
  compareText,
  type KubernetesObject,
  parseApiVersion,
  type UntypedObject,
} from "@argo-ts/kernel"
import type { Line, ReadModel } from "./model.js"
import { applicationLine } from "./panels/applications.js"
import { eventLine } from "./panels/events.js"
import { freightLine, promotionLine, stageLine } from "./panels/promotion.js"
import { rolloutLine } from "./panels/rollouts.js"
import { workflowLine } from "./panels/workflows.js"

const byName = byEach<KubernetesObject>(
  (left, right) => compareText(left.metadata.namespace ?? "", right.metadata.namespace ?? ""),
  (left, right) => compareText(left.metadata.name ?? "", right.metadata.name ?? ""),
)

function attentionTo(kind: string, lines: readonly Line[]): ReadModel["attention"] {
  return lines
    .filter((line) => line.tone === "bad")
    .map(({ namespace, name, tone, state, message }) => ({
      namespace,
      name,
      tone,
      state,
      message,
      kind,
    }))
}

/**
 * What a screen shows of a cluster. Pure: objects in any order in, JSON out; objects of other kinds are ignored, and
 * missing statuses read as unknown.
 */
export function readModel(objects: readonly (KubernetesObject | UntypedObject)[]): ReadModel {
  const groups = new Map<string, KubernetesObject[]>()
  for (const object of objects) {
    const key = `${parseApiVersion(object.apiVersion).group}/${object.kind}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [object])
    else group.push(object)
  }
  const all = (key: string): readonly KubernetesObject[] => (groups.get(key) ?? []).toSorted(byName)
  const argo = (kind: string): readonly KubernetesObject[] => all(`argoproj.io/${kind}`)
  const kargo = (kind: string): readonly KubernetesObject[] => all(`kargo.akuity.io/${kind}`)
  const sets = all("apps/ReplicaSet")
  const runs = argo("AnalysisRun")
  const applications = argo("Application").map(applicationLine)
  const rollouts = argo("Rollout").map((object) => rolloutLine(object, sets, runs))
  const workflows = argo("Workflow").map(workflowLine)
  const stages = kargo("Stage").map(stageLine)
  const promotions = kargo("Promotion").map(promotionLine)
  const sources = argo("EventSource").map((object) => eventLine(object, "EventSource"))
  const sensors = argo("Sensor").map((object) => eventLine(object, "Sensor"))
  const events = [...sources, ...sensors]
  return {
    applications,
    rollouts,
    workflows,
    stages,
    freight: kargo("Freight").map(freightLine),
    promotions,
    events,
    attention: [
      ...attentionTo("Application", applications),
      ...attentionTo("Rollout", rollouts),
      ...attentionTo("Workflow", workflows),
      ...attentionTo("Stage", stages),
      ...attentionTo("Promotion", promotions),
      ...events.flatMap((line) => attentionTo(line.kind, [line])),
    ],
  }
}
