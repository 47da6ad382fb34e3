import {
  type EpochMs,
  failed,
  type Issue,
  type IssuePath,
  type JsonValue,
  ok,
  type Result,
  safeEncode,
  sha1,
} from "@argo-ts/kernel"
import type { WorkflowEventBinding } from "../api/event-binding.js"
import type { Parameter } from "../api/parameter.js"
import type { Workflow } from "../api/workflow.js"
import { compileExpression } from "../core/languages.js"

/** An event as `POST /api/v1/events/{namespace}/{discriminator}` brings it. */
export interface BoundEventData {
  readonly payload: JsonValue
  readonly discriminator: string
  readonly namespace: string
  /** Headers that begin with `x-`, in lower case; each with its values. */
  readonly metadata?: { readonly [header: string]: readonly string[] }
}

/**
 * The workflow that a binding submits for an event; `undefined` where its selector does not hold or it submits nothing.
 * Fails where the selector, or the expression of a parameter, cannot be evaluated.
 */
export function bindEvent(
  binding: WorkflowEventBinding,
  event: BoundEventData,
  now: EpochMs,
): Result<Workflow | undefined> {
  const names = { ...event, metadata: metadataOf(event) } as { readonly [name: string]: JsonValue }
  const { selector } = binding.spec.event
  const selected = compileExpression(selector).evaluateOver(names, now)
  if (!selected.ok) return refuse(["spec", "event", "selector"], selected.message)
  if (typeof selected.value !== "boolean") {
    return refuse(["spec", "event", "selector"], "expected true or false")
  }
  const { submit } = binding.spec
  if (!selected.value || submit === undefined) return ok(undefined)
  const parameters: Parameter[] = []
  for (const [index, parameter] of (submit.arguments?.parameters ?? []).entries()) {
    const value = valueOf(parameter, names, now)
    const path: IssuePath = [
      "spec",
      "submit",
      "arguments",
      "parameters",
      index,
      "valueFrom",
      "event",
    ]
    if (!value.ok) return refuse(path, value.message)
    parameters.push({ name: parameter.name, value: value.value })
  }
  const { name, generateName, labels, annotations } = submit.metadata ?? {}
  const prefix = generateName ?? `${submit.workflowTemplateRef.name}-`
  const suffix = safeEncode(sha1(`${prefix}${now}${JSON.stringify(event)}`).slice(0, 5))
  return ok({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: {
      name: name ?? prefix + suffix,
      namespace: event.namespace,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: {
      workflowTemplateRef: submit.workflowTemplateRef,
      ...(parameters.length === 0 ? {} : { arguments: { parameters } }),
    },
  })
}

function refuse(path: IssuePath, message: string): Result<never> {
  const issue: Issue = { code: "InvalidExpression", path, message }
  return failed([issue])
}

function metadataOf({ metadata = {} }: BoundEventData): JsonValue {
  return Object.fromEntries(
    Object.entries(metadata).filter(([name]) => name.toLowerCase().startsWith("x-")),
  ) as JsonValue
}

function valueOf(
  parameter: Parameter,
  names: { readonly [name: string]: JsonValue },
  now: EpochMs,
):
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly message: string } {
  const source = parameter.valueFrom?.event
  const fallback = parameter.value ?? parameter.valueFrom?.default ?? parameter.default
  if (source === undefined) return { ok: true, value: String(fallback ?? "") }
  const result = compileExpression(source).evaluateOver(names, now)
  if (result.ok && result.value !== null) {
    const { value } = result
    return { ok: true, value: typeof value === "string" ? value : JSON.stringify(value) }
  }
  if (fallback !== undefined) return { ok: true, value: String(fallback) }
  return { ok: false, message: result.ok ? `${source} is not there` : result.message }
}
