import { type NodeStatus, narrowNodes, type Workflow } from "@argo-ts/dag-engine"
import { CliError } from "../io.js"
import { nodeSelector } from "./selector.js"

/** Which nodes of a run a command shows. */
export interface NodeFilterFlags {
  /** Phases, separated by commas. */
  readonly status?: string
  readonly nodeFieldSelector?: string
}

/** True for nodes that are meant. */
export type NodeFilter = (node: NodeStatus) => boolean

const phases = ["Pending", "Running", "Succeeded", "Skipped", "Failed", "Error", "Omitted"]

/** The nodes that flags name; refuses flags that cannot be read. */
export function nodeFilter({ status, nodeFieldSelector }: NodeFilterFlags): NodeFilter {
  const wanted = status === undefined ? undefined : readPhases(status)
  const selects = nodeFieldSelector === undefined ? () => true : nodeSelector(nodeFieldSelector)
  return (node) => (wanted === undefined || wanted.has(node.phase)) && selects(node)
}

/** A workflow with the nodes that flags name, and those around them. */
export function narrowing(flags: NodeFilterFlags): (workflow: Workflow) => Workflow {
  if (flags.status === undefined && flags.nodeFieldSelector === undefined) return (all) => all
  const isWanted = nodeFilter(flags)
  return (workflow) => narrowNodes(workflow, isWanted)
}

function readPhases(text: string): ReadonlySet<string> {
  const words = text.split(",").map((word) => word.trim())
  return new Set(
    words.map((word) => {
      const found = phases.find((phase) => phase.toLowerCase() === word.toLowerCase())
      if (found !== undefined) return found
      const message = `--status: expected ${phases.join(", ")}, found ${JSON.stringify(word)}`
      throw new CliError("InvalidOption", message)
    }),
  )
}
