import type { Workflow } from "../api/workflow.js"

const batchMax = 1000

/**
 * A workflow as JSON text, in pieces of so many nodes: the text of a large run is longer than one JavaScript string may be.
 * Joined and parsed it is what `JSON.stringify` would give, with `status.nodes` last.
 */
export function* workflowJson(workflow: Workflow): Generator<string> {
  const { status, ...object } = workflow
  if (status?.nodes === undefined) {
    yield JSON.stringify(workflow)
    return
  }
  const { nodes, ...summary } = status
  const head = JSON.stringify(summary)
  yield `${JSON.stringify(object).slice(0, -1)},"status":${head.slice(0, -1)}${head === "{}" ? "" : ","}"nodes":{`
  let batch: string[] = []
  let separator = ""
  for (const id of Object.keys(nodes)) {
    batch.push(`${JSON.stringify(id)}:${JSON.stringify(nodes[id])}`)
    if (batch.length < batchMax) continue
    yield separator + batch.join(",")
    separator = ","
    batch = []
  }
  if (batch.length > 0) yield separator + batch.join(",")
  yield "}}}"
}
