import {
  type EpochMs,
  formatInstant,
  formatIssue,
  type Issue,
  OperationError,
  safeEncode,
  sha1,
} from "@argo-ts/kernel"
import type { Parameter } from "../api/parameter.js"
import { parseWorkflow } from "../api/parse.js"
import type { Workflow } from "../api/workflow.js"
import { type WorkflowDefaults, withWorkflowDefaults } from "../core/effective-spec.js"

/** A manifest that is no valid Workflow; `issues` says everything that is wrong with it. */
export class InvalidWorkflowError extends OperationError {
  override readonly name: string = "InvalidWorkflowError"
  readonly issues: readonly Issue[]

  constructor(issues: readonly Issue[]) {
    const lines = issues.map(formatIssue).join("\n")
    super(`the manifest is no valid Workflow:\n${lines}`, {
      code: "InvalidWorkflow",
      retryable: false,
    })
    this.issues = issues
  }
}

/** What a caller changes about a manifest before it runs. */
export interface SubmitOptions {
  /** Values for `spec.arguments.parameters`, by name. */
  readonly arguments?: { readonly [name: string]: string | number | boolean }
  readonly entrypoint?: string
  /**
   * What the workflow has that it does not say otherwise, as a controller's `workflowDefaults`; below the stored template of
   * `workflowTemplateRef`. A run that a store knows began with what was there then. Default: nothing.
   */
  readonly workflowDefaults?: WorkflowDefaults
}

/** The Workflow of a manifest: parsed, with its arguments, a name, and what an API server would add. */
export function prepareWorkflow(manifest: unknown, options: SubmitOptions, now: EpochMs): Workflow {
  const parsed = parseWorkflow(withArguments(withDefaults(manifest, options), options))
  if (!parsed.ok) throw new InvalidWorkflowError(parsed.issues)
  const workflow = parsed.value
  const { metadata } = workflow
  const createdAt = metadata.creationTimestamp ?? formatInstant(now)
  const namespace = metadata.namespace ?? "default"
  const name = metadata.name ?? generateName(metadata.generateName ?? "workflow-", createdAt)
  const uid = metadata.uid ?? uidOf(`${namespace}/${name}/${now}`)
  return {
    ...workflow,
    metadata: { ...metadata, name, namespace, uid, creationTimestamp: createdAt },
  }
}

/** Five characters that depend on the instant only: a run on virtual time has the same name each time. */
function generateName(prefix: string, createdAt: string): string {
  return prefix + safeEncode(sha1(`${prefix}${createdAt}`).slice(0, 5))
}

function uidOf(text: string): string {
  const digits = sha1(text)
  const parts = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
  ]
  return [...parts, digits.slice(20, 32)].join("-")
}

function withDefaults(manifest: unknown, { workflowDefaults }: SubmitOptions): unknown {
  if (workflowDefaults === undefined) return manifest
  const { metadata, spec } = (manifest ?? {}) as { readonly metadata?: unknown; spec?: unknown }
  // What is no object is reported by the parser, not here.
  if (!isObject(metadata) || !isObject(spec)) return manifest
  return withWorkflowDefaults(manifest as Workflow, workflowDefaults)
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function withArguments(manifest: unknown, options: SubmitOptions): unknown {
  const given = options.arguments ?? {}
  const names = Object.keys(given)
  const { entrypoint } = options
  if (names.length === 0 && entrypoint === undefined) return manifest
  const workflow = manifest as Workflow
  // What is no object is reported by the parser, not here.
  if (typeof workflow?.spec !== "object" || workflow.spec === null) return manifest
  const parameters = new Map<string, Parameter>()
  for (const parameter of workflow.spec.arguments?.parameters ?? []) {
    parameters.set(parameter.name, parameter)
  }
  for (const name of names) {
    const { valueFrom: _from, ...parameter } = parameters.get(name) ?? { name }
    parameters.set(name, { ...parameter, value: given[name] as string })
  }
  const spec = {
    ...workflow.spec,
    arguments: { ...workflow.spec.arguments, parameters: [...parameters.values()] },
    ...(entrypoint === undefined ? {} : { entrypoint }),
  }
  return { ...workflow, spec }
}
