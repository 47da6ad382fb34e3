import type { Value } from "@argo-ts/expr/values"
import { fromValue } from "@argo-ts/expr/values"
import { type EpochMs, recordOf } from "@argo-ts/kernel"
import { stringify } from "yaml"
import type { FreightReference } from "../api/common.js"
import type { PromotionStatus } from "../api/promotion.js"
import { artifactFunctions } from "./artifact-functions.js"
import { type DataScope, dataFunctions } from "./data-functions.js"
import type { Evaluation } from "./evaluate.js"
import { anyType, flagOf, functionOf, stringType, textIn } from "./functions.js"
import { versionFunctions } from "./version-functions.js"

/** What every expression of a Stage or a Promotion sees. */
export interface ExpressionScope extends DataScope {
  /** `ctx`, which tells where one is. */
  readonly context: { readonly [name: string]: Value }
  /** Freight of every origin that is in the Stage together. */
  readonly collection: readonly FreightReference[]
}

/** A text of YAML, quoted so that it stays a text: keys sorted, lists at the level of their key, as Go writes it. */
const asYaml = functionOf({ params: [anyType], result: stringType }, ([value = null]) => {
  const options = { indentSeq: false, lineWidth: 0, sortMapEntries: true }
  return `"${stringify(fromValue(value), options)}"`
})

/** Variables of Stages and Promotions, and arguments of verifications: no outputs, no status (spec/promotion §2.9). */
export function environmentOf(scope: ExpressionScope, now: EpochMs): Evaluation {
  const environment = {
    ctx: scope.context,
    ...artifactFunctions(scope.collection),
    ...dataFunctions(scope),
    ...versionFunctions,
    asYAML: asYaml,
  }
  return { environment, now }
}

/** For variables of a step: also what earlier steps gave, and how they went. */
export function withOutputs(
  { environment, now }: Evaluation,
  { state = {}, stepExecutionMetadata = [] }: PromotionStatus,
): Evaluation {
  const metas = stepExecutionMetadata.map((entry) => [entry.alias, { ...entry } as Value] as const)
  const outputs = recordOf(Object.entries(state)) as Value
  return { environment: { ...environment, outputs, stepMetas: recordOf(metas) }, now }
}

/** True where a step that counts has not succeeded. */
export function hasFailed({ stepExecutionMetadata = [] }: PromotionStatus): boolean {
  return stepExecutionMetadata.some(
    ({ status, continueOnError }) =>
      continueOnError !== true && (status === "Failed" || status === "Errored"),
  )
}

/** For conditions and configurations of steps: also `always`, `success`, `failure`, `status`. */
export function withStatusFunctions(
  { environment, now }: Evaluation,
  status: PromotionStatus,
): Evaluation {
  const statuses = new Map(
    (status.stepExecutionMetadata ?? []).map((entry) => [entry.alias, entry.status]),
  )
  const statusOf = functionOf(
    { params: [stringType], result: stringType },
    ([alias]) => statuses.get(textIn(alias)) ?? "",
  )
  const failed = hasFailed(status)
  const functions = {
    always: flagOf(true),
    success: flagOf(!failed),
    failure: flagOf(failed),
    status: statusOf,
  }
  return { environment: { ...environment, ...functions }, now }
}
