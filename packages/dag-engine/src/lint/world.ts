import type { Issue, IssuePath } from "@argo-ts/kernel"
import { nearestName } from "@argo-ts/kernel/validation"
import type { TemplateRef } from "../api/step.js"
import type { Template } from "../api/template.js"
import type { WorkflowSpec } from "../api/workflow.js"

/** One finding of lint. */
export interface LintIssue extends Issue {
  /** The place of the manifest in the list that was judged. */
  readonly manifest: number
  /** `error`: it cannot work. `warning`: it works, though perhaps not as meant. */
  readonly severity: "error" | "warning"
}

/** One spec among the manifests. */
export interface Unit {
  readonly manifest: number
  readonly kind: string
  readonly name: string
  /** Where `spec` lies in the manifest. */
  readonly at: IssuePath
  readonly spec: WorkflowSpec
  readonly templates: ReadonlyMap<string, Template>
  /** Names of the labels and annotations that the manifest gives a run. */
  readonly labels: readonly string[]
  readonly annotations: readonly string[]
  /** True for what runs as it stands; templates get their parameters later. */
  readonly isRun: boolean
}

/** The manifest that a finding is about. */
export type Place = Pick<Unit, "manifest">

/** Everything that is judged together, and where findings go. */
export interface World {
  readonly units: readonly Unit[]
  /** True: what the manifests name is among them, or nowhere. */
  readonly isClosed: boolean
  readonly issues: LintIssue[]
}

/** What a finding says besides its message. */
export interface Finding {
  readonly code: string
  readonly message: string
  readonly hint?: string | undefined
  readonly severity?: "error" | "warning"
}

/** Reports one finding. */
export function report(world: World, place: Place, path: IssuePath, finding: Finding): void {
  const { code, message, hint, severity = "error" } = finding
  const { manifest } = place
  const base = { manifest, code, path, message, severity }
  world.issues.push(hint === undefined ? base : { ...base, hint })
}

/** `did you mean "…"?` where a known name is near. */
export function hintOf(name: string, known: Iterable<string>): string | undefined {
  const near = nearestName(name, [...known])
  return near === undefined ? undefined : `did you mean "${near}"?`
}

/** True where a text holds a tag: its value is not known yet. */
export function hasTag(text: string): boolean {
  return text.includes("{{")
}

/** The kind of object that a reference names. */
export function referredKind(ref: Pick<TemplateRef, "clusterScope">): string {
  return ref.clusterScope === true ? "ClusterWorkflowTemplate" : "WorkflowTemplate"
}

/** The stored template object that a reference names. */
export function findUnit(
  world: World,
  ref: Pick<TemplateRef, "name" | "clusterScope">,
): Unit | undefined {
  const kind = referredKind(ref)
  return world.units.find((unit) => unit.kind === kind && unit.name === ref.name)
}

/** What a call runs. */
export interface Target {
  readonly unit: Unit
  readonly template: Template
}

/** A step, task or hook, as far as it names a template. */
export interface Call {
  readonly template?: string
  readonly templateRef?: TemplateRef
  readonly inline?: Template
}

/** The template that a call runs; `undefined` where it is not known here. */
export function targetOf(world: World, unit: Unit, call: Call): Target | undefined {
  if (call.inline !== undefined) return { unit, template: call.inline }
  const ref = call.templateRef
  if (ref !== undefined) {
    const other = findUnit(world, ref)
    const template = other?.templates.get(ref.template)
    return other === undefined || template === undefined ? undefined : { unit: other, template }
  }
  const template = unit.templates.get(call.template ?? "")
  return template === undefined ? undefined : { unit, template }
}
