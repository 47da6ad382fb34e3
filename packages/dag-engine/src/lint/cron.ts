import { instantValue } from "@argo-ts/expr/values"
import { epochMs } from "@argo-ts/kernel"
import type { CronWorkflow } from "../api/cron-workflow.js"
import { withoutTag } from "../cron/conditions.js"
import { readSchedules } from "../cron/schedules.js"
import { checkExpression } from "./expressions.js"
import { open, type Scope, type Sight, unknown } from "./scope.js"
import { hintOf, type Place, report, type World } from "./world.js"

/** Judges what a CronWorkflow has besides its workflow: schedules, zone and conditions. */
export function checkCronWorkflow(world: World, place: Place, { spec }: CronWorkflow): void {
  const schedules = readSchedules(spec)
  if (!schedules.ok) {
    for (const { path, ...finding } of schedules.issues) report(world, place, path, finding)
  }
  const { when = "", stopStrategy } = spec
  checkExpression(world, place, { path: ["spec", "when"], source: withoutTag(when) }, cronScope)
  const path = ["spec", "stopStrategy", "expression"]
  checkExpression(world, place, { path, source: stopStrategy?.expression ?? "" }, cronScope)
}

const text: Sight = { is: "value", sample: "1" }
const count: Sight = { is: "value", sample: 1 }
const fields: { readonly [name: string]: Sight } = {
  name: text,
  namespace: text,
  labels: open,
  annotations: open,
  failed: count,
  succeeded: count,
  hasLastScheduledTime: open,
  lastScheduledTime: {
    is: "value",
    sample: instantValue(epochMs(0)),
    absent: "before the first run it is nil",
  },
}

/** `cronworkflow.…`, the only name there is. */
const cronScope: Scope = ([root = "", field, item]) => {
  if (root !== "cronworkflow") {
    return unknown("there is nothing but cronworkflow here", hintOf(root, ["cronworkflow"]))
  }
  if (field === undefined) return open
  if (!Object.hasOwn(fields, field)) {
    const names = Object.keys(fields)
    return unknown(`there is no cronworkflow.${field}`, hintOf(field, names))
  }
  return item === undefined ? fields[field] : open
}
