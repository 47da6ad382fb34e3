import type { EpochMs, JsonObject } from "@argo-ts/kernel"
import type { ForeignAnalysisRun, ForeignApplication } from "../api/foreign.js"
import type { Freight } from "../api/freight.js"
import type { ProjectConfig } from "../api/project.js"
import type { Promotion } from "../api/promotion.js"
import type { AnalysisTemplateReference, Stage, StageStatus } from "../api/stage.js"
import { type ConditionParts, withConditions } from "./conditions.js"
import type { ObservedData, ReadData } from "./data-functions.js"

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

/** What a Stage wants done. */
export type StageAction =
  | CreateAnalysisRun
  | TerminateAnalysisRun
  | ReadData
  | { readonly type: "DeleteAnalysisRun"; readonly key: string; readonly name: string }
  | { readonly type: "CreatePromotion"; readonly key: string; readonly promotion: Promotion }
  | {
      readonly type: "PatchFreight"
      readonly key: string
      readonly name: string
      readonly status: JsonObject
    }
  | {
      /** Ask Argo CD to look at an Application anew. */
      readonly type: "RefreshApplication"
      readonly key: string
      readonly namespace: string
      readonly name: string
    }
  | {
      /** Hold the Stage back on deletion until nothing speaks of it any more; or let it go. */
      readonly type: "AddFinalizer" | "RemoveFinalizer"
      readonly key: string
    }

/** What is known around a Stage. */
export interface ObservedStage {
  /** All Freight of the namespace. */
  readonly freight: readonly Freight[]
  /** Promotions to this Stage. */
  readonly promotions: readonly Promotion[]
  /** Applications that the Stage's health checks name. */
  readonly applications: readonly ForeignApplication[]
  /** AnalysisRuns of this Stage, by label. */
  readonly analysisRuns: readonly ForeignAnalysisRun[]
  readonly config?: ProjectConfig
  /** What `ReadData` actions have found. Default nothing. */
  readonly data?: readonly ObservedData[]
}

/** One look at a Stage. */
export interface StagePass {
  readonly stage: Stage
  readonly observed: ObservedStage
  readonly now: EpochMs
}

/** What one part of a decision comes to. */
export interface StageOutcome {
  readonly status: StageStatus
  readonly actions: readonly StageAction[]
}

/** The status of a Stage with one condition set. */
export function withCondition(
  status: StageStatus,
  { stage, now }: Pick<StagePass, "stage" | "now">,
  parts: ConditionParts,
): StageStatus {
  return withConditions(status, [parts], { generation: stage.metadata.generation, now })
}
