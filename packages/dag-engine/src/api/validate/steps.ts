import type { IssuePath } from "@argo-ts/kernel"
import type { Template } from "../template.js"
import { checkCall } from "./calls.js"
import { type Context, checkFieldName, report } from "./context.js"

/** Every rule about `steps`. */
export function checkSteps(context: Context, path: IssuePath, template: Template): void {
  const seen = new Set<string>()
  for (const [group, steps] of (template.steps ?? []).entries()) {
    for (const [index, step] of steps.entries()) {
      const at = [...path, "steps", group, index]
      checkFieldName(context, at, step.name, "step")
      if (seen.has(step.name)) {
        const message = `the step name "${step.name}" is there twice`
        report(context, [...at, "name"], message, { code: "DuplicateName" })
      }
      seen.add(step.name)
      checkCall(context, at, step, "step")
    }
  }
}
