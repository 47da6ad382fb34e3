import { existsSync, mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import type { Reconcile, ReconcileContext } from "@argo-ts/k8s"
import { formatIssue, isOperationError, type JsonObject, own, type Stored } from "@argo-ts/kernel"
import type { Git } from "@argo-ts/kernel/git"
import type { HttpClient } from "@argo-ts/kernel/http"
import { freights, promotions, stages } from "../api/kinds.js"
import { parsePromotion } from "../api/parse.js"
import type { Promotion } from "../api/promotion.js"
import type { Stage } from "../api/stage.js"
import { instantOf } from "../core/availability.js"
import { metadataFromStage } from "../core/create-promotion.js"
import {
  decidePromotion,
  type ObservedPromotion,
  type PromotionAction,
} from "../core/decide-promotion.js"
import { isTerminal } from "../core/references.js"
import type { StepOutcome } from "../core/step-outcome.js"
import type { RunStep } from "../core/step-start.js"
import type { StepRunners } from "../steps/step.js"
import { withoutServerFields } from "./parse-stored.js"
import { writeStatus } from "./write-status.js"

/** What running promotions needs besides the cluster. */
export interface PromotionRuntimeOptions {
  readonly git: Git
  readonly http: HttpClient
  readonly steps: StepRunners
  /** Where promotions work, one directory each. Losing it makes running promotions begin anew. */
  readonly workDirectory: string
}

/** Steps and retries of one reconcile; a promotion with more is continued in the next. */
const passesMax = 500

function directoryOf(options: PromotionRuntimeOptions, promotion: Stored<Promotion>): string {
  return join(options.workDirectory, `promotion-${promotion.metadata.uid}`)
}

async function runStep(
  action: RunStep,
  promotion: Stored<Promotion>,
  options: PromotionRuntimeOptions,
  context: ReconcileContext,
): Promise<StepOutcome> {
  const { cluster, clock, logger } = context
  const runner = own(options.steps, action.uses)
  if (runner === undefined)
    return { status: "Errored", isTerminal: true, message: `no step is called ${action.uses}` }
  const directory = directoryOf(options, promotion)
  mkdirSync(directory, { recursive: true })
  try {
    return await runner({
      promotion,
      config: action.config,
      alias: action.alias,
      directory,
      startedAt: instantOf(promotion.status?.startedAt) ?? clock.now(),
      before: own(promotion.status?.state, action.alias),
      cluster,
      clock,
      git: options.git,
      http: options.http,
      logger,
    })
  } catch (error) {
    if (isOperationError(error))
      return { status: "Errored", message: error.message, isTerminal: !error.retryable }
    logger.error("a step failed unexpectedly", {
      promotion: promotion.metadata.name,
      step: action.alias,
      error,
    })
    return {
      status: "Errored",
      message: `step ${action.alias} (${action.uses}) failed unexpectedly`,
    }
  }
}

async function fillIn(
  action: Extract<PromotionAction, { type: "FillIn" }>,
  promotion: Stored<Promotion>,
  stage: Stored<Stage>,
  context: ReconcileContext,
): Promise<Stored<Promotion>> {
  const shared = metadataFromStage(stage, "unknown")
  const annotations = {
    ...shared.annotations,
    ...promotion.metadata.annotations,
    ...action.annotations,
  }
  const patch = {
    metadata: {
      labels: shared.labels ?? {},
      annotations,
      ownerReferences: shared.ownerReferences ?? [],
    },
    spec: action.spec,
  } as unknown as JsonObject
  const key = { namespace: promotion.metadata.namespace ?? "", name: promotion.metadata.name }
  return context.cluster.patch(promotions, key, { type: "merge", patch })
}

const warnings = new Set(["Failed", "Errored", "Aborted"])

function announce(
  promotion: Stored<Promotion>,
  before: Promotion,
  context: ReconcileContext,
): void {
  const phase = promotion.status?.phase ?? ""
  if (!isTerminal(promotion) || isTerminal(before)) return
  const message =
    promotion.status?.message ?? `Promotion to ${promotion.spec.stage} ended as ${phase}`
  const type = warnings.has(phase) ? "Warning" : "Normal"
  context.record(promotion, { type, reason: `Promotion${phase}`, message })
}

async function refuse(
  promotion: Stored<Promotion>,
  message: string,
  context: ReconcileContext,
): Promise<void> {
  const status = { ...promotion.status, phase: "Errored", message }
  await writeStatus(context.cluster, promotions, promotion, status)
}

/**
 * Runs a promotion step after step. Each outcome is in the status before the next step begins; after a restart the
 * step in flight runs again, in its directory where that still exists, else from the first step on.
 */
export function createPromotionReconcile(options: PromotionRuntimeOptions): Reconcile {
  return async (key, context) => {
    const { cluster, clock } = context
    let promotion = await cluster.get(promotions, key)
    if (promotion === undefined) return {}
    const directory = directoryOf(options, promotion)
    if (isTerminal(promotion) || promotion.metadata.deletionTimestamp !== undefined) {
      rmSync(directory, { recursive: true, force: true })
      return {}
    }
    const parsed = parsePromotion(withoutServerFields(promotion), Object.keys(options.steps))
    if (!parsed.ok) {
      await refuse(promotion, parsed.issues.map(formatIssue).join("; "), context)
      return {}
    }
    let outcome: ObservedPromotion["outcome"]
    for (let pass = 0; pass < passesMax; pass++) {
      const current: Stored<Promotion> = promotion
      const namespace = current.metadata.namespace ?? ""
      const stage = await cluster.get(stages, { namespace, name: current.spec.stage })
      const decision = decidePromotion(
        current,
        {
          ...(stage === undefined ? {} : { stage }),
          freight: (await cluster.list(freights, { namespace })).items,
          isWorkDirectoryLost: current.status?.phase === "Running" && !existsSync(directory),
          ...(outcome === undefined ? {} : { outcome }),
        },
        clock.now(),
      )
      promotion = await writeStatus(cluster, promotions, current, decision.status)
      announce(promotion, current, context)
      const [action] = decision.actions
      if (action === undefined || stage === undefined) {
        if (isTerminal(promotion)) rmSync(directory, { recursive: true, force: true })
        return decision.wakeAt === undefined ? {} : { wakeAt: decision.wakeAt }
      }
      if (action.type === "FillIn") promotion = await fillIn(action, promotion, stage, context)
      else
        outcome = {
          index: action.index,
          result: await runStep(action, promotion, options, context),
        }
    }
    return { wakeAt: clock.now() }
  }
}
