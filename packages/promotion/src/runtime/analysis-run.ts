import type { ClusterReader } from "@argo-ts/k8s"
import {
  type JsonObject,
  type JsonValue,
  type ObjectKey,
  OperationError,
  type OwnerReference,
  type Stored,
} from "@argo-ts/kernel"
import {
  type ForeignAnalysisRun,
  type ForeignAnalysisTemplate,
  foreignAnalysisTemplates,
  foreignClusterAnalysisTemplates,
} from "../api/foreign.js"
import type { Freight } from "../api/freight.js"
import { kargoApiVersion } from "../api/kinds.js"
import type { CreateAnalysisRun } from "../core/stage-pass.js"

function refuse(message: string): never {
  throw new OperationError(message, { code: "InvalidVerification", retryable: true })
}

async function templateOf(
  cluster: ClusterReader,
  namespace: string,
  reference: CreateAnalysisRun["templates"][number],
): Promise<ForeignAnalysisTemplate> {
  const { name, kind = "AnalysisTemplate" } = reference
  const found = await (kind === "AnalysisTemplate"
    ? cluster.get(foreignAnalysisTemplates, { namespace, name })
    : cluster.get(foreignClusterAnalysisTemplates, { name }))
  return found ?? refuse(`${kind} ${name} does not exist`)
}

type Argument = { readonly name: string; readonly value?: string; readonly valueFrom?: JsonValue }

/** Arguments of all templates; two that say different things are an error. The Stage's values win. */
function argumentsOf(
  templates: readonly ForeignAnalysisTemplate[],
  given: CreateAnalysisRun["args"],
): readonly Argument[] {
  const all = new Map<string, Argument>()
  for (const template of templates) {
    for (const argument of template.spec?.args ?? []) {
      const known = all.get(argument.name)
      const isClash =
        known?.value !== undefined && argument.value !== undefined && known.value !== argument.value
      if (isClash) refuse(`the AnalysisTemplates give argument ${argument.name} different values`)
      all.set(argument.name, { ...known, ...argument })
    }
  }
  for (const { name, value } of given) if (all.has(name)) all.set(name, { name, value })
  const missing = [...all.values()].find(
    ({ value, valueFrom }) => value === undefined && valueFrom === undefined,
  )
  if (missing !== undefined)
    refuse(`the AnalysisTemplates need a value for argument ${missing.name}`)
  return [...all.values()]
}

function ownerOf(freight: Freight): OwnerReference {
  const { name = "", uid = "" } = freight.metadata
  return { apiVersion: kargoApiVersion, kind: "Freight", name, uid }
}

/** The AnalysisRun of an action: its templates joined into one, owned by the Freight it verifies. */
export async function buildAnalysisRun(
  cluster: ClusterReader,
  stage: ObjectKey,
  action: CreateAnalysisRun,
  freight: readonly Stored<Freight>[],
): Promise<ForeignAnalysisRun> {
  const { namespace = "" } = stage
  const templates: ForeignAnalysisTemplate[] = []
  for (const reference of action.templates)
    templates.push(await templateOf(cluster, namespace, reference))
  const join = (
    pick: (spec: NonNullable<ForeignAnalysisTemplate["spec"]>) => readonly JsonValue[] | undefined,
  ): readonly JsonValue[] =>
    templates.flatMap(({ spec }) => (spec === undefined ? [] : (pick(spec) ?? [])))
  const dryRun = join((spec) => spec.dryRun)
  const measurementRetention = join((spec) => spec.measurementRetention)
  const args = argumentsOf(templates, action.args)
  const spec: JsonObject = {
    metrics: join(({ metrics }) => metrics),
    ...(args.length === 0 ? {} : { args: args as unknown as JsonValue }),
    ...(dryRun.length === 0 ? {} : { dryRun }),
    ...(measurementRetention.length === 0 ? {} : { measurementRetention }),
  }
  const owners = freight
    .filter(({ metadata }) => action.freight.includes(metadata.name))
    .map(ownerOf)
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AnalysisRun",
    metadata: {
      name: action.name,
      namespace,
      labels: action.labels,
      annotations: action.annotations,
      ...(owners.length === 0 ? {} : { ownerReferences: owners }),
    },
    spec,
  }
}
