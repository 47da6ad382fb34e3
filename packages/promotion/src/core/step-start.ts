import { formatInstant, type JsonObject, type Result } from "@argo-ts/kernel"
import type { PromotionStep } from "../api/common.js"
import type { PromotionStatus, StepExecutionMetadata } from "../api/promotion.js"
import { configIssues } from "../api/step-config.js"
import { annotation } from "./annotations.js"
import { evaluateStepConfig } from "./coerce.js"
import { actorOf } from "./create-promotion.js"
import { MissingData, type ReadData, readData } from "./data-functions.js"
import { environmentOf, hasFailed, withOutputs, withStatusFunctions } from "./environment.js"
import { type Evaluation, evaluateText, evaluateVariables, firstMessage } from "./evaluate.js"
import type { PromotionPass } from "./promotion-pass.js"
import { aliasOf, withStep } from "./step-metadata.js"

/** Run one step, with its configuration evaluated. */
export interface RunStep {
  readonly type: "RunStep"
  readonly key: string
  readonly index: number
  readonly alias: string
  readonly uses: string
  readonly config: JsonObject
}

/** `ctx` of a step. */
function contextOf(
  { promotion, observed }: PromotionPass,
  alias: string,
): { readonly [name: string]: JsonObject | string } {
  const target = observed.freight.find(({ metadata }) => metadata.name === promotion.spec.freight)
  const { namespace = "", name = "", annotations } = promotion.metadata
  const isRollback = annotations !== undefined && Object.hasOwn(annotations, annotation.rollback)
  const targetFreight = {
    name: promotion.spec.freight ?? "",
    alias: target?.alias ?? "",
    origin: { name: target?.origin.name ?? "" },
  }
  return {
    uiBaseUrl: "",
    project: namespace,
    promotion: name,
    stage: promotion.spec.stage,
    targetFreight,
    meta: { promotion: { actor: actorOf(promotion), rollback: isRollback }, step: { alias } },
  }
}

/** What a step's condition and configuration see; variables see less (spec/promotion §2.9, the table). */
function prepare(
  pass: PromotionPass,
  status: PromotionStatus,
  { step, alias }: Place,
): Result<Evaluation> {
  const { promotion, stage, observed, now } = pass
  const scope = {
    stage,
    freight: observed.freight,
    data: observed.data ?? [],
    context: contextOf(pass, alias),
    collection: Object.values(status.freightCollection?.items ?? {}),
  }
  const shared = evaluateVariables(promotion.spec.vars ?? [], environmentOf(scope, now))
  if (!shared.ok) return shared
  const own = evaluateVariables(step.vars ?? [], withOutputs(shared.value, status))
  return own.ok ? { ok: true, value: withStatusFunctions(own.value, status) } : own
}

/** True: run it. False: pass it. Without a condition, a step runs unless one before it has failed. */
function condition(
  { if: source = "" }: PromotionStep,
  evaluation: Evaluation,
  status: PromotionStatus,
): boolean | { readonly error: string } {
  if (source === "") return !hasFailed(status)
  const result = evaluateText(source, evaluation)
  if (!result.ok) return { error: firstMessage(result.issues) }
  if (typeof result.value === "boolean") return result.value
  return { error: `expected true or false, found ${JSON.stringify(result.value)}` }
}

interface Place {
  readonly step: PromotionStep
  readonly index: number
  readonly alias: string
}

interface Next {
  readonly status: PromotionStatus
  readonly action?: RunStep | ReadData
}

type Entry = Omit<StepExecutionMetadata, "alias" | "continueOnError">

function entryOf({ step, alias }: Place, entry: Entry): StepExecutionMetadata {
  return { alias, ...entry, ...(step.continueOnError === true ? { continueOnError: true } : {}) }
}

function passOver(status: PromotionStatus, place: Place, entry: Entry): Next {
  const stepExecutionMetadata = withStep(status, entryOf(place, entry))
  return { status: { ...status, currentStep: place.index + 1, stepExecutionMetadata } }
}

function begin(pass: PromotionPass, status: PromotionStatus, place: Place): Next {
  const { step, index, alias } = place
  const at = formatInstant(pass.now)
  const known = status.stepExecutionMetadata?.find((entry) => entry.alias === alias)
  const fail = (phase: "Failed" | "Errored", message: string): Next =>
    passOver(status, place, {
      startedAt: known?.startedAt ?? at,
      finishedAt: at,
      status: phase,
      message,
    })
  const prepared = prepare(pass, status, place)
  if (!prepared.ok) return fail("Errored", firstMessage(prepared.issues))
  if (known === undefined) {
    const verdict = condition(step, prepared.value, status)
    if (typeof verdict === "object") return fail("Errored", `if: ${verdict.error}`)
    if (!verdict) return passOver(status, place, { status: "Skipped" })
  }
  // Evaluated anew for every attempt, as upstream.
  const uses = step.uses ?? ""
  const config = evaluateStepConfig(uses, step.config ?? {}, prepared.value)
  if (!config.ok) return fail("Errored", `config: ${firstMessage(config.issues)}`)
  const [issue] = configIssues(uses, config.value)
  if (issue !== undefined)
    return fail("Failed", `invalid ${uses} config: ${issue.path.join(".")}: ${issue.message}`)
  const running = known ?? entryOf(place, { startedAt: at, status: "Running" })
  const key = `${pass.promotion.metadata.name}/${alias}/${running.errorCount ?? 0}`
  const action: RunStep = { type: "RunStep", key, index, alias, uses, config: config.value }
  return { status: { ...status, stepExecutionMetadata: withStep(status, running) }, action }
}

/** Passes over the step at hand, or says how to run it, or what must be read before that can be said. */
export function nextStep(pass: PromotionPass, status: PromotionStatus): Next {
  const index = status.currentStep ?? 0
  const step = pass.promotion.spec.steps?.[index]
  if (step === undefined) return { status: { ...status, currentStep: index + 1 } }
  const alias = aliasOf(step, index)
  try {
    return begin(pass, status, { step, index, alias })
  } catch (error) {
    if (!(error instanceof MissingData)) throw error
    const cause = `${pass.promotion.metadata.name}/${alias}`
    return { status, action: readData(cause, error.wanted) }
  }
}
