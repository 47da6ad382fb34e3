import { type ReadModel, readModel, type Tone } from "@argo-ts/dashboard"
import type { KubernetesObject } from "@argo-ts/kernel"

const marks: Readonly<Record<Tone, string>> = {
  good: "✔",
  busy: "●",
  waiting: "◷",
  bad: "✖",
  unknown: "·",
}

function withMessage(state: string, message: string): string {
  return message === "" ? state : `${state}: ${message}`
}

function workflowLines(model: ReadModel): readonly string[] {
  const latest = model.workflows.toSorted((left, right) =>
    left.startedAt < right.startedAt ? 1 : -1,
  )[0]
  if (latest === undefined) return []
  const steps = latest.nodes
    .filter((node) => node.type === "Pod")
    .map((node) => `   ${marks[node.tone]} ${node.name} ${withMessage(node.state, node.message)}`)
  return [
    `${marks[latest.tone]} workflow ${latest.name} ${withMessage(latest.state, latest.message)}`,
    ...steps,
  ]
}

function stageLines(model: ReadModel): readonly string[] {
  const order = ["dev", "staging", "prod"]
  const stages = model.stages.toSorted(
    (left, right) => order.indexOf(left.name) - order.indexOf(right.name),
  )
  return stages.flatMap((stage) => {
    const promotion = stage.promotion === "" ? "" : `  promotion ${stage.promotion}`
    const rollout = model.rollouts.find((each) => each.namespace === `shop-${stage.name}`)
    const application = model.applications.find((each) => each.name === `shop-${stage.name}`)
    const lines = [
      `${marks[stage.tone]} stage ${stage.name} ${stage.versions.join(", ") || "empty"}${promotion}`,
    ]
    if (application !== undefined) {
      lines.push(
        `   ${marks[application.tone]} application ${application.sync}, ${withMessage(application.health, application.message)}`,
      )
    }
    if (rollout !== undefined) {
      const step =
        rollout.steps === undefined || rollout.steps === 0
          ? ""
          : ` step ${rollout.step}/${rollout.steps}`
      lines.push(
        `   ${marks[rollout.tone]} rollout${step} ${rollout.weight} % ${withMessage(rollout.state, rollout.message)}`,
      )
    }
    return lines
  })
}

/** What is going on, and what waits for what: a screenful of lines. */
export function treeLines(objects: readonly KubernetesObject[], now: number): readonly string[] {
  const model = readModel(objects)
  const clock = new Date(now).toISOString().slice(11, 19)
  return [`virtual time ${clock}`, ...workflowLines(model), ...stageLines(model)]
}
