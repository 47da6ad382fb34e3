import { type ReadModel, readModel, type Tone } from "@argo-ts/dashboard"
import { compareText, type EpochMs, type KubernetesObject } from "@argo-ts/kernel"
import { explainObject } from "../explain.js"

const marks: Readonly<Record<Tone, string>> = {
  good: "✔",
  busy: "●",
  waiting: "◷",
  bad: "✖",
  unknown: "·",
}

/** Everything the tree is drawn from. */
interface Sight {
  readonly objects: readonly KubernetesObject[]
  readonly model: ReadModel
  readonly now: EpochMs
}

/** Why an object is where it is, indented below it; nothing where all is well. */
function reasons(sight: Sight, kind: string, namespace: string, name: string): readonly string[] {
  const object = sight.objects.find(
    (each) =>
      each.kind === kind && each.metadata.namespace === namespace && each.metadata.name === name,
  )
  if (object === undefined) return []
  return explainObject(object, sight.objects, sight.now).map((sentence) => `      ${sentence}`)
}

function workflowLines(sight: Sight): readonly string[] {
  const latest = sight.model.workflows.toSorted((left, right) =>
    left.startedAt < right.startedAt ? 1 : -1,
  )[0]
  if (latest === undefined) return []
  const steps = latest.nodes.filter((node) => node.type === "Pod")
  const row = steps.map((node) => `${marks[node.tone]} ${node.name}`).join("  ")
  const why =
    latest.tone === "good" ? [] : reasons(sight, "Workflow", latest.namespace, latest.name)
  return [`${marks[latest.tone]} workflow ${latest.name}   ${row}`, ...why]
}

function environmentLines(sight: Sight, stage: string): readonly string[] {
  const { model } = sight
  const lines: string[] = []
  for (const application of model.applications.filter(({ name }) => name === `shop-${stage}`)) {
    const { tone, name, namespace, sync, health } = application
    lines.push(`   ${marks[tone]} application ${name}: ${sync}, ${health}`)
    if (tone !== "good") lines.push(...reasons(sight, "Application", namespace, name))
  }
  for (const rollout of model.rollouts.filter(({ namespace }) => namespace === `shop-${stage}`)) {
    const { tone, name, namespace, state, weight } = rollout
    lines.push(`   ${marks[tone]} rollout ${name}: ${state}, ${weight} % to the new version`)
    if (tone !== "good") lines.push(...reasons(sight, "Rollout", namespace, name))
    for (const run of rollout.analyses.filter((each) => each.tone === "busy")) {
      lines.push(`   ${marks[run.tone]} analysis ${run.name}`)
      lines.push(...reasons(sight, "AnalysisRun", run.namespace, run.name))
    }
  }
  return lines
}

function stageLines(sight: Sight): readonly string[] {
  const order = ["dev", "staging", "prod"]
  const stages = sight.model.stages.toSorted(
    (left, right) => order.indexOf(left.name) - order.indexOf(right.name),
  )
  return stages.flatMap((stage) => {
    const promotion = stage.promotion === "" ? "" : `  promotion ${stage.promotion}`
    const version = stage.versions.join(", ") || "empty"
    const why = stage.tone === "good" ? [] : reasons(sight, "Stage", stage.namespace, stage.name)
    return [
      `${marks[stage.tone]} stage ${stage.name}: ${version}${promotion}`,
      ...why,
      ...environmentLines(sight, stage.name),
    ]
  })
}

/** What keeps the newest Freight from the stages it is not in yet. */
function freightLines(sight: Sight): readonly string[] {
  const newest = sight.objects
    .filter((object) => object.kind === "Freight")
    .toSorted((left, right) => compareText(createdAt(right), createdAt(left)))[0]
  if (newest === undefined) return []
  const sentences = explainObject(newest, sight.objects, sight.now)
  return sentences.map((sentence) => `   ${sentence}`)
}

function createdAt(object: KubernetesObject): string {
  return object.metadata.creationTimestamp ?? ""
}

/** What is going on, and what waits for what: a screenful of lines. */
export function treeLines(objects: readonly KubernetesObject[], now: EpochMs): readonly string[] {
  const sight = { objects, model: readModel(objects), now }
  const clock = new Date(now).toISOString().slice(11, 19)
  return [
    `virtual time ${clock}`,
    ...workflowLines(sight),
    ...freightLines(sight),
    ...stageLines(sight),
  ]
}
