import { type EpochMs, failed, type Issue, ok, type Result } from "@argo-ts/kernel"
import type { Parameter } from "../api/parameter.js"
import type { NodeStatus, WorkflowStatus } from "../api/status.js"
import type { Workflow, WorkflowSpec } from "../api/workflow.js"
import { type Family, familyOf, type Nodes } from "./family.js"
import { writeInstant } from "./instants.js"
import { freeId, nodeId } from "./names.js"
import { isExecutable } from "./node.js"

/** How a finished workflow is tried again. */
export interface RetryOptions {
  /** Values for `spec.arguments.parameters`; with them loops are expanded anew. */
  readonly arguments?: { readonly [name: string]: string }
  /** Also nodes that succeeded run again: those that `selects` holds for. Default false. */
  readonly restartSuccessful?: boolean
  readonly selects?: (node: NodeStatus) => boolean
}

function refuse(message: string): Result<never> {
  return failed([{ code: "InvalidValue", path: ["status", "phase"], message } satisfies Issue])
}

const executing: ReadonlySet<string> = new Set([
  "Pod",
  "Container",
  "HTTP",
  "Plugin",
  "Suspend",
  "Skipped",
])

/**
 * The workflow as `argo retry` leaves it, to be opened again: what failed, and everything after it, is gone; what encloses
 * it runs again; what succeeded keeps its outputs and never runs again. Attempts are counted anew. Refused for a workflow that
 * has not failed.
 */
export function retryWorkflow(
  workflow: Workflow,
  now: EpochMs,
  options: RetryOptions = {},
): Result<Workflow> {
  const { status, metadata } = workflow
  const phase = status?.phase
  const isRestart = options.restartSuccessful === true && options.selects !== undefined
  if (phase !== "Failed" && phase !== "Error" && !(phase === "Succeeded" && isRestart)) {
    const also = phase === "Succeeded" ? ", or Succeeded with restartSuccessful and a selector" : ""
    return refuse(
      `a workflow that is Failed or Error is tried again${also}; found ${phase ?? "none"}`,
    )
  }
  const nodes = new Map(Object.entries(status?.nodes ?? {}))
  const { removed, reset } = planRetry(metadata.name ?? "", nodes, options)
  const kept: { [id: string]: NodeStatus } = Object.create(null) as { [id: string]: NodeStatus }
  for (const [id, node] of nodes) {
    if (removed.has(id)) continue
    const fresh = reset.has(id) ? resetNode(node, now) : node
    kept[id] = withoutRemoved(fresh, removed)
  }
  const {
    finishedAt: _finished,
    message: _message,
    phase: _phase,
    conditions: _conditions,
    startedAt: _started,
    ...rest
  } = status as WorkflowStatus
  return ok({
    ...workflow,
    metadata: { ...metadata, ...labelsKept(metadata.labels) },
    spec: withArguments(withoutEnd(workflow.spec), options.arguments),
    status: { ...rest, ...storedWithArguments(status, options.arguments), nodes: kept },
  })
}

/** What is frozen of a stored template's spec runs with the new values too. */
function storedWithArguments(
  status: WorkflowStatus | undefined,
  given: RetryOptions["arguments"],
): Pick<WorkflowStatus, "storedWorkflowTemplateSpec"> {
  const stored = status?.storedWorkflowTemplateSpec
  return stored === undefined ? {} : { storedWorkflowTemplateSpec: withArguments(stored, given) }
}

interface Plan {
  readonly removed: ReadonlySet<string>
  readonly reset: ReadonlySet<string>
}

function planRetry(workflow: string, nodes: Nodes, options: RetryOptions): Plan {
  const family = familyOf(nodes)
  const removed = new Set<string>()
  const reset = new Set<string>()
  const remove = (id: string): void => {
    const waiting = [id]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (removed.has(next)) continue
      removed.add(next)
      waiting.push(...(nodes.get(next)?.children ?? []), ...family.inside(next))
    }
  }
  for (const node of nodes.values()) {
    if (node.name.startsWith(`${workflow}.onExit`) || node.name.startsWith(`${workflow}.hooks.`)) {
      removed.add(node.id)
    }
  }
  const chosen = new Set<string>()
  if (options.restartSuccessful === true && options.selects !== undefined) {
    for (const node of nodes.values()) if (options.selects(node)) chosen.add(node.id)
  }
  for (const node of nodes.values()) {
    if (removed.has(node.id)) continue
    if (!chosen.has(node.id) && !isLost(node, { nodes, family, chosen })) continue
    for (const encloser of family.enclosing(node)) reset.add(encloser.id)
    remove(node.id)
  }
  if (options.arguments !== undefined) {
    // Other values may make other items.
    for (const id of reset) {
      const type = nodes.get(id)?.type
      if (type === "StepGroup" || type === "TaskGroup")
        for (const child of nodes.get(id)?.children ?? []) remove(child)
    }
  }
  return { removed, reset }
}

interface Ancestry {
  readonly nodes: Nodes
  readonly family: Family
  /** Nodes that run again because they are asked to: how they ended says nothing. */
  readonly chosen: ReadonlySet<string>
}

/** It failed, and nothing after it came to a good end that stays. */
function isLost(node: NodeStatus, { nodes, family, chosen }: Ancestry): boolean {
  if (node.phase !== "Failed" && node.phase !== "Error") return false
  if (!executing.has(node.type)) return isHollow(node, family)
  const retry = node.nodeFlag?.retried === true ? family.retryOf(node) : undefined
  // An attempt that another one made good is history.
  if (retry?.phase === "Succeeded") return false
  const waiting = [...((retry ?? node).children ?? [])]
  const seen = new Set<string>()
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    const next = nodes.get(id)
    if (next === undefined) continue
    const isGood = next.phase === "Succeeded" && executing.has(next.type)
    if (isGood && next.nodeFlag?.hooked !== true && !chosen.has(id)) return false
    waiting.push(...(next.children ?? []))
  }
  return true
}

/** A body or group that failed before it began anything: nobody inside it is to blame. */
function isHollow({ id, children = [] }: NodeStatus, family: ReturnType<typeof familyOf>): boolean {
  return children.length === 0 && family.inside(id).length === 0
}

function resetNode(node: NodeStatus, now: EpochMs): NodeStatus {
  const {
    message: _message,
    finishedAt: _finished,
    outboundNodes: _outbound,
    outputs: _outputs,
    ...rest
  } = node
  return {
    ...rest,
    phase: node.phase === "Skipped" ? "Skipped" : "Running",
    startedAt: writeInstant(now),
  }
}

function withoutRemoved(node: NodeStatus, removed: ReadonlySet<string>): NodeStatus {
  const keep = (ids: readonly string[]): readonly string[] => ids.filter((id) => !removed.has(id))
  const { children, outboundNodes } = node
  // What a group comes to is known again when the workflow goes on, or is over: of what is left.
  const { progress: _progress, resourcesDuration: _resources, ...rest } = node
  return {
    ...(isExecutable(node.type) ? node : rest),
    ...(children === undefined ? {} : { children: keep(children) }),
    ...(outboundNodes === undefined ? {} : { outboundNodes: keep(outboundNodes) }),
  }
}

const prefix = "workflows.argoproj.io/"
const runLabels: ReadonlySet<string> = new Set(
  [
    "completed",
    "phase",
    "workflow-archiving-status",
    "creator",
    "creator-email",
    "creator-preferred-username",
  ].map((name) => prefix + name),
)

/** Labels that say nothing about a former run. */
function labelsKept(labels: { readonly [name: string]: string } | undefined): {
  readonly labels?: { readonly [name: string]: string }
} {
  if (labels === undefined) return {}
  return {
    labels: Object.fromEntries(Object.entries(labels).filter(([name]) => !runLabels.has(name))),
  }
}

function withoutEnd(spec: WorkflowSpec): WorkflowSpec {
  const { shutdown: _shutdown, activeDeadlineSeconds, ...rest } = spec
  return activeDeadlineSeconds === undefined || activeDeadlineSeconds === 0
    ? rest
    : { ...rest, activeDeadlineSeconds }
}

function withArguments(
  spec: WorkflowSpec,
  given: { readonly [name: string]: string } | undefined,
): WorkflowSpec {
  if (given === undefined || Object.keys(given).length === 0) return spec
  const parameters = new Map<string, Parameter>()
  for (const parameter of spec.arguments?.parameters ?? [])
    parameters.set(parameter.name, parameter)
  for (const name of Object.keys(given)) {
    const { valueFrom: _from, ...parameter } = parameters.get(name) ?? { name }
    parameters.set(name, { ...parameter, value: given[name] as string })
  }
  return { ...spec, arguments: { ...spec.arguments, parameters: [...parameters.values()] } }
}

/** How a workflow is submitted again. */
export interface ResubmitOptions {
  /** The new object's name. */
  readonly name: string
  readonly arguments?: { readonly [name: string]: string }
  readonly priority?: number
  /**
   * What succeeded is taken over and does not run again; only from Failed or Error. Differs from Argo: such nodes stay
   * Succeeded Pods with the message `original pod: <id>`; upstream makes them Skipped.
   */
  readonly memoized?: boolean
}

/** A new Workflow from an old one, as `argo resubmit` makes it. */
export function resubmitWorkflow(
  workflow: Workflow,
  now: EpochMs,
  options: ResubmitOptions,
): Result<Workflow> {
  const { metadata, status } = workflow
  const { name, priority } = options
  const source = metadata.name ?? ""
  const label = { [`${prefix}resubmitted-from-workflow`]: source }
  const { namespace, annotations, ownerReferences } = metadata
  const fresh: Workflow = {
    apiVersion: workflow.apiVersion,
    kind: workflow.kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(ownerReferences === undefined ? {} : { ownerReferences }),
      labels: { ...labelsKept(metadata.labels).labels, ...label },
    },
    spec: {
      ...withArguments(withoutEnd(workflow.spec), options.arguments),
      ...(priority === undefined ? {} : { priority }),
    },
  }
  if (options.memoized !== true) return ok(fresh)
  if (status?.phase !== "Failed" && status?.phase !== "Error") {
    return refuse(
      `a memoized resubmission begins from Failed or Error; found ${status?.phase ?? "none"}`,
    )
  }
  const retried = retryWorkflow(
    workflow,
    now,
    options.arguments === undefined ? {} : { arguments: options.arguments },
  )
  if (!retried.ok) return retried
  const nodes = renamed(retried.value.status?.nodes ?? {}, source, name)
  const { storedTemplates } = status
  return ok({
    ...fresh,
    status: {
      nodes,
      ...(storedTemplates === undefined ? {} : { storedTemplates }),
      ...storedWithArguments(status, options.arguments),
    },
  })
}

/** Nodes under another workflow's name: names and ids change, edges follow. */
function renamed(
  nodes: { readonly [id: string]: NodeStatus },
  from: string,
  to: string,
): { readonly [id: string]: NodeStatus } {
  const ids = new Map<string, string>()
  const taken = new Set<string>()
  const nameOf = (node: NodeStatus): string => to + node.name.slice(from.length)
  for (const node of Object.values(nodes)) {
    const id = freeId(nodeId(to, nameOf(node)), (each) => taken.has(each))
    taken.add(id)
    ids.set(node.id, id)
  }
  const idOf = (id: string): string => ids.get(id) ?? id
  const result: { [id: string]: NodeStatus } = Object.create(null) as { [id: string]: NodeStatus }
  for (const node of Object.values(nodes)) {
    const { boundaryID, children, outboundNodes, templateScope } = node
    const id = idOf(node.id)
    result[id] = {
      ...node,
      id,
      name: nameOf(node),
      displayName: node.name === from ? to : node.displayName,
      ...(boundaryID === undefined ? {} : { boundaryID: idOf(boundaryID) }),
      ...(children === undefined ? {} : { children: children.map(idOf) }),
      ...(outboundNodes === undefined ? {} : { outboundNodes: outboundNodes.map(idOf) }),
      ...(templateScope === `local/${from}` ? { templateScope: `local/${to}` } : {}),
      ...(node.type === "Pod" && node.phase === "Succeeded"
        ? { message: `original pod: ${node.id}` }
        : {}),
    }
  }
  return result
}
