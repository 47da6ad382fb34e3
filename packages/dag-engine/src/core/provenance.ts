import type { TemplateRef } from "../api/step.js"
import type { CompiledCall } from "./compile-types.js"
import type { Call } from "./frame.js"
import type { NodeRecord } from "./node.js"
import type { Run } from "./run.js"
import { isLenient, placeOf, scopeOf } from "./scope.js"

/*
 * Which template a node is of. Every node tells it, also one that never ran: the name its call says, or the reference, and
 * the scope of the caller, where that name is looked up.
 */

/** Tells a new node which template it is of. */
export function tellTemplate(run: Run, node: NodeRecord, call: Call): void {
  if (!node.isFresh) return
  if (call.owner?.kind === "attempts") return repeat(node, call.owner.node)
  node.templateScope = call.frame?.template.scope.name ?? run.local.name
  if (call.source === undefined) return
  node.templateRef = refOf(run, call, call.source)
  if (node.templateRef === undefined) node.templateName = nameOf(run, call, call.source)
}

/** An attempt is of the template of its Retry node. */
function repeat(node: NodeRecord, retry: NodeRecord): void {
  node.templateName = retry.templateName
  node.templateRef = retry.templateRef
  node.templateScope = retry.templateScope
}

function nameOf(run: Run, call: Call, { template }: CompiledCall): string {
  if (template === undefined || template.isLiteral) return template?.source ?? ""
  const rendered = template.render(scopeOf(run, placeOf(call)), isLenient)
  return rendered.ok ? rendered.value : template.source
}

function refOf(run: Run, call: Call, { templateRef }: CompiledCall): TemplateRef | undefined {
  if (templateRef === undefined || templateRef.text.isLiteral) return templateRef?.ref
  const rendered = templateRef.text.render(scopeOf(run, placeOf(call)), isLenient)
  return rendered.ok ? (rendered.value as unknown as TemplateRef) : templateRef.ref
}
