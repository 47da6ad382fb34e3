import { type NodeStatus, narrowNodes, type Workflow } from "@argo-ts/dag-engine"
import { CliError } from "../io.js"
import { nodeSelector } from "./selector.js"

/** Which nodes of a run a command shows. */
export interface NodeFilterFlags {
  /** Phases, separated by commas. */
  readonly status?: string
  readonly nodeFieldSelector?: string
}

const phases = ["Pending", "Running", "Succeeded", "Skipped", "Failed", "Error", "Omitted"]

/** A workflow as flags narrow it; refuses flags that cannot be read. */
export function narrowing(flags: NodeFilterFlags): (workflow: Workflow) => Workflow {
  const { status, nodeFieldSelector } = flags
  if (status === undefined && nodeFieldSelector === undefined) return (workflow) => workflow
  const wanted = status === undefined ? undefined : readPhases(status)
  const selects = nodeFieldSelector === undefined ? () => true : nodeSelector(nodeFieldSelector)
  const isWanted = (node: NodeStatus): boolean =>
    (wanted === undefined || wanted.has(node.phase)) && selects(node)
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
