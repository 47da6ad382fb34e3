import type { ClusterReader } from "@argo-ts/k8s"
import { isJsonObject, type JsonValue } from "@argo-ts/kernel"
import { clusterWorkflowTemplates, workflowTemplates } from "../api/kinds.js"
import { parseClusterWorkflowTemplate, parseWorkflowTemplate } from "../api/parse.js"
import type { Workflow, WorkflowSpec } from "../api/workflow.js"
import type { TemplateSource } from "../core/run.js"

interface Ref {
  readonly name: string
  readonly isCluster: boolean
}

/**
 * Reads every stored template that a workflow may reach before it is opened: those it names, and those that these name.
 * The core looks them up without waiting.
 */
export async function readTemplates(
  workflow: Workflow,
  cluster: ClusterReader,
): Promise<TemplateSource> {
  const found = new Map<string, WorkflowSpec>()
  const open = refsOf(workflow.spec as unknown as JsonValue)
  const { namespace = "default" } = workflow.metadata
  for (let ref = open.pop(); ref !== undefined; ref = open.pop()) {
    const key = `${ref.isCluster}/${ref.name}`
    if (found.has(key)) continue
    const spec = await readSpec(ref, namespace, cluster)
    if (spec === undefined) continue
    found.set(key, spec)
    open.push(...refsOf(spec as unknown as JsonValue))
  }
  return ({ name, clusterScope }) => found.get(`${clusterScope === true}/${name}`)
}

async function readSpec(
  ref: Ref,
  namespace: string,
  cluster: ClusterReader,
): Promise<WorkflowSpec | undefined> {
  const { name } = ref
  const object = ref.isCluster
    ? await cluster.get(clusterWorkflowTemplates, { name })
    : await cluster.get(workflowTemplates, { namespace, name })
  if (object === undefined) return undefined
  const parsed = ref.isCluster
    ? parseClusterWorkflowTemplate(object)
    : parseWorkflowTemplate(object)
  return parsed.ok ? parsed.value.spec : undefined
}

/** Every `templateRef` and `workflowTemplateRef` in a spec. */
function refsOf(spec: JsonValue): Ref[] {
  const refs: Ref[] = []
  const open: JsonValue[] = [spec]
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (Array.isArray(value)) open.push(...(value as readonly JsonValue[]))
    if (!isJsonObject(value)) continue
    for (const key of Object.keys(value)) {
      const inner = value[key] as JsonValue
      if (typeof inner === "object" && inner !== null) open.push(inner)
      const isRef = key === "templateRef" || key === "workflowTemplateRef"
      if (!isRef || !isJsonObject(inner) || typeof inner["name"] !== "string") continue
      refs.push({ name: inner["name"], isCluster: inner["clusterScope"] === true })
    }
  }
  return refs
}
