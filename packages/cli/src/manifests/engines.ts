import { type Issue, isJsonObject, parseApiVersion, type Result } from "@argo-ts/kernel"

/** Judges a manifest of one kind. */
export type ParseManifest = (value: unknown) => Result<unknown>

type Load = () => Promise<object>

const dag: Load = () => import("@argo-ts/dag-engine")
const cron: Load = () => import("@argo-ts/dag-engine/cron")
const gitops: Load = () => import("@argo-ts/gitops-core")
const rollouts: Load = () => import("@argo-ts/progressive-delivery")
const events: Load = () => import("@argo-ts/event-bus")
const promotion: Load = () => import("@argo-ts/promotion")
const testing: Load = () => import("@argo-ts/testing")

/** Which package knows a kind, by `group/kind`. */
const owners: ReadonlyMap<string, Load> = new Map([
  ...["Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate", "WorkflowEventBinding"].map(
    (kind) => [`argoproj.io/${kind}`, dag] as const,
  ),
  ["argoproj.io/CronWorkflow", cron],
  ...["Application", "AppProject", "ApplicationSet"].map(
    (kind) => [`argoproj.io/${kind}`, gitops] as const,
  ),
  ...["Rollout", "AnalysisRun", "AnalysisTemplate", "ClusterAnalysisTemplate", "Experiment"].map(
    (kind) => [`argoproj.io/${kind}`, rollouts] as const,
  ),
  ...["EventSource", "Sensor", "EventBus"].map((kind) => [`argoproj.io/${kind}`, events] as const),
  ...[
    "Project",
    "ProjectConfig",
    "ClusterConfig",
    "Warehouse",
    "Freight",
    "Stage",
    "Promotion",
    "PromotionTask",
    "ClusterPromotionTask",
  ].map((kind) => [`kargo.akuity.io/${kind}`, promotion] as const),
  ["testing.argo-ts.dev/Scenario", testing],
])

/** Groups whose kinds are Kubernetes' own: read by the cluster, not judged here. */
const builtInGroups =
  /^(|apps|batch|autoscaling|policy|networking\.k8s\.io|rbac\.authorization\.k8s\.io|storage\.k8s\.io|coordination\.k8s\.io|apiextensions\.k8s\.io|admissionregistration\.k8s\.io|scheduling\.k8s\.io|discovery\.k8s\.io|events\.k8s\.io|node\.k8s\.io|certificates\.k8s\.io)$/

function unknownKind(apiVersion: string, kind: string): Issue {
  const known = [...owners.keys()].map((key) => key.slice(key.indexOf("/") + 1))
  const near = known.find((name) => name.toLowerCase() === kind.toLowerCase())
  const message = `expected a kind that argo-ts knows, found ${kind} of ${apiVersion}`
  const issue = { code: "UnknownKind", path: ["kind"], message }
  return near === undefined ? issue : { ...issue, hint: `did you mean ${near}?` }
}

/** Every issue of one manifest, judged by the engine that owns its kind. Kubernetes' own kinds have none. */
export async function lintManifest(value: {
  readonly apiVersion: string
  readonly kind: string
}): Promise<readonly Issue[]> {
  const { apiVersion, kind } = value
  const { group } = parseApiVersion(apiVersion)
  const load = owners.get(`${group}/${kind}`)
  if (load === undefined)
    return builtInGroups.test(group) ? lintBuiltIn(value) : [unknownKind(apiVersion, kind)]
  const engine = (await load()) as { readonly [name: string]: unknown }
  const parse = engine[`parse${kind}`]
  if (typeof parse !== "function") {
    const message = `${kind} is known upstream, but not supported yet`
    return [{ code: "UnsupportedKind", path: ["kind"], message }]
  }
  const result = (parse as ParseManifest)(value)
  return result.ok ? [] : result.issues
}

function lintBuiltIn(value: object): readonly Issue[] {
  const { metadata } = value as { readonly metadata?: unknown }
  const name = isJsonObject(metadata) ? (metadata["name"] ?? metadata["generateName"]) : undefined
  if (typeof name === "string" && name !== "") return []
  const found = name === undefined ? "none" : JSON.stringify(name)
  return [
    {
      code: "InvalidValue",
      path: ["metadata", "name"],
      message: `expected a name, found ${found}`,
    },
  ]
}
