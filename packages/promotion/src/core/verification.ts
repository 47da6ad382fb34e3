import { compareText, failed, formatInstant, ok, own, type Result } from "@argo-ts/kernel"
import type { VerificationInfo } from "../api/common.js"
import type { ForeignAnalysisRun } from "../api/foreign.js"
import type { StageStatus } from "../api/stage.js"
import { annotation, detailOf, requested } from "./annotations.js"
import type { ConditionParts } from "./conditions.js"
import { MissingData, readData } from "./data-functions.js"
import { environmentOf } from "./environment.js"
import { evaluateText, evaluateVariables, firstMessage } from "./evaluate.js"
import { stageLabel } from "./labels.js"
import { headOf } from "./promotion-queue.js"
import {
  currentCollection,
  immediateVerification,
  isVerificationOver,
  withVerification,
} from "./stage-history.js"
import {
  type CreateAnalysisRun,
  type StageOutcome,
  type StagePass,
  withCondition,
} from "./stage-pass.js"
import { ulidOf } from "./ulid.js"

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
function argumentsOf(pass: StagePass, status: StageStatus): Result<CreateAnalysisRun["args"]> {
  const { stage, observed, now } = pass
  const { namespace = "", name: stageName = "" } = stage.metadata
  const scope = {
    stage,
    freight: observed.freight,
    data: observed.data ?? [],
    context: { project: namespace, stage: stageName },
    collection: Object.values(currentCollection(status)?.items ?? {}),
  }
  const evaluation = evaluateVariables(stage.spec.vars ?? [], environmentOf(scope, now))
  if (!evaluation.ok) return evaluation
  const args: { readonly name: string; readonly value: string }[] = []
  for (const { name, value = "" } of stage.spec.verification?.args ?? []) {
    const result = evaluateText(value, evaluation.value)
    const found = result.ok ? result.value : undefined
    if (typeof found === "string") args.push({ name, value: found })
    else {
      const why = result.ok
        ? `expected a text, found ${JSON.stringify(found)}; use quote()`
        : firstMessage(result.issues)
      const message = `argument ${name}: ${why}`
      return failed([{ code: "FailedExpression", path: [], message }])
    }
  }
  return ok(args)
}

/** A verification that could not even begin. */
function failedVerification(
  { now }: StagePass,
  status: StageStatus,
  [id, message]: readonly [id: string, message: string],
): StageOutcome {
  const at = formatInstant(now)
  const info = { id, startTime: at, finishTime: at, phase: "Error", message }
  return { status: withVerification(status, info), actions: [] }
}

function create(pass: StagePass, status: StageStatus): StageOutcome {
  const { stage, now } = pass
  const { name = "", namespace = "" } = stage.metadata
  const collection = currentCollection(status)
  const { analysisTemplates = [], analysisRunMetadata } = stage.spec.verification ?? {}
  const id = collection?.id ?? ""
  // The promotion or the verification that is repeated: each has one run, however often this is decided.
  const repeated = collection?.verificationHistory?.[0]?.id
  const promotion = status.lastPromotion?.name
  const cause = `${namespace}/${name}/${id}/${repeated ?? promotion ?? ""}`
  const args = argumentsOf(pass, status)
  if (!args.ok)
    return failedVerification(pass, status, [ulidOf(now, cause), firstMessage(args.issues)])
  const isByPerson = repeated !== undefined && !isByController(pass)
  const label = stageLabel(name)
  const action: CreateAnalysisRun = {
    type: "CreateAnalysisRun",
    key: `${cause}/verify`,
    name: `${name}.${ulidOf(now, cause)}.${id}`.toLowerCase(),
    templates: analysisTemplates,
    args: args.value,
    labels: {
      ...analysisRunMetadata?.labels,
      ...label.labels,
      [annotation.freightCollection]: id,
    },
    annotations: {
      ...analysisRunMetadata?.annotations,
      ...label.annotations,
      ...(promotion === undefined || isByPerson ? {} : { [annotation.promotion]: promotion }),
    },
    freight: Object.values(collection?.items ?? {}).map((item) => item.name ?? ""),
  }
  return { status, actions: [action] }
}

/** Makes the run, or says what must be read before its arguments are known. */
function createOrRead(pass: StagePass, status: StageStatus): StageOutcome {
  try {
    return create(pass, status)
  } catch (error) {
    if (!(error instanceof MissingData)) throw error
    const cause = `${pass.stage.metadata.name}/verification`
    return { status, actions: [readData(cause, error.wanted)] }
  }
}

function isByController({ stage }: StagePass): boolean {
  const asked = own(stage.metadata.annotations, annotation.reverify)
  return detailOf(asked, "controlPlane") === "true"
}

/**
 * A run of this very verification that the history does not know: it was made, and the process ended before it could
 * take note. Runs of earlier promotions of the same Freight are known, or name another promotion.
 */
function unknownRun(pass: StagePass, status: StageStatus): ForeignAnalysisRun | undefined {
  const id = currentCollection(status)?.id
  const known = new Set(
    (status.freightHistory ?? []).flatMap(({ verificationHistory = [] }) =>
      verificationHistory.map(({ analysisRun }) => analysisRun?.name),
    ),
  )
  return pass.observed.analysisRuns
    .filter(({ metadata }) => own(metadata.labels, annotation.freightCollection) === id)
    .filter(({ metadata }) => !known.has(metadata.name))
    .filter(({ metadata }) => {
      const promotion = own(metadata.annotations, annotation.promotion)
      return promotion === undefined || promotion === status.lastPromotion?.name
    })
    .toSorted((left, right) => compareText(left.metadata.name ?? "", right.metadata.name ?? ""))
    .at(-1)
}

function isOver(run: ForeignAnalysisRun): boolean {
  return isVerificationOver(infoOf(run))
}

/** The newest verification as its run now stands; one that a person aborted has failed once its run knows of it. */
function follow(pass: StagePass, status: StageStatus, newest: VerificationInfo): StageOutcome {
  const { stage, now } = pass
  const asked = own(stage.metadata.annotations, annotation.abort)
  const name = newest.analysisRun?.name ?? ""
  const run = pass.observed.analysisRuns.find(({ metadata }) => metadata.name === name)
  const end = (phase: string, message: string): StageOutcome => {
    const info = { ...newest, phase, message, finishTime: formatInstant(now) }
    return { status: withVerification(status, info), actions: [] }
  }
  if (run === undefined) return end("Error", `AnalysisRun ${name} does not exist any more`)
  const isAborted = requested(asked, "id") === newest.id
  if (isAborted && run.spec?.["terminate"] === true) {
    const actor = detailOf(asked, "actor")
    return end("Failed", `Verification aborted by ${actor ?? "user"}`)
  }
  if (isAborted && !isOver(run))
    return { status, actions: [{ type: "TerminateAnalysisRun", key: `${name}/terminate`, name }] }
  const { actor } = newest
  const info = { ...infoOf(run), ...(actor === undefined ? {} : { actor }) }
  const isFinished = isOver(run) && info.finishTime === undefined
  const finished = isFinished ? { ...info, finishTime: formatInstant(now) } : info
  return { status: withVerification(status, finished), actions: [] }
}

function isOpen(newest: VerificationInfo | undefined): newest is VerificationInfo {
  return newest !== undefined && !isVerificationOver(newest)
}

/** The first verification of the collection once the Stage is healthy, or one more where somebody asks for it by id. */
function beginVerification(pass: StagePass, status: StageStatus): StageOutcome {
  const { stage, now } = pass
  const unchanged: StageOutcome = { status, actions: [] }
  const collection = currentCollection(status)
  const newest = collection?.verificationHistory?.[0]
  const asked = own(stage.metadata.annotations, annotation.reverify)
  if (newest !== undefined && requested(asked, "id") !== newest.id) return unchanged
  // A promotion that waits goes before a verification that is repeated.
  if (newest !== undefined && headOf(pass.observed.promotions) !== undefined) return unchanged
  if (status.health?.status !== "Healthy") return unchanged
  const actor = newest === undefined ? undefined : detailOf(asked, "actor")
  const by = actor === undefined ? {} : { actor }
  if (stage.spec.verification === undefined) {
    const cause = `${stage.metadata.namespace}/${stage.metadata.name}/${collection?.id ?? ""}`
    const info = immediateVerification(ulidOf(now, `${cause}/${newest?.id ?? ""}`), now)
    return { status: withVerification(status, { ...info, ...by }), actions: [] }
  }
  const run = unknownRun(pass, status)
  if (run === undefined) return createOrRead(pass, status)
  return { status: withVerification(status, { ...infoOf(run), ...by }), actions: [] }
}

function verify(pass: StagePass, before: StageStatus): StageOutcome {
  const collection = currentCollection(before)
  if (collection === undefined || before.currentPromotion !== undefined)
    return { status: before, actions: [] }
  const newest = collection.verificationHistory?.[0]
  const followed = isOpen(newest) ? follow(pass, before, newest) : { status: before, actions: [] }
  const isStillOpen = isOpen(currentCollection(followed.status)?.verificationHistory?.[0])
  return isStillOpen ? followed : beginVerification(pass, followed.status)
}

function verifiedCondition(status: StageStatus): ConditionParts {
  const collection = currentCollection(status)
  const history = collection?.verificationHistory ?? []
  const [newest] = history
  if (history.some(({ phase }) => phase === "Successful"))
    return ["Verified", "True", "Verified", "the current Freight is verified"]
  if (collection === undefined)
    return ["Verified", "Unknown", "NoFreight", "there is no Freight to verify"]
  if (newest === undefined)
    return ["Verified", "Unknown", "WaitingForVerification", "verification has not begun"]
  const reason = `Verification${newest.phase}`
  if (!isVerificationOver(newest))
    return ["Verified", "Unknown", reason, "verification is under way"]
  const message = newest.message ?? `verification ended as ${newest.phase}`
  return ["Verified", "False", reason, message]
}

/** Step 4 of a Stage (spec/promotion §2.14): begin verification when healthy, follow it, take note of its end. */
export function decideVerification(pass: StagePass, before: StageStatus): StageOutcome {
  const { status, actions } = verify(pass, before)
  return { status: withCondition(status, pass, verifiedCondition(status)), actions }
}
