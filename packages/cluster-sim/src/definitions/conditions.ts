import type { JsonObject, UntypedObject } from "@argo-ts/kernel"
import { asJson } from "../store/stored-object.js"
import { listOf, partOf, textOf } from "./definition.js"

/** One condition of a definition. */
export interface DefinitionCondition {
  readonly type: string
  readonly status: "True" | "False"
  readonly reason: string
  readonly message: string
}

/** The conditions of an object. */
export function conditionsOf(object: UntypedObject): readonly JsonObject[] {
  return listOf(partOf(asJson(object), "status"), "conditions")
}

/** True where a condition of the object is met. */
export function isMet(object: UntypedObject, type: string): boolean {
  return conditionsOf(object).some(
    (each) => textOf(each, "type") === type && textOf(each, "status") === "True",
  )
}

/** True once a definition's kind is served. */
export function isEstablished(object: UntypedObject): boolean {
  return isMet(object, "Established")
}

/** The conditions with one of them set; the time tells when its status last changed. */
export function withCondition(
  conditions: readonly JsonObject[],
  wanted: DefinitionCondition,
  now: string,
): readonly JsonObject[] {
  const old = conditions.find((each) => textOf(each, "type") === wanted.type)
  const isSame = old !== undefined && textOf(old, "status") === wanted.status
  const lastTransitionTime = isSame ? textOf(old, "lastTransitionTime") : now
  const next = { lastTransitionTime, ...wanted }
  if (old === undefined) return [...conditions, next]
  return conditions.map((each) => (each === old ? next : each))
}
