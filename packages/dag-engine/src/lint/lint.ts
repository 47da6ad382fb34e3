import {
  type Issue,
  type IssuePath,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from "@argo-ts/kernel"
import type { CronWorkflow } from "../api/cron-workflow.js"
import type { WorkflowEventBinding } from "../api/event-binding.js"
import { inspectManifest } from "../api/parse.js"
import type { Template } from "../api/template.js"
import type { WorkflowSpec } from "../api/workflow.js"
import { checkEventBinding } from "./binding.js"
import { checkCronWorkflow } from "./cron.js"
import { checkUnit } from "./spec.js"
import type { LintIssue, Unit, World } from "./world.js"

/** How lint judges. */
export interface LintOptions {
  /**
   * True: the manifests are everything there is, so that a reference to a template that is not among them is an error,
   * and a stored template that nothing calls is noticed. Default false.
   */
  readonly isClosed?: boolean
}

/**
 * Judges workflows and stored templates together, all issues at once: every rule of upstream's lint, and what it skips —
 * each expression and tag with its names in their exact scope, values that may be absent, types that clash, phases that do
 * not exist, templates, tasks and handlers that never run, and calls across manifests. Never throws for any input; kinds
 * that are not this engine's have no issues. Paths are those of the manifest.
 */
export function lintWorkflows(
  manifests: readonly unknown[],
  options: LintOptions = {},
): readonly LintIssue[] {
  const units: Unit[] = []
  const objects: { readonly manifest: number; readonly object: JsonObject }[] = []
  const world: World = { units, isClosed: options.isClosed === true, issues: [] }
  for (const [manifest, value] of manifests.entries()) {
    const { issues, object } = inspectManifest(value)
    for (const issue of issues) world.issues.push({ ...issue, manifest, severity: "error" })
    if (object === undefined) continue
    objects.push({ manifest, object })
    units.push(...unitsOf(manifest, object))
  }
  for (const unit of units) checkUnit(world, unit)
  for (const { manifest, object } of objects) {
    if (object["kind"] === "CronWorkflow") {
      checkCronWorkflow(world, { manifest }, object as unknown as CronWorkflow)
    } else if (object["kind"] === "WorkflowEventBinding") {
      checkEventBinding(world, { manifest }, object as unknown as WorkflowEventBinding)
    }
  }
  return merged(world.issues)
}

function unitsOf(manifest: number, object: JsonObject): readonly Unit[] {
  const kind = String(object["kind"])
  if (kind === "WorkflowEventBinding") return []
  const metadata = isJsonObject(object["metadata"]) ? object["metadata"] : {}
  const name = typeof metadata["name"] === "string" ? metadata["name"] : ""
  const spec = isJsonObject(object["spec"]) ? object["spec"] : {}
  const inner = kind === "CronWorkflow" ? spec["workflowSpec"] : spec
  if (!isJsonObject(inner)) return []
  const at: IssuePath = kind === "CronWorkflow" ? ["spec", "workflowSpec"] : ["spec"]
  const workflowSpec = inner as unknown as WorkflowSpec
  const templates = new Map<string, Template>()
  for (const template of workflowSpec.templates ?? []) {
    if (template.name !== undefined) templates.set(template.name, template)
  }
  const isRun = kind === "Workflow" || kind === "CronWorkflow"
  // A CronWorkflow's own labels stay with it: `workflowMetadata` is for its runs.
  const given = kind === "CronWorkflow" ? spec["workflowMetadata"] : metadata
  const labels = keysOf(given, "labels")
  const annotations = keysOf(given, "annotations")
  return [{ manifest, kind, name, at, spec: workflowSpec, templates, labels, annotations, isRun }]
}

function keysOf(metadata: JsonValue | undefined, field: string): readonly string[] {
  const map = isJsonObject(metadata) ? metadata[field] : undefined
  return isJsonObject(map) ? Object.keys(map) : []
}

/** Validation and lint find some things both: the finding with the longer path says more. */
function merged(issues: readonly LintIssue[]): readonly LintIssue[] {
  const kept: LintIssue[] = []
  const groups = new Map<string, LintIssue[]>()
  for (const issue of issues) {
    const key = `${issue.manifest}\n${issue.code}\n${subjectOf(issue)}`
    const group = groups.get(key) ?? []
    groups.set(key, group)
    const same = group.findIndex(
      (other) => isWithin(other.path, issue.path) || isWithin(issue.path, other.path),
    )
    const other = group[same]
    if (other === undefined) {
      group.push(issue)
      kept.push(issue)
    } else if (issue.path.length > other.path.length) {
      group[same] = issue
      kept[kept.indexOf(other)] = issue
    }
  }
  return kept
}

/** What a finding is about: the name or tag that it tells of, else its words. */
function subjectOf(issue: Issue): string {
  const tag = /\{\{[^}]*\}\}|(?<=^failed to resolve )[^:]+(?=:)/.exec(issue.message)?.[0]
  return tag ?? issue.message.replace(/^failed to evaluate expression: /, "")
}

function isWithin(outer: IssuePath, inner: IssuePath): boolean {
  return outer.length <= inner.length && outer.every((part, index) => part === inner[index])
}
