import type { Issue } from "@argo-ts/kernel"
import type { Template } from "../template.js"
import type { WorkflowSpec } from "../workflow.js"
import { checkArguments, missingInputs } from "./arguments.js"
import { checkHook, checkName } from "./calls.js"
import { type Context, checkCollection, checkFieldName, didYouMean, report } from "./context.js"
import { checkSynchronization } from "./synchronization.js"
import { checkTemplate } from "./template.js"

/** Every rule that concerns a spec, all issues at once. */
export function checkSpec(
  spec: WorkflowSpec,
  options: { readonly isWorkflow: boolean },
): readonly Issue[] {
  const templates = new Map<string, Template>()
  for (const template of spec.templates ?? []) {
    if (template.name !== undefined) templates.set(template.name, template)
  }
  const context: Context = { issues: [], spec, templates, isWorkflow: options.isWorkflow }
  checkTemplateList(context)
  checkEntrypoint(context)
  checkExit(context)
  if (spec.arguments !== undefined) {
    checkArguments(context, ["spec", "arguments"], spec.arguments, "workflow")
  }
  checkNumbers(context)
  checkCollection(context, ["spec", "artifactGC"], spec.artifactGC)
  if (spec.synchronization !== undefined) {
    checkSynchronization(context, ["spec", "synchronization"], spec.synchronization)
  }
  return context.issues
}

function checkTemplateList(context: Context): void {
  const { spec } = context
  const seen = new Set<string>()
  for (const [index, template] of (spec.templates ?? []).entries()) {
    const path = ["spec", "templates", index]
    const { name } = template
    if (name === undefined || name === "") {
      report(context, [...path, "name"], "a template needs a name")
    } else {
      checkFieldName(context, path, name, "template")
      if (seen.has(name)) {
        const message = `the template name "${name}" is there twice`
        report(context, [...path, "name"], message, { code: "DuplicateName" })
      }
      seen.add(name)
    }
    checkTemplate(context, path, template)
  }
}

function checkEntrypoint(context: Context): void {
  const { spec, templates, isWorkflow } = context
  const isReferring = spec.workflowTemplateRef !== undefined
  if (isReferring && (spec.templates?.length ?? 0) > 0) {
    const message = "a workflow with workflowTemplateRef has no templates of its own"
    report(context, ["spec", "templates"], message)
  }
  if (isReferring && spec.workflowTemplateRef?.name === "") {
    report(context, ["spec", "workflowTemplateRef", "name"], "names the WorkflowTemplate to run")
  }
  if (isReferring) return
  if (isWorkflow && (spec.templates?.length ?? 0) === 0) {
    report(context, ["spec", "templates"], "a workflow needs at least one template")
  }
  const { entrypoint } = spec
  if (entrypoint === undefined || entrypoint === "") {
    if (isWorkflow)
      report(context, ["spec", "entrypoint"], "names the template to run, and is missing")
    return
  }
  const template = templates.get(entrypoint)
  if (template === undefined) {
    report(
      context,
      ["spec", "entrypoint"],
      `names the template "${entrypoint}", which does not exist`,
      {
        code: "UnknownTemplate",
        ...didYouMean(entrypoint, templates.keys()),
      },
    )
    return
  }
  if (!isWorkflow) return
  for (const missing of missingInputs(template, spec.arguments)) {
    const message = `the entry template "${entrypoint}" needs ${missing}, which nothing supplies`
    report(context, ["spec", "arguments"], message, { code: "MissingArgument" })
  }
}

function checkExit(context: Context): void {
  const { spec } = context
  if (spec.workflowTemplateRef !== undefined) return
  checkName(context, ["spec"], "onExit", spec.onExit)
  for (const [name, hook] of Object.entries(spec.hooks ?? {})) {
    checkHook(context, ["spec", "hooks", name], name, hook)
  }
}

function checkNumbers(context: Context): void {
  const { spec } = context
  const { activeDeadlineSeconds, parallelism } = spec
  if (activeDeadlineSeconds !== undefined && activeDeadlineSeconds < 0) {
    report(
      context,
      ["spec", "activeDeadlineSeconds"],
      `counts seconds, found ${activeDeadlineSeconds}`,
    )
  }
  if (parallelism !== undefined && parallelism < 0) {
    report(context, ["spec", "parallelism"], `counts pods, found ${parallelism}`)
  }
}
