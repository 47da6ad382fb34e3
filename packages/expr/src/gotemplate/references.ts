import type { Reference } from "../issue.js"
import type { Node, Operand, Pipeline, Template } from "./node.js"

/** The paths that a template reads from its data, where the data is what `.` or `$` stands for. */
export function referencesOf(template: Template): readonly Reference[] {
  const found: Reference[] = []
  for (const nodes of [template.nodes, ...template.defined.values()]) visit(nodes, true, found)
  return found.toSorted((left, right) => left.offset - right.offset)
}

/** `isRoot` tells whether `.` is still the data itself. */
function visit(nodes: readonly Node[], isRoot: boolean, found: Reference[]): void {
  for (const node of nodes) {
    if (node.kind === "action") pipeline(node.pipe, isRoot, found)
    else if (node.kind === "template" && node.pipe !== undefined) pipeline(node.pipe, isRoot, found)
    else if (node.kind === "if" || node.kind === "with" || node.kind === "range") {
      pipeline(node.pipe, isRoot, found)
      visit(node.body, isRoot && node.kind === "if", found)
      visit(node.otherwise, isRoot, found)
    }
  }
}

function pipeline(pipe: Pipeline, isRoot: boolean, found: Reference[]): void {
  for (const { operands } of pipe.commands) {
    for (const operand of operands) visitOperand(operand, isRoot, found)
  }
}

function visitOperand(operand: Operand, isRoot: boolean, found: Reference[]): void {
  if (operand.kind === "pipe") pipeline(operand.pipe, isRoot, found)
  else if (operand.kind === "chain") visitOperand(operand.of, isRoot, found)
  else if (operand.kind === "field" && isRoot) add(operand.names)
  else if (operand.kind === "variable" && operand.name === "$") add(operand.names)

  function add(path: readonly string[]): void {
    const { offset, text } = operand.place
    if (path.length > 0) {
      found.push({ path, guarded: false, dynamic: false, offset, length: text.length })
    }
  }
}
