import { formatTree, type Workflow, workflowJson } from "@argo-ts/dag-engine"
import type { JsonValue } from "@argo-ts/kernel"
import { formatManifests } from "@argo-ts/kernel/yaml"
import { CliError, type Io } from "../io.js"

/** The forms of a workflow. */
export type WorkflowFormat = "tree" | "json" | "yaml" | "name"

/** Reads `-o` of the commands that answer with a workflow; `text` is the tree. */
export function workflowFormat(text: string | undefined): WorkflowFormat {
  switch (text) {
    case undefined:
    case "text":
    case "tree":
      return "tree"
    case "json":
    case "yaml":
    case "name":
      return text
    default: {
      const message = `-o: expected tree, json, yaml or name, found ${JSON.stringify(text)}`
      throw new CliError("InvalidOption", message)
    }
  }
}

/** Prints a workflow; JSON node by node. */
export function printWorkflow(workflow: Workflow, format: WorkflowFormat, io: Io): void {
  switch (format) {
    case "tree":
      return io.out(`${formatTree(workflow).trimEnd()}\n`)
    case "name":
      return io.out(`${workflow.metadata.name ?? ""}\n`)
    case "yaml":
      return io.out(formatManifests([workflow as unknown as JsonValue]))
    case "json":
      for (const piece of workflowJson(workflow)) io.out(piece)
      return io.out("\n")
  }
}

/** Rows below each other, each column as wide as it has to be. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
      .join("  ")
      .trimEnd(),
  )
  return `${lines.join("\n")}\n`
}
