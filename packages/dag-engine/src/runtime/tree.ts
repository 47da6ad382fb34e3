import { parseInstant } from "@argo-ts/kernel"
import type { NodeStatus, WorkflowStatus } from "../api/status.js"
import type { Workflow } from "../api/workflow.js"

const marks: { readonly [phase: string]: string } = {
  Pending: "◷",
  Running: "●",
  Succeeded: "✔",
  Skipped: "○",
  Failed: "✖",
  Error: "⚠",
  Omitted: "○",
}

interface Row {
  readonly step: string
  readonly template: string
  readonly duration: string
  readonly message: string
}

interface Branch {
  readonly node: NodeStatus
  /** Parts drawn below: groups of nodes that run one after the other, each a list. */
  readonly groups: readonly (readonly Branch[])[]
}

/** A workflow as `argo get` shows it: what it is, then the tree of its nodes with durations and messages. */
export function formatTree(workflow: Workflow): string {
  const { metadata, status } = workflow
  const lines = [
    `Name:       ${metadata.name ?? metadata.generateName ?? ""}`,
    `Namespace:  ${metadata.namespace ?? "default"}`,
    `Status:     ${status?.phase ?? "Pending"}`,
  ]
  if (status?.message !== undefined) lines.push(`Message:    ${status.message}`)
  if (status?.progress !== undefined) lines.push(`Progress:   ${status.progress}`)
  const took = durationOf(status?.startedAt, status?.finishedAt)
  if (took !== "") lines.push(`Duration:   ${took}`)
  for (const parameter of status?.outputs?.parameters ?? []) {
    lines.push(`Output:     ${parameter.name}: ${String(parameter.value)}`)
  }
  const rows = status === undefined ? [] : rowsOf(metadata.name ?? "", status)
  return [...lines, "", ...table(rows)].join("\n")
}

function table(rows: readonly Row[]): readonly string[] {
  if (rows.length === 0) return []
  const all = [
    { step: "STEP", template: "TEMPLATE", duration: "DURATION", message: "MESSAGE" },
    ...rows,
  ]
  const width = (field: "step" | "template" | "duration"): number =>
    Math.max(...all.map((row) => [...row[field]].length))
  const [step, template, duration] = [width("step"), width("template"), width("duration")]
  return all.map((row) =>
    [pad(row.step, step), pad(row.template, template), pad(row.duration, duration), row.message]
      .join("  ")
      .trimEnd(),
  )
}

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - [...text].length))
}

function durationOf(startedAt: string | undefined, finishedAt: string | undefined): string {
  const start = startedAt === undefined ? undefined : parseInstant(startedAt)
  const end = finishedAt === undefined ? undefined : parseInstant(finishedAt)
  if (start?.ok !== true || end?.ok !== true) return ""
  const seconds = Math.round((end.value - start.value) / 1000)
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${seconds % 60}s`
  return `${Math.floor(seconds / 3600)}h${Math.floor(seconds / 60) % 60}m`
}

function rowsOf(name: string, status: WorkflowStatus): readonly Row[] {
  const nodes = status.nodes ?? {}
  const inside = new Map<string, NodeStatus[]>()
  for (const node of Object.values(nodes)) {
    const list = inside.get(node.boundaryID ?? "") ?? []
    list.push(node)
    inside.set(node.boundaryID ?? "", list)
  }
  const rows: Row[] = []
  for (const node of inside.get("") ?? []) {
    const isAttempt = node.nodeFlag?.retried === true
    if (isAttempt) continue
    if (rows.length > 0) rows.push({ step: "", template: "", duration: "", message: "" })
    draw(rows, branchOf(node, inside, 0), { first: " ", rest: " " })
  }
  return rows.length === 0 && name === "" ? [] : rows
}

const depthMax = 200

function branchOf(
  node: NodeStatus,
  inside: ReadonlyMap<string, readonly NodeStatus[]>,
  depth: number,
): Branch {
  if (depth > depthMax) return { node, groups: [] }
  const down = (child: NodeStatus): Branch => branchOf(child, inside, depth + 1)
  const siblings = inside.get(node.boundaryID ?? "") ?? []
  if (node.type === "Retry" || node.type === "TaskGroup") {
    return { node, groups: [siblings.filter((other) => isPart(node, other)).map(down)] }
  }
  const members = inside.get(node.id) ?? []
  const shown = members.filter((member) => !isHidden(member, members))
  if (node.type !== "Steps") return { node, groups: [shown.map(down)] }
  const groups = members.filter((member) => member.type === "StepGroup")
  return {
    node,
    groups: groups.map((group) =>
      shown.filter((member) => member.name.startsWith(`${group.name}.`)).map(down),
    ),
  }
}

/** True for the attempts of a Retry node, and for the items of a loop with what follows them: their hooks. */
function isPart(node: NodeStatus, other: NodeStatus): boolean {
  if (!other.name.startsWith(`${node.name}(`)) return false
  if (node.type === "Retry") return /^\(\d+\)$/.test(other.name.slice(node.name.length))
  // An attempt stands below the Retry node of its own item or hook.
  return other.nodeFlag?.retried !== true
}

/** Groups are drawn as lines, and items and attempts below their own node. */
function isHidden(node: NodeStatus, members: readonly NodeStatus[]): boolean {
  if (node.type === "StepGroup") return true
  // Containers have the flags of their pod.
  if (node.nodeFlag?.retried === true && node.type !== "Container") return true
  return members.some(
    (other) => other.type === "TaskGroup" && node.name.startsWith(`${other.name}(`),
  )
}

interface Prefix {
  readonly first: string
  readonly rest: string
}

function draw(rows: Row[], branch: Branch, prefix: Prefix): void {
  const { node } = branch
  const template =
    node.templateRef === undefined
      ? (node.templateName ?? "")
      : `${node.templateRef.name}/${node.templateRef.template}`
  rows.push({
    step: `${prefix.first}${marks[node.phase] ?? "?"} ${node.displayName}`,
    template,
    duration: node.type === "Pod" ? durationOf(node.startedAt, node.finishedAt) : "",
    message: node.message ?? "",
  })
  const groups = branch.groups.filter((group) => group.length > 0)
  if (node.type !== "Steps") return drawFlat(rows, groups.flat(), prefix.rest)
  for (const [index, group] of groups.entries()) {
    drawGroup(rows, group, { stem: prefix.rest, isLast: index === groups.length - 1 })
  }
}

/** Tasks, items, attempts: one below the other. */
function drawFlat(rows: Row[], branches: readonly Branch[], stem: string): void {
  for (const [index, branch] of branches.entries()) {
    const isLast = index === branches.length - 1
    const first = `${stem}${isLast ? "└" : "├"}─`
    draw(rows, branch, { first, rest: `${stem}${isLast ? " " : "│"} ` })
  }
}

/** Steps of one group hang on one fork. */
function drawGroup(
  rows: Row[],
  group: readonly Branch[],
  place: { readonly stem: string; readonly isLast: boolean },
): void {
  const corner = place.isLast ? "└" : "├"
  const line = place.isLast ? " " : "│"
  for (const [index, branch] of group.entries()) {
    const isOnly = group.length === 1
    const isLast = index === group.length - 1
    const fork = isOnly ? "─" : index === 0 ? "┬" : isLast ? "└" : "├"
    const first = index === 0 ? `${place.stem}${corner}─${fork}─` : `${place.stem}${line} ${fork}─`
    const rest = `${place.stem}${line} ${isOnly || isLast ? "  " : "│ "}`
    draw(rows, branch, { first, rest })
  }
}
