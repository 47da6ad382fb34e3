import { compileExpr } from "@argo-ts/expr/expr"
import { type EpochMs, formatInstant, type JsonObject, type JsonValue, own } from "@argo-ts/kernel"
import type { PromotionStep } from "../api/common.js"
import type { Freight } from "../api/freight.js"
import type { Promotion, PromotionStatus, StepExecutionMetadata } from "../api/promotion.js"
import type { Stage } from "../api/stage.js"
import { configIssues } from "../api/step-config.js"
import { actorOf } from "./create-promotion.js"
import {
  environmentOf,
  evaluateBoolean,
  evaluateConfig,
  evaluateText,
  evaluateVariables,
} from "./expressions.js"

/** Run one step, with its configuration evaluated. */
export interface RunStep {
  readonly type: "RunStep"
  readonly key: string
  readonly index: number
  readonly alias: string
  readonly uses: string
  readonly config: JsonObject
}

/** Name of a step: its own, or `step-N`. */
export function aliasOf(step: PromotionStep, index: number): string {
  return step.as ?? `step-${index + 1}`
}

/** Puts the entry of a step into the list, in the order of the steps. */
export function withStep(
  status: PromotionStatus,
  entry: StepExecutionMetadata,
): readonly StepExecutionMetadata[] {
  const entries = status.stepExecutionMetadata ?? []
  const index = entries.findIndex(({ alias }) => alias === entry.alias)
  return index < 0 ? [...entries, entry] : entries.with(index, entry)
}

interface Progress {
  readonly promotion: Promotion
  readonly stage: Stage
  readonly observed: { readonly freight: readonly Freight[] }
  readonly now: EpochMs
}

function scopeOf({ promotion, stage, observed }: Progress, status: PromotionStatus, alias: string) {
  const { freight } = observed
  const byName = (name: string): Freight | undefined =>
    freight.find(({ metadata }) => metadata.name === name)
  const target = byName(promotion.spec.freight ?? "")
  const statuses = new Map(
    (status.stepExecutionMetadata ?? []).map((step) => [
      step.alias,
      { status: step.status, continueOnError: step.continueOnError === true },
    ]),
  )
  return {
    project: promotion.metadata.namespace ?? "",
    stage: stage.metadata.name ?? "",
    promotion: promotion.metadata.name ?? "",
    actor: actorOf(promotion),
    step: alias,
    ...(target === undefined ? {} : { targetFreight: target }),
    freight: Object.values(status.freightCollection?.items ?? {}),
    freightMetadata: (name: string) => byName(name)?.status?.metadata as JsonValue | undefined,
    stageMetadata: (name: string) =>
      name === stage.metadata.name ? (stage.status?.metadata as JsonValue | undefined) : undefined,
    outputs: status.state ?? {},
    statuses,
  }
}

type Environment = ReturnType<typeof environmentOf>
type Prepared = { readonly environment: Environment } | { readonly error: string }

function prepare(
  progress: Progress,
  status: PromotionStatus,
  step: PromotionStep,
  alias: string,
): Prepared {
  const environment = environmentOf(scopeOf(progress, status, alias))
  const shared = evaluateVariables(progress.promotion.spec.vars ?? [], environment)
  if (!shared.ok) return { error: shared.issues[0]?.message ?? "" }
  const own = evaluateVariables(step.vars ?? [], shared.value as Environment)
  return own.ok
    ? { environment: own.value as Environment }
    : { error: own.issues[0]?.message ?? "" }
}

/** True: run it. False: pass it. Without a condition, a step runs unless one before it has failed. */
function condition(
  step: PromotionStep,
  environment: Environment,
  status: PromotionStatus,
): boolean | { readonly error: string } {
  const { if: source = "" } = step
  if (source === "") {
    return !(status.stepExecutionMetadata ?? []).some(
      (entry) =>
        entry.continueOnError !== true && (entry.status === "Failed" || entry.status === "Errored"),
    )
  }
  if (/\$\{\{|\$\{%/.test(source)) {
    const result = evaluateText(source, environment)
    if (!result.ok) return { error: result.issues[0]?.message ?? "the condition failed" }
    if (typeof result.value === "boolean") return result.value
    return { error: `expected true or false, found ${JSON.stringify(result.value)}` }
  }
  const compiled = compileExpr(source, { mode: "noenv" })
  if (!compiled.ok) return { error: compiled.issues[0]?.message ?? "the condition cannot be read" }
  return evaluateBoolean(compiled.value, environment)
}

function entryOf(
  step: PromotionStep,
  alias: string,
  rest: Omit<StepExecutionMetadata, "alias">,
): StepExecutionMetadata {
  return { alias, ...rest, ...(step.continueOnError === true ? { continueOnError: true } : {}) }
}

/** Passes over the step at hand, or says how to run it. */
export function nextStep(
  progress: Progress,
  status: PromotionStatus,
): { readonly status: PromotionStatus; readonly action?: RunStep } {
  const index = status.currentStep ?? 0
  const step = progress.promotion.spec.steps?.[index]
  if (step === undefined) return { status: { ...status, currentStep: index + 1 } }
  const alias = aliasOf(step, index)
  const at = formatInstant(progress.now)
  const known = status.stepExecutionMetadata?.find((entry) => entry.alias === alias)
  const pass = (
    rest: Omit<StepExecutionMetadata, "alias">,
  ): { readonly status: PromotionStatus } => ({
    status: {
      ...status,
      currentStep: index + 1,
      stepExecutionMetadata: withStep(status, entryOf(step, alias, rest)),
    },
  })
  const erred = (message: string) =>
    pass({ startedAt: known?.startedAt ?? at, finishedAt: at, status: "Errored", message })
  const prepared = prepare(progress, status, step, alias)
  if ("error" in prepared) return erred(prepared.error)
  if (known === undefined) {
    const verdict = condition(step, prepared.environment, status)
    if (typeof verdict === "object") return erred(`if: ${verdict.error}`)
    if (!verdict) return pass({ status: "Skipped" })
  }
  const config = evaluateConfig(step.config ?? {}, prepared.environment)
  if (!config.ok) return erred(`config: ${config.issues[0]?.message ?? "cannot be evaluated"}`)
  const [issue] = configIssues(step.uses ?? "", config.value)
  if (issue !== undefined)
    return pass({
      startedAt: at,
      finishedAt: at,
      status: "Failed",
      message: `invalid ${step.uses} config: ${issue.path.join(".")}: ${issue.message}`,
    })
  const running = known ?? entryOf(step, alias, { startedAt: at, status: "Running" })
  const attempt = running.errorCount ?? 0
  const action: RunStep = {
    type: "RunStep",
    key: `${progress.promotion.metadata.name}/${alias}/${attempt}`,
    index,
    alias,
    uses: step.uses ?? "",
    config: config.value,
  }
  return { status: { ...status, stepExecutionMetadata: withStep(status, running) }, action }
}

/** Output of a step, by alias. */
export function outputOf(
  status: PromotionStatus | undefined,
  alias: string,
): JsonValue | undefined {
  return own(status?.state, alias)
}
