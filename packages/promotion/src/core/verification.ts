import { compareText, type EpochMs, formatInstant, own } from "@argo-ts/kernel"
import type { VerificationInfo } from "../api/common.js"
import type { ForeignAnalysisRun } from "../api/foreign.js"
import type { Freight } from "../api/freight.js"
import type { AnalysisTemplateReference, Stage, StageStatus } from "../api/stage.js"
import { annotation, requested } from "./annotations.js"
import { environmentOf, evaluateText, evaluateVariables } from "./expressions.js"
import {
  currentCollection,
  immediateVerification,
  isVerificationOver,
  withVerification,
} from "./stage-history.js"
import { ulidOf } from "./ulid.js"

/** Make an AnalysisRun of the templates of a Stage; the driver reads and joins the templates. */
export interface CreateAnalysisRun {
  readonly type: "CreateAnalysisRun"
  readonly key: string
  readonly name: string
  readonly templates: readonly AnalysisTemplateReference[]
  readonly args: readonly { readonly name: string; readonly value: string }[]
  readonly labels: { readonly [name: string]: string }
  readonly annotations: { readonly [name: string]: string }
  /** Freight of the collection: the run's owners. */
  readonly freight: readonly string[]
}

/** Ask a running AnalysisRun to stop. */
export interface TerminateAnalysisRun {
  readonly type: "TerminateAnalysisRun"
  readonly key: string
  readonly name: string
}

interface Pass {
  readonly stage: Stage
  readonly observed: {
    readonly freight: readonly Freight[]
    readonly analysisRuns: readonly ForeignAnalysisRun[]
  }
  readonly now: EpochMs
}

interface Outcome {
  readonly status: StageStatus
  readonly actions: readonly (CreateAnalysisRun | TerminateAnalysisRun)[]
}

function infoOf(run: ForeignAnalysisRun): VerificationInfo {
  const phase = run.status?.phase || "Pending"
  const { message, startedAt, completedAt } = run.status ?? {}
  const { name = "", namespace = "", creationTimestamp } = run.metadata
  const startTime = startedAt ?? creationTimestamp
  return {
    id: run.metadata.uid ?? name,
    ...(startTime === undefined ? {} : { startTime }),
    ...(completedAt === undefined ? {} : { finishTime: completedAt }),
    phase,
    ...(message === undefined || message === "" ? {} : { message }),
    analysisRun: { namespace, name, phase },
  }
}

/** The arguments of the run; each must evaluate to a text, as upstream: `quote()` what looks like a number. */
function argumentsOf(
  pass: Pass,
  status: StageStatus,
): readonly { readonly name: string; readonly value: string }[] | { readonly error: string } {
  const { stage } = pass
  const scope = {
    project: stage.metadata.namespace ?? "",
    stage: stage.metadata.name ?? "",
    freight: Object.values(currentCollection(status)?.items ?? {}),
  }
  const environment = evaluateVariables(stage.spec.vars ?? [], environmentOf(scope))
  if (!environment.ok)
    return { error: environment.issues[0]?.message ?? "the variables cannot be evaluated" }
  const args: { readonly name: string; readonly value: string }[] = []
  for (const { name, value = "" } of stage.spec.verification?.args ?? []) {
    const result = evaluateText(value, environment.value)
    if (!result.ok) return { error: `argument ${name}: ${result.issues[0]?.message ?? "failed"}` }
    if (typeof result.value !== "string")
      return {
        error: `argument ${name}: expected a text, found ${JSON.stringify(result.value)}; use quote()`,
      }
    args.push({ name, value: result.value })
  }
  return args
}

function create(pass: Pass, status: StageStatus): Outcome {
  const { stage, now } = pass
  const { name = "", namespace = "" } = stage.metadata
  const collection = currentCollection(status)
  const { analysisTemplates = [], analysisRunMetadata } = stage.spec.verification ?? {}
  const id = collection?.id ?? ""
  const args = argumentsOf(pass, status)
  const attempt = collection?.verificationHistory?.length ?? 0
  const cause = `${namespace}/${name}/${id}/${attempt}`
  if ("error" in args) {
    const at = formatInstant(now)
    const info = {
      id: ulidOf(now, cause),
      startTime: at,
      finishTime: at,
      phase: "Error",
      message: args.error,
    }
    return { status: withVerification(status, info), actions: [] }
  }
  const promotion = status.lastPromotion?.name
  const action: CreateAnalysisRun = {
    type: "CreateAnalysisRun",
    key: `${cause}/verify`,
    name: `${name}.${ulidOf(now, cause)}.${id}`.toLowerCase(),
    templates: analysisTemplates,
    args,
    labels: {
      ...analysisRunMetadata?.labels,
      [annotation.stage]: name.slice(0, 63),
      [annotation.freightCollection]: id,
    },
    annotations: {
      ...analysisRunMetadata?.annotations,
      ...(promotion === undefined ? {} : { [annotation.promotion]: promotion }),
    },
    freight: Object.values(collection?.items ?? {}).map((item) => item.name ?? ""),
  }
  return { status, actions: [action] }
}

/** Runs of the current collection that the history does not know, newest last. */
function unknownRuns(pass: Pass, status: StageStatus): readonly ForeignAnalysisRun[] {
  const collection = currentCollection(status)
  const known = new Set(
    (collection?.verificationHistory ?? []).map(({ analysisRun }) => analysisRun?.name),
  )
  return pass.observed.analysisRuns
    .filter(({ metadata }) => own(metadata.labels, annotation.freightCollection) === collection?.id)
    .filter(({ metadata }) => !known.has(metadata.name))
    .toSorted((left, right) => compareText(left.metadata.name ?? "", right.metadata.name ?? ""))
}

function follow(pass: Pass, status: StageStatus, newest: VerificationInfo): Outcome {
  const { stage, now } = pass
  const abort = own(stage.metadata.annotations, annotation.abort)
  const name = newest.analysisRun?.name ?? ""
  if (requested(abort, "id") === newest.id) {
    const message = "Verification aborted by user"
    const info = { ...newest, phase: "Failed", message, finishTime: formatInstant(now) }
    const action: TerminateAnalysisRun = {
      type: "TerminateAnalysisRun",
      key: `${name}/terminate`,
      name,
    }
    return { status: withVerification(status, info), actions: [action] }
  }
  const run = pass.observed.analysisRuns.find(({ metadata }) => metadata.name === name)
  if (run === undefined) {
    const message = `AnalysisRun ${name} does not exist any more`
    const info = { ...newest, phase: "Error", message, finishTime: formatInstant(now) }
    return { status: withVerification(status, info), actions: [] }
  }
  const info = infoOf(run)
  const isOver = isVerificationOver(info)
  const finished =
    isOver && info.finishTime === undefined ? { ...info, finishTime: formatInstant(now) } : info
  return { status: withVerification(status, finished), actions: [] }
}

function verify(pass: Pass, status: StageStatus): Outcome {
  const { stage, now } = pass
  const collection = currentCollection(status)
  if (collection === undefined || status.currentPromotion !== undefined)
    return { status, actions: [] }
  const newest = collection.verificationHistory?.[0]
  if (newest !== undefined && !isVerificationOver(newest)) return follow(pass, status, newest)
  const again = requested(own(stage.metadata.annotations, annotation.reverify), "id")
  if (newest !== undefined && again !== newest.id) return { status, actions: [] }
  if (status.health?.status !== "Healthy") return { status, actions: [] }
  const { verification } = stage.spec
  if (verification === undefined) {
    const id = ulidOf(now, `${stage.metadata.namespace}/${stage.metadata.name}/${collection.id}`)
    return { status: withVerification(status, immediateVerification(id, now)), actions: [] }
  }
  const run = unknownRuns(pass, status).at(-1)
  if (run === undefined) return create(pass, status)
  return { status: withVerification(status, infoOf(run)), actions: [] }
}

function verifiedCondition(
  status: StageStatus,
): readonly ["True" | "False" | "Unknown", string, string] {
  const history = currentCollection(status)?.verificationHistory ?? []
  if (history.some(({ phase }) => phase === "Successful"))
    return ["True", "Verified", "the current Freight is verified"]
  const newest = history[0]
  if (newest === undefined) {
    const reason = currentCollection(status) === undefined ? "NoFreight" : "WaitingForVerification"
    return ["Unknown", reason, "verification has not begun"]
  }
  if (!isVerificationOver(newest))
    return ["Unknown", `Verification${newest.phase}`, "verification is under way"]
  return [
    "False",
    `Verification${newest.phase}`,
    newest.message ?? `verification ended as ${newest.phase}`,
  ]
}

/** Step 4 of a Stage (spec/promotion §2.14): begin verification when healthy, follow it, take note of its end. */
export function decideVerification(pass: Pass, before: StageStatus): Outcome {
  const outcome = verify(pass, before)
  const [value, reason, message] = verifiedCondition(outcome.status)
  const at = formatInstant(pass.now)
  const generation = pass.stage.metadata.generation ?? 0
  const condition = {
    type: "Verified",
    status: value,
    reason,
    message,
    lastTransitionTime: at,
    observedGeneration: generation,
  }
  const conditions = outcome.status.conditions ?? []
  const index = conditions.findIndex(({ type }) => type === "Verified")
  const old = conditions[index]
  const kept =
    old?.status === value && old.lastTransitionTime !== undefined
      ? { ...condition, lastTransitionTime: old.lastTransitionTime }
      : condition
  const list = index < 0 ? [...conditions, kept] : conditions.with(index, kept)
  return { ...outcome, status: { ...outcome.status, conditions: list } }
}
