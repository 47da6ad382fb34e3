import { formatGraph, type GraphFormat, type WorkflowSpec } from "@argo-ts/dag-engine"
import { isJsonObject } from "@argo-ts/kernel"
import { CliError, type ExitCode, type Io } from "../io.js"
import { readWorkflows } from "../workflows/submission.js"

const formats: readonly string[] = ["dot", "mermaid", "svg"] satisfies readonly GraphFormat[]

/** `argo-ts graph PATH…`: the steps of a Workflow or WorkflowTemplate as a drawing. */
export async function graph(
  paths: readonly string[],
  options: { readonly output: string },
  io: Io,
): Promise<ExitCode> {
  const { output } = options
  if (!formats.includes(output)) {
    const message = `-o: expected dot, mermaid or svg, found ${JSON.stringify(output)}`
    throw new CliError("InvalidOption", message)
  }
  const manifests = await readWorkflows(paths, io)
  const mine = manifests.filter(({ value }) => /^(Cluster)?Workflow(Template)?$/.test(value.kind))
  const [chosen] = [...mine.filter(({ value }) => value.kind === "Workflow"), ...mine]
  if (chosen === undefined) {
    throw new CliError(
      "NoWorkflow",
      `${paths.join(", ")}: expected a Workflow or a template, found none`,
    )
  }
  const { value } = chosen
  const metadata = isJsonObject(value["metadata"]) ? value["metadata"] : {}
  const spec = referred(
    value["spec"] as WorkflowSpec,
    mine.map((each) => each.value),
  )
  io.out(formatGraph({ metadata, spec }, output as GraphFormat))
  return 0
}

/** The spec that runs: the stored one where `workflowTemplateRef` names it. */
function referred(
  spec: WorkflowSpec,
  all: readonly { readonly [field: string]: unknown }[],
): WorkflowSpec {
  const ref = spec.workflowTemplateRef
  if (ref === undefined) return spec
  const stored = all.find(
    ({ kind, metadata }) =>
      kind !== "Workflow" && isJsonObject(metadata) && metadata["name"] === ref.name,
  )
  if (stored === undefined) {
    throw new CliError(
      "NotFound",
      `expected the template "${ref.name}" among the files, found none`,
    )
  }
  const base = stored["spec"] as WorkflowSpec
  const entrypoint = spec.entrypoint ?? base.entrypoint
  return { ...base, ...(entrypoint === undefined ? {} : { entrypoint }) }
}
