import type { IssuePath } from "@argo-ts/kernel"
import { compileTemplated } from "../../core/languages.js"
import type { LifecycleHook, WorkflowStep } from "../step.js"
import type { Template } from "../template.js"
import { checkArguments, missingInputs } from "./arguments.js"
import { type Context, didYouMean, hasTag, report } from "./context.js"

/** Every rule that steps and tasks share. */
export function checkCall(
  context: Context,
  path: IssuePath,
  step: WorkflowStep,
  what: string,
): void {
  const named =
    Number((step.template ?? "") !== "") +
    Number(step.templateRef !== undefined) +
    Number(step.inline !== undefined)
  if (named !== 1) {
    const message = `the ${what} "${step.name}" names exactly one of template, templateRef, inline; found ${named}`
    report(context, path, message)
  }
  checkLoop(context, path, step)
  checkTarget(context, path, step, what)
  if (step.inline !== undefined) checkInline(context, path, step.inline)
  for (const [name, hook] of Object.entries(step.hooks ?? none)) {
    checkHook(context, [...path, "hooks", name], name, hook)
  }
  checkName(context, path, "onExit", step.onExit)
  if (step.arguments !== undefined)
    checkArguments(context, [...path, "arguments"], step.arguments, "call")
}

const none: { readonly [name: string]: LifecycleHook } = {}

/** Checks one hook of a step, a task or the workflow. */
export function checkHook(
  context: Context,
  path: IssuePath,
  name: string,
  hook: LifecycleHook,
): void {
  if (name !== "exit" && (hook.expression ?? "") === "") {
    const message = `the hook "${name}" needs an expression: only "exit" goes without`
    report(context, [...path, "expression"], message)
  }
  const { fault } = compileTemplated(hook.expression ?? "true")
  if (fault !== undefined) {
    report(context, [...path, "expression"], fault, { code: "InvalidExpression" })
  }
  checkName(context, path, "template", hook.template)
  if (hook.arguments !== undefined) {
    checkArguments(context, [...path, "arguments"], hook.arguments, "call")
  }
}

const loopFields = ["withItems", "withParam", "withSequence"] as const

function checkLoop(context: Context, path: IssuePath, step: WorkflowStep): void {
  const loops = loopFields.filter((field) => step[field] !== undefined && step[field] !== "")
  if (loops.length > 1) report(context, path, `has one loop at most, found ${loops.join(" and ")}`)
  const sequence = step.withSequence
  if (sequence === undefined) return
  const at = [...path, "withSequence"]
  if ((sequence.count === undefined) === (sequence.end === undefined)) {
    report(context, at, "needs exactly one of count and end")
  }
  for (const field of ["count", "start", "end"] as const) {
    const value = sequence[field]
    if (value === undefined || hasTag(String(value)) || /^-?\d+$/.test(String(value).trim()))
      continue
    report(context, [...at, field], `is a whole number, found ${JSON.stringify(value)}`)
  }
}

function checkTarget(context: Context, path: IssuePath, step: WorkflowStep, what: string): void {
  const { templateRef } = step
  if (templateRef !== undefined) {
    for (const field of ["name", "template"] as const) {
      if ((templateRef[field] ?? "") === "") {
        report(context, [...path, "templateRef", field], "is required, and missing")
      }
    }
  }
  if (step.template === undefined || hasTag(step.template)) return
  if (!checkName(context, path, "template", step.template)) return
  const template = context.templates.get(step.template)
  if (template === undefined) return
  for (const missing of missingInputs(template, step.arguments)) {
    const message = `the ${what} "${step.name}" calls "${step.template}", which needs ${missing}`
    report(context, [...path, "arguments"], message, { code: "MissingArgument" })
  }
}

/** Checks that the template which a field of `path` names exists. */
export function checkName(
  context: Context,
  path: IssuePath,
  field: string,
  name: string | undefined,
): boolean {
  if (name === undefined || name === "" || hasTag(name) || context.templates.has(name)) return true
  report(context, [...path, field], `names the template "${name}", which does not exist`, {
    code: "UnknownTemplate",
    ...didYouMean(name, context.templates.keys()),
  })
  return false
}

function checkInline(context: Context, path: IssuePath, inline: Template): void {
  const inner = [...(inline.steps ?? []).flat(), ...(inline.dag?.tasks ?? [])]
  if (inner.some((step) => step.inline !== undefined)) {
    report(context, [...path, "inline"], "an inline template has no inline templates of its own")
  }
}
