import { existsSync, mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import type { Cluster, Reconcile, ReconcileContext } from "@argo-ts/k8s"
import {
  type EpochMs,
  formatInstant,
  formatIssue,
  isOperationError,
  type JsonObject,
  keyOf,
  own,
  type Stored,
} from "@argo-ts/kernel"
import type { Git } from "@argo-ts/kernel/git"
import type { HttpClient } from "@argo-ts/kernel/http"
import { createMergePatch } from "@argo-ts/kernel/merge"
import { freights, promotions, stages } from "../api/kinds.js"
import { parsePromotion } from "../api/parse.js"
import type { Promotion } from "../api/promotion.js"
import { instantOf } from "../core/availability.js"
import { decidePromotion, type FillIn } from "../core/decide-promotion.js"
import type { ObservedPromotion } from "../core/promotion-pass.js"
import { isTerminal } from "../core/references.js"
import type { StepOutcome } from "../core/step-outcome.js"
import type { RunStep } from "../core/step-start.js"
import type { StepRunners } from "../steps/step.js"
import { withoutServerFields } from "./parse-stored.js"
import { type DataSources, readObject } from "./read-data.js"
import { redactOutcome } from "./redact.js"
import { writeStatus } from "./write-status.js"

/** What running promotions needs besides the cluster. */
export interface PromotionRuntimeOptions {
  readonly git: Git
  readonly http: HttpClient
  readonly steps: StepRunners
  /** Where promotions work, one directory each. Losing it makes running promotions begin anew. */
  readonly workDirectory: string
  readonly data: DataSources
}

/** Steps and retries of one reconcile; a promotion with more is continued in the next. */
const passesMax = 500

function jsonOf(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject
}

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
  { spec, labels, annotations, ownerReferences }: FillIn,
  promotion: Stored<Promotion>,
  { cluster }: ReconcileContext,
): Promise<Stored<Promotion>> {
  const { metadata } = promotion
  const { labels: l = {}, annotations: a = {}, ownerReferences: o = [] } = metadata
  const before = {
    metadata: { labels: l, annotations: a, ownerReferences: o },
    spec: promotion.spec,
  }
  const after = { metadata: { labels, annotations, ownerReferences }, spec }
  const patch = createMergePatch(jsonOf(before), jsonOf(after))
  return cluster.patch(promotions, keyOf(promotion), { type: "merge", patch })
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

/** What is not a Promotion as we know them ends at once, in its status and with an event. */
async function refuse(
  promotion: Stored<Promotion>,
  message: string,
  context: ReconcileContext,
): Promise<void> {
  const finishedAt = formatInstant(context.clock.now())
  const status = { ...promotion.status, phase: "Errored", message, finishedAt }
  announce(await writeStatus(context.cluster, promotions, promotion, status), promotion, context)
}

async function observe(
  promotion: Stored<Promotion>,
  directory: string,
  cluster: Cluster,
): Promise<ObservedPromotion> {
  const namespace = promotion.metadata.namespace ?? ""
  const stage = await cluster.get(stages, { namespace, name: promotion.spec.stage })
  return {
    ...(stage === undefined ? {} : { stage }),
    freight: (await cluster.list(freights, { namespace })).items,
    isWorkDirectoryLost: promotion.status?.phase === "Running" && !existsSync(directory),
  }
}

/**
 * Runs a promotion step after step. Each outcome is in the status before the next step begins; after a restart the
 * step in flight runs again, in its directory where that still exists, else from the first step on.
 */
export function createPromotionReconcile(options: PromotionRuntimeOptions): Reconcile {
  const rests = new Map<string, EpochMs>()
  return async (key, context) => {
    const { cluster, clock } = context
    let promotion = await cluster.get(promotions, key)
    if (promotion === undefined) return {}
    const directory = directoryOf(options, promotion)
    if (isTerminal(promotion) || promotion.metadata.deletionTimestamp !== undefined) {
      rmSync(directory, { recursive: true, force: true })
      rests.delete(promotion.metadata.uid)
      return {}
    }
    const parsed = parsePromotion(withoutServerFields(promotion), Object.keys(options.steps))
    if (!parsed.ok) {
      await refuse(promotion, parsed.issues.map(formatIssue).join("; "), context)
      return {}
    }
    // What was learnt in this reconcile. Data is read anew for each step: an earlier one may have changed it.
    const { uid } = promotion.metadata
    const restsUntil = rests.get(uid)
    let learnt: Pick<ObservedPromotion, "outcome" | "data" | "restsUntil"> =
      restsUntil === undefined ? {} : { restsUntil }
    for (let pass = 0; pass < passesMax; pass++) {
      const current: Stored<Promotion> = promotion
      const observed = { ...(await observe(current, directory, cluster)), ...learnt }
      const decision = decidePromotion(current, observed, clock.now())
      const actions = decision.actions.map((action) => action.key)
      context.logger.debug("decided", { promotion: key, phase: decision.status.phase, actions })
      promotion = await writeStatus(cluster, promotions, current, decision.status)
      announce(promotion, current, context)
      const [action] = decision.actions
      if (action === undefined) {
        if (isTerminal(promotion)) rmSync(directory, { recursive: true, force: true })
        if (decision.wakeAt === undefined) return {}
        rests.set(uid, decision.wakeAt)
        return { wakeAt: decision.wakeAt }
      }
      switch (action.type) {
        case "FillIn":
          promotion = await fillIn(action, promotion, context)
          break
        case "ReadData": {
          const found = await readObject(cluster, key.namespace ?? "", action, options.data)
          learnt = { ...learnt, data: [...(learnt.data ?? []), found] }
          break
        }
        case "RunStep": {
          const result = await runStep(action, promotion, options, context)
          const shown = redactOutcome(result, options.data.secrets)
          learnt = { outcome: { index: action.index, result: shown } }
          break
        }
        default:
          return action satisfies never
      }
    }
    return { wakeAt: clock.now() }
  }
}
