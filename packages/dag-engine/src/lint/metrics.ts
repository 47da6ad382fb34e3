import type { IssuePath } from "@argo-ts/kernel"
import type { Template } from "../api/template.js"
import { firstOf, known, nodePhases, open, type Scope, unknown } from "./scope.js"
import { checkTexts } from "./texts.js"
import { hintOf, type Unit, type World } from "./world.js"

/** `metrics` of a template or workflow, and where it stands. */
export interface PlacedMetrics {
  readonly path: IssuePath
  readonly metrics: unknown
  /** Whose outputs it may name; none for the workflow's own. */
  readonly template: Template | undefined
}

/** Judges the tags of custom metrics: they see how their node went. */
export function checkMetrics(
  world: World,
  unit: Unit,
  { path, metrics, template }: PlacedMetrics,
  common: Scope,
): void {
  if (metrics === undefined) return
  checkTexts(world, unit, { path, value: metrics }, firstOf(metricScope(template), common))
}

function metricScope(template: Template | undefined): Scope {
  const declared = (template?.outputs?.parameters ?? []).map(({ name }) => name)
  return ([root, field, name]) => {
    switch (root) {
      case "status":
        return { is: "value", sample: "Succeeded", phases: nodePhases }
      case "duration":
      case "exitCode":
      case "retries":
      case "resourcesDuration":
        return known()
      case "outputs":
        if (field !== "parameters" || name === undefined) return open
        return declared.includes(name)
          ? known()
          : unknown(`the template declares no output "${name}"`, hintOf(name, declared))
      default:
        return undefined
    }
  }
}
