import { epochMs, type Issue, isJsonObject, recordOf } from "@argo-ts/kernel"
import type { CronWorkflow } from "../api/cron-workflow.js"
import {
  parseClusterWorkflowTemplate,
  parseWorkflow,
  parseWorkflowEventBinding,
  parseWorkflowTemplate,
} from "../api/parse.js"
import type { WorkflowSpec } from "../api/workflow.js"
import type { ConfigMapSource } from "../core/config-map-values.js"
import type { TemplateSource } from "../core/run.js"
import { parseCronWorkflow } from "../cron/parse.js"
import { runOf } from "../cron/run-of.js"
import type { OutcomeRule } from "../executors/simulate.js"
import { simulateWorkflow } from "./simulate.js"

/** What became of one manifest. */
export interface ConformanceResult {
  /** True where the document is of a kind of this engine. */
  readonly isOurs: boolean
  /** The document has the fields and types of its kind. */
  readonly parsed: boolean
  /** And keeps every rule. */
  readonly validated: boolean
  /** And ran on virtual time to a final phase, whichever. Templates do not run. */
  readonly ran: boolean
  /** Why not, or the final phase. */
  readonly reason: string
}

/** What a manifest needs besides itself. */
export interface ConformanceWorld {
  /** Other documents, for the templates and ConfigMaps that it refers to. */
  readonly others?: readonly unknown[]
  /** How its steps end. */
  readonly outcomes?: readonly OutcomeRule[]
}

/** Parses, validates and, where it is a Workflow, runs a document on virtual time; see `pnpm conformance`. */
export async function conformance(
  manifest: unknown,
  world: ConformanceWorld = {},
): Promise<ConformanceResult> {
  const kind = isJsonObject(manifest) ? manifest["kind"] : undefined
  const parsers = {
    Workflow: parseWorkflow,
    WorkflowTemplate: parseWorkflowTemplate,
    ClusterWorkflowTemplate: parseClusterWorkflowTemplate,
    CronWorkflow: parseCronWorkflow,
    WorkflowEventBinding: parseWorkflowEventBinding,
  }
  if (typeof kind !== "string" || !Object.hasOwn(parsers, kind)) {
    return {
      isOurs: false,
      parsed: false,
      validated: false,
      ran: false,
      reason: `kind ${String(kind)}`,
    }
  }
  const result = parsers[kind as keyof typeof parsers](manifest)
  if (!result.ok) {
    const isShape = (issue: Issue): boolean => /^(UnknownField|UnsupportedField)$/.test(issue.code)
    const [first] = result.issues
    const reason = `${first?.code ?? ""} ${first?.path.join(".") ?? ""}: ${first?.message ?? ""}`
    return {
      isOurs: true,
      parsed: !result.issues.some(isShape),
      validated: false,
      ran: false,
      reason,
    }
  }
  const isCron = kind === "CronWorkflow"
  if (kind !== "Workflow" && !isCron)
    return { isOurs: true, parsed: true, validated: true, ran: true, reason: kind }
  const run = isCron ? runOf(result.value as CronWorkflow, epochMs(0)) : manifest
  return { isOurs: true, parsed: true, validated: true, ...(await simulate(run, world)) }
}

async function simulate(
  manifest: unknown,
  world: ConformanceWorld,
): Promise<{ readonly ran: boolean; readonly reason: string }> {
  const { status } = await simulateWorkflow(manifest, {
    findTemplate: templateSource(world.others ?? []),
    findConfigMap: configMapSource(world.others ?? []),
    resume: true,
    limitMs,
    ...(world.outcomes === undefined ? {} : { outcomes: world.outcomes }),
  })
  const phase = status?.phase ?? "unknown"
  if (status?.finishedAt === undefined) return { ran: false, reason: `still ${phase}` }
  const message = status.message === undefined ? "" : `: ${status.message}`
  return { ran: true, reason: `${phase}${message}` }
}

const limitMs = 2 * 86_400_000

/** Finds ConfigMaps among documents. */
export function configMapSource(documents: readonly unknown[]): ConfigMapSource {
  const found = new Map<string, { readonly [key: string]: string }>()
  for (const document of documents) {
    if (!isJsonObject(document) || document["kind"] !== "ConfigMap") continue
    const { metadata, data } = document
    if (!isJsonObject(metadata) || !isJsonObject(data)) continue
    const texts = Object.entries(data).map(([key, value]) => [key, String(value)] as const)
    found.set(String(metadata["name"]), recordOf(texts))
  }
  return (name) => found.get(name)
}

/** Finds templates among documents. */
export function templateSource(documents: readonly unknown[]): TemplateSource {
  const found = new Map<string, WorkflowSpec>()
  for (const document of documents) {
    if (!isJsonObject(document)) continue
    const { kind } = document
    if (kind !== "WorkflowTemplate" && kind !== "ClusterWorkflowTemplate") continue
    const parse = kind === "WorkflowTemplate" ? parseWorkflowTemplate : parseClusterWorkflowTemplate
    const parsed = parse(document)
    if (parsed.ok) found.set(`${kind}/${parsed.value.metadata.name ?? ""}`, parsed.value.spec)
  }
  return ({ name, clusterScope }) =>
    found.get(`${clusterScope === true ? "ClusterWorkflowTemplate" : "WorkflowTemplate"}/${name}`)
}
