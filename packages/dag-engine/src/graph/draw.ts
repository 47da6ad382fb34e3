import type { GraphNode, WorkflowGraph } from "./graph.js"

/** Graphviz. */
export function toDot({ name, groups, nodes, edges }: WorkflowGraph): string {
  const quote = (text: string): string => `"${text.replace(/[\\"]/g, "\\$&").replace(/\n/g, " ")}"`
  const lines = [`digraph ${quote(name)} {`, "  rankdir=TB", "  node [shape=box, style=rounded]"]
  for (const [index, group] of groups.entries()) {
    lines.push(`  subgraph cluster_${index} {`, `    label=${quote(group)}`)
    for (const node of nodes) {
      if (node.group === group) lines.push(`    ${quote(node.id)} [label=${quote(node.label)}]`)
    }
    lines.push("  }")
  }
  for (const { from, to, label } of edges) {
    lines.push(`  ${quote(from)} -> ${quote(to)}${label === "" ? "" : ` [label=${quote(label)}]`}`)
  }
  for (const { id, first } of calls(nodes)) {
    lines.push(`  ${quote(id)} -> ${quote(first)} [style=dashed]`)
  }
  return `${[...lines, "}"].join("\n")}\n`
}

/** Mermaid, as Markdown renders it. */
export function toMermaid({ groups, nodes, edges }: WorkflowGraph): string {
  const ids = new Map(nodes.map((node, index) => [node.id, `n${index}`]))
  const quote = (text: string): string =>
    `"${text.replace(/[#"<>&\n]/g, (sign) => `#${sign.charCodeAt(0)};`)}"`
  const lines = ["flowchart TB"]
  for (const [index, group] of groups.entries()) {
    lines.push(`  subgraph g${index} [${quote(group)}]`)
    for (const node of nodes) {
      if (node.group === group) lines.push(`    ${ids.get(node.id)}(${quote(node.label)})`)
    }
    lines.push("  end")
  }
  for (const { from, to, label } of edges) {
    lines.push(`  ${ids.get(from)} -->${label === "" ? "" : `|${quote(label)}|`} ${ids.get(to)}`)
  }
  for (const { id, first } of calls(nodes)) lines.push(`  ${ids.get(id)} -.-> ${ids.get(first)}`)
  return `${lines.join("\n")}\n`
}

/** Steps that call a body, and the first step of it. */
function calls(
  nodes: readonly GraphNode[],
): readonly { readonly id: string; readonly first: string }[] {
  return nodes.flatMap((node) => {
    const first =
      node.calls === undefined ? undefined : nodes.find(({ group }) => group === node.calls)
    return first === undefined ? [] : [{ id: node.id, first: first.id }]
  })
}

const [nodeWidth, nodeHeight, gapX, gapY, margin, headline] = [150, 32, 24, 40, 20, 24]

interface Placed {
  readonly node: GraphNode
  readonly x: number
  readonly y: number
}

/** SVG: each body a box, its steps in rows by the longest way from its start. */
export function toSvg(graph: WorkflowGraph): string {
  const placed = new Map<string, Placed>()
  const boxes: string[] = []
  let top = margin
  let width = 0
  for (const group of graph.groups) {
    const rows = rowsOf(graph, group)
    const columns = Math.max(1, ...rows.map((row) => row.length))
    const boxWidth = columns * (nodeWidth + gapX) + gapX
    const boxHeight = headline + rows.length * (nodeHeight + gapY)
    for (const [line, row] of rows.entries()) {
      const left = margin + gapX + ((columns - row.length) * (nodeWidth + gapX)) / 2
      for (const [column, node] of row.entries()) {
        const x = left + column * (nodeWidth + gapX)
        placed.set(node.id, { node, x, y: top + headline + line * (nodeHeight + gapY) })
      }
    }
    boxes.push(rect(margin, top, boxWidth, boxHeight), text(margin + 8, top + 16, group))
    top += boxHeight + margin
    width = Math.max(width, boxWidth + 2 * margin)
  }
  const lines = graph.edges.flatMap(({ from, to }) => arrow(placed.get(from), placed.get(to)))
  const nodes = [...placed.values()].flatMap(({ node, x, y }) => [
    rect(x, y, nodeWidth, nodeHeight),
    text(x + 8, y + 20, node.label.length > 20 ? `${node.label.slice(0, 19)}…` : node.label),
  ])
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" font-family="sans-serif" font-size="12">`
  return `${[head, ...boxes, ...lines, ...nodes, "</svg>"].join("\n")}\n`
}

function rect(x: number, y: number, width: number, height: number): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" fill="#fff" stroke="#456"/>`
}

function text(x: number, y: number, label: string): string {
  const signs: { readonly [sign: string]: string } = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  }
  return `<text x="${x}" y="${y}">${label.replace(/[&<>"]/g, (sign) => signs[sign] ?? "")}</text>`
}

function arrow(from: Placed | undefined, to: Placed | undefined): readonly string[] {
  if (from === undefined || to === undefined) return []
  const [x1, y1] = [from.x + nodeWidth / 2, from.y + nodeHeight]
  const [x2, y2] = [to.x + nodeWidth / 2, to.y]
  return [
    `<path d="M${x1} ${y1} C${x1} ${y1 + gapY / 2} ${x2} ${y2 - gapY / 2} ${x2} ${y2}" fill="none" stroke="#456"/>`,
    `<path d="M${x2 - 4} ${y2 - 7} L${x2} ${y2} L${x2 + 4} ${y2 - 7}" fill="none" stroke="#456"/>`,
  ]
}

/** Steps by how many must come before; in circles nothing comes before anything. */
function rowsOf(graph: WorkflowGraph, group: string): readonly (readonly GraphNode[])[] {
  const nodes = graph.nodes.filter((node) => node.group === group)
  const before = new Map<string, string[]>(nodes.map(({ id }) => [id, []]))
  for (const { from, to } of graph.edges) before.get(to)?.push(from)
  const level = new Map<string, number>()
  for (let round = 0, changed = true; changed && round <= nodes.length; round++) {
    changed = false
    for (const { id } of nodes) {
      const next = Math.max(
        0,
        ...(before.get(id) ?? []).map((other) => (level.get(other) ?? 0) + 1),
      )
      if (next !== (level.get(id) ?? 0) && next <= nodes.length) {
        level.set(id, next)
        changed = true
      }
    }
  }
  const rows: GraphNode[][] = []
  for (const node of nodes) {
    const row = rows[level.get(node.id) ?? 0]
    if (row === undefined) rows[level.get(node.id) ?? 0] = [node]
    else row.push(node)
  }
  return rows.filter((row) => row !== undefined)
}
