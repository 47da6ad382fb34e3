import type { Workflow } from "../api/workflow.js"
import { toDot, toMermaid, toSvg } from "./draw.js"
import { graphOf } from "./graph.js"

/** How a graph is written: Graphviz, Mermaid as Markdown renders it, or a picture. */
export type GraphFormat = "dot" | "mermaid" | "svg"

/**
 * The steps of a parsed Workflow or template as a drawing: each body that the entrypoint and the exit handler reach, once,
 * with what comes after what. `workflowTemplateRef` is not followed.
 */
export function formatGraph(
  { metadata, spec }: Pick<Workflow, "metadata" | "spec">,
  format: GraphFormat,
): string {
  const graph = graphOf(metadata.name ?? metadata.generateName ?? "workflow", spec)
  switch (format) {
    case "dot":
      return toDot(graph)
    case "mermaid":
      return toMermaid(graph)
    case "svg":
      return toSvg(graph)
  }
}
