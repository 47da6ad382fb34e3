import { type Cluster, isClusterError, type Reconcile, type ReconcileContext } from "@argo-ts/k8s"
import {
  type Condition,
  formatInstant,
  formatIssue,
  isOperationError,
  keyOf,
  type ObjectKey,
  OperationError,
  type Stored,
  setCondition,
} from "@argo-ts/kernel"
import {
  type ForeignApplication,
  foreignAnalysisRuns,
  foreignApplications,
} from "../api/foreign.js"
import type { Freight } from "../api/freight.js"
import { freights, projectConfigs, promotions, stages } from "../api/kinds.js"
import { parseStage } from "../api/parse.js"
import type { Stage } from "../api/stage.js"
import { annotation, finalizer } from "../core/annotations.js"
import { decideStage } from "../core/decide-stage.js"
import { checkedApplications } from "../core/health.js"
import { stageLabelValue } from "../core/labels.js"
import { isTerminal } from "../core/references.js"
import { currentCollection } from "../core/stage-history.js"
import type { ObservedStage, StageAction } from "../core/stage-pass.js"
import { buildAnalysisRun } from "./analysis-run.js"
import { withoutServerFields } from "./parse-stored.js"
import { type DataSources, readObject } from "./read-data.js"
import { writeStatus } from "./write-status.js"

async function applicationsOf(
  stage: Stage,
  observed: Pick<ObservedStage, "promotions">,
  cluster: Cluster,
): Promise<readonly ForeignApplication[]> {
  const last = stage.status?.lastPromotion?.status?.healthChecks ?? []
  // A promotion that has just ended becomes the last one within this very decision.
  const ended = observed.promotions
    .filter(isTerminal)
    .flatMap(({ status }) => status?.healthChecks ?? [])
  const found = new Map<string, ForeignApplication>()
  for (const { namespace, name } of checkedApplications([...last, ...ended])) {
    const id = `${namespace}/${name}`
    if (found.has(id)) continue
    const application = await cluster.get(foreignApplications, { namespace, name })
    if (application !== undefined) found.set(id, application)
  }
  return [...found.values()]
}

async function observe(
  stage: Stored<Stage>,
  cluster: Cluster,
): Promise<ObservedStage & { readonly freight: readonly Stored<Freight>[] }> {
  const namespace = stage.metadata.namespace ?? ""
  const { name } = stage.metadata
  const label = { matchLabels: { [annotation.stage]: stageLabelValue(name) } }
  const hasRuns = (stage.status?.freightHistory ?? []).some(({ verificationHistory = [] }) =>
    verificationHistory.some(({ analysisRun }) => analysisRun !== undefined),
  )
  const hasVerification = hasRuns || stage.spec.verification !== undefined
  const own = (await cluster.list(promotions, { namespace })).items.filter(
    ({ spec }) => spec.stage === name,
  )
  const config = await cluster.get(projectConfigs, { namespace, name: namespace })
  return {
    freight: (await cluster.list(freights, { namespace })).items,
    promotions: own,
    applications: await applicationsOf(stage, { promotions: own }, cluster),
    analysisRuns: hasVerification
      ? (await cluster.list(foreignAnalysisRuns, { namespace, labelSelector: label })).items
      : [],
    ...(config === undefined ? {} : { config }),
  }
}

const verificationEvents: ReadonlyMap<string, string> = new Map([
  ["Successful", "Succeeded"],
  ["Failed", "Failed"],
  ["Error", "Errored"],
  ["Aborted", "Aborted"],
  ["Inconclusive", "Inconclusive"],
])

/** Says how a verification ended, once. */
function announce(before: Stored<Stage>, after: Stored<Stage>, { record }: ReconcileContext): void {
  const newest = currentCollection(after.status ?? {})?.verificationHistory?.[0]
  const known = currentCollection(before.status ?? {})?.verificationHistory?.[0]
  if (newest === undefined || (known?.id === newest.id && known.phase === newest.phase)) return
  const word = verificationEvents.get(newest.phase)
  if (word === undefined) return
  const type = word === "Succeeded" ? "Normal" : "Warning"
  const message =
    newest.message ?? `the verification of the current Freight ended as ${newest.phase}`
  record(after, { type, reason: `FreightVerification${word}`, message })
}

interface Performance {
  readonly stage: Stored<Stage>
  readonly observed: { readonly freight: readonly Stored<Freight>[] }
  readonly context: ReconcileContext
}

async function createOnce(create: () => Promise<unknown>): Promise<boolean> {
  try {
    await create()
    return true
  } catch (error) {
    if (isClusterError(error, "AlreadyExists")) return false
    throw error
  }
}

async function refresh(cluster: Cluster, key: ObjectKey): Promise<void> {
  const patch = { metadata: { annotations: { [annotation.argoRefresh]: "hard" } } }
  await cluster.patch(foreignApplications, key, { type: "merge", patch })
}

async function setFinalizer(
  cluster: Cluster,
  { metadata }: Stored<Stage>,
  isHeld: boolean,
): Promise<void> {
  const others = (metadata.finalizers ?? []).filter((each) => each !== finalizer)
  const finalizers = isHeld ? [...others, finalizer] : others
  // With its version: a finalizer that somebody else sets meanwhile is not lost, the next pass tries again.
  const { resourceVersion, namespace = "", name } = metadata
  const patch = { metadata: { resourceVersion, finalizers } }
  await cluster.patch(stages, { namespace, name }, { type: "merge", patch })
}

async function perform(
  action: StageAction,
  { stage, observed, context }: Performance,
): Promise<void> {
  const { cluster, record } = context
  const namespace = stage.metadata.namespace ?? ""
  switch (action.type) {
    case "PatchFreight": {
      const patch = { status: action.status }
      await cluster.patch(
        freights,
        { namespace, name: action.name },
        { type: "merge", patch },
        { subresource: "status" },
      )
      return
    }
    case "CreatePromotion": {
      const isNew = await createOnce(() => cluster.create(promotions, action.promotion))
      const message = `Promotion ${action.promotion.metadata.name} was created`
      if (isNew) record(stage, { type: "Normal", reason: "PromotionCreated", message })
      return
    }
    case "CreateAnalysisRun": {
      const run = await buildAnalysisRun(cluster, keyOf(stage), action, observed.freight)
      await createOnce(() => cluster.create(foreignAnalysisRuns, run))
      return
    }
    case "TerminateAnalysisRun": {
      const patch = { spec: { terminate: true } }
      await cluster.patch(
        foreignAnalysisRuns,
        { namespace, name: action.name },
        { type: "merge", patch },
      )
      return
    }
    case "DeleteAnalysisRun":
      await cluster.delete(foreignAnalysisRuns, { namespace, name: action.name })
      return
    case "AddFinalizer":
    case "RemoveFinalizer":
      return setFinalizer(cluster, stage, action.type === "AddFinalizer")
    case "ReadData":
      throw new OperationError(`more than ${readsMax} objects are asked for`, {
        code: "InvalidVerification",
        retryable: true,
      })
    case "RefreshApplication":
      return refresh(cluster, { namespace: action.namespace, name: action.name })
    default:
      return action satisfies never
  }
}

function withIssue(
  stage: Stage,
  at: string,
  reason: string,
  message: string,
): readonly Condition[] {
  return setCondition(stage.status?.conditions, {
    type: "Ready",
    status: "False",
    reason,
    message,
    lastTransitionTime: at,
  })
}

/** Objects that one decision may ask for. */
const readsMax = 100

/** Decides, reading what expressions ask for as they ask for it. */
async function decide(
  stage: Stored<Stage>,
  before: ObservedStage,
  { cluster, clock }: ReconcileContext,
  sources: DataSources,
): Promise<ReturnType<typeof decideStage>> {
  let observed = before
  for (let reads = 0; ; reads++) {
    const decision = decideStage(stage, observed, clock.now())
    const wanted = decision.actions.find((action) => action.type === "ReadData")
    if (wanted === undefined || reads >= readsMax) return decision
    const found = await readObject(cluster, stage.metadata.namespace ?? "", wanted, sources)
    observed = { ...observed, data: [...(observed.data ?? []), found] }
  }
}

/** Observes, decides, records the status, performs what is wanted. `steps` names the steps that run here. */
export function createStageReconcile(steps: readonly string[], sources: DataSources): Reconcile {
  return async (key, context) => {
    const { cluster, clock, logger } = context
    const stage = await cluster.get(stages, key)
    if (stage === undefined) return {}
    const parsed = parseStage(withoutServerFields(stage), steps)
    if (!parsed.ok && stage.metadata.deletionTimestamp === undefined) {
      const message = parsed.issues.map(formatIssue).join("; ")
      const conditions = withIssue(stage, formatInstant(clock.now()), "InvalidSpec", message)
      await writeStatus(cluster, stages, stage, { ...stage.status, conditions })
      return {}
    }
    const observed = await observe(stage, cluster)
    const decision = await decide(stage, observed, context, sources)
    logger.debug("decided", { stage: key, actions: decision.actions.map((action) => action.key) })
    const recorded = await writeStatus(cluster, stages, stage, decision.status)
    announce(stage, recorded, context)
    try {
      for (const action of decision.actions)
        await perform(action, { stage: recorded, observed, context })
    } catch (error) {
      if (!isOperationError(error) || error.code !== "InvalidVerification") throw error
      const conditions = withIssue(
        recorded,
        formatInstant(clock.now()),
        "ReconcileError",
        error.message,
      )
      await writeStatus(cluster, stages, recorded, { ...recorded.status, conditions })
      throw error
    }
    return decision.wakeAt === undefined ? {} : { wakeAt: decision.wakeAt }
  }
}
