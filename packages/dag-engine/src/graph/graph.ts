import type { DagTask } from "../api/step.js"
import type { Template } from "../api/template.js"
import type { WorkflowSpec } from "../api/workflow.js"

/** One step or task of a graph. */
export interface GraphNode {
  /** Unique in the graph: `template/step`. */
  readonly id: string
  readonly label: string
  /** The template that the step stands in. */
  readonly group: string
  /** What is called, where it is a body of the same spec. */
  readonly calls: string | undefined
}

/** What comes after what. */
export interface GraphEdge {
  readonly from: string
  readonly to: string
  readonly label: string
}

/** The steps of a spec that its entrypoint reaches. */
export interface WorkflowGraph {
  readonly name: string
  readonly groups: readonly string[]
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

/** Reads the graph of a spec: each steps and dag template once, however often it is called. */
export function graphOf(name: string, spec: WorkflowSpec): WorkflowGraph {
  const templates = new Map((spec.templates ?? []).map((each) => [each.name ?? "", each]))
  const nodes: GraphNode[] = []
  const edges: GraphEdge[] = []
  const groups = new Set<string>()
  const waiting = [spec.entrypoint ?? "", exitOf(spec)]
  for (let group = waiting.shift(); group !== undefined; group = waiting.shift()) {
    const template = templates.get(group)
    if (template === undefined || groups.has(group)) continue
    groups.add(group)
    if (template.steps === undefined && template.dag === undefined) {
      nodes.push({ id: `${group}/`, label: group, group, calls: undefined })
      continue
    }
    const add = (step: DagTask): string => {
      const called = templates.get(step.template ?? "")
      const isBody = called?.steps !== undefined || called?.dag !== undefined
      if (isBody) waiting.push(step.template ?? "")
      const id = `${group}/${step.name}`
      const loop = step.withItems ?? step.withParam ?? step.withSequence
      const label = loop === undefined ? step.name : `${step.name} (×)`
      nodes.push({ id, label, group, calls: isBody ? step.template : undefined })
      return id
    }
    addBody(template, group, add, edges)
  }
  return { name, groups: [...groups], nodes, edges }
}

function exitOf(spec: WorkflowSpec): string {
  const hook =
    spec.hooks !== undefined && Object.hasOwn(spec.hooks, "exit") ? spec.hooks["exit"] : undefined
  return spec.onExit ?? hook?.template ?? ""
}

function addBody(
  template: Template,
  group: string,
  add: (step: DagTask) => string,
  edges: GraphEdge[],
): void {
  let before: readonly string[] = []
  for (const steps of template.steps ?? []) {
    const now = steps.map(add)
    for (const from of before) for (const to of now) edges.push({ from, to, label: "" })
    if (now.length > 0) before = now
  }
  const tasks = template.dag?.tasks ?? []
  const names = new Set(tasks.map((task) => task.name))
  for (const task of tasks) {
    const to = add(task)
    const words = task.depends?.match(/[a-zA-Z0-9][-a-zA-Z0-9]*(\.[A-Za-z]+)?/g)
    for (const word of new Set(words ?? task.dependencies ?? [])) {
      const [name = "", result = ""] = word.split(".")
      if (names.has(name)) edges.push({ from: `${group}/${name}`, to, label: result })
    }
  }
}
