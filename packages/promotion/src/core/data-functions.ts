import type { Value } from "@argo-ts/expr/values"
import type { JsonObject } from "@argo-ts/kernel"
import type { Freight } from "../api/freight.js"
import type { Stage } from "../api/stage.js"
import { functionOf, stringType, textIn } from "./functions.js"

/** An object that an expression asks for by name. Shared ones are in the namespace of shared resources. */
export interface DataKey {
  readonly kind: "ConfigMap" | "Secret" | "StageMetadata"
  readonly isShared: boolean
  readonly name: string
}

/** What such an object holds; no value where it does not exist. */
export interface ObservedData extends DataKey {
  readonly value?: JsonObject
}

/** Read an object that an expression asks for; the answer belongs into what is observed next. */
export interface ReadData extends DataKey {
  readonly type: "ReadData"
  readonly key: string
}

/** Ends an evaluation that cannot go on before an object was read. */
export class MissingData extends Error {
  override readonly name = "MissingData"
  readonly wanted: DataKey
  constructor(wanted: DataKey) {
    super(`${wanted.kind} ${wanted.name} was not read yet`)
    this.wanted = wanted
  }
}

/** Wants an object read; `cause` names what is evaluated. */
export function readData(cause: string, { kind, isShared, name }: DataKey): ReadData {
  const key = `${cause}/read/${kind}/${isShared ? "shared/" : ""}${name}`
  return { type: "ReadData", key, kind, isShared, name }
}

/** What data functions look at. */
export interface DataScope {
  readonly stage: Stage
  readonly freight: readonly Freight[]
  readonly data: readonly ObservedData[]
}

/** Metadata and status of Freight and Stages, ConfigMaps and Secrets, by name (spec/promotion §1.10). */
export function dataFunctions({ stage, freight, data }: DataScope): {
  readonly [name: string]: Value
} {
  const ask = (key: DataKey): JsonObject | undefined => {
    const found = data.find(
      (each) => each.kind === key.kind && each.isShared === key.isShared && each.name === key.name,
    )
    if (found === undefined) throw new MissingData(key)
    return found.value
  }
  const named = (call: (name: string) => JsonObject | undefined | null): Value =>
    functionOf({ params: [stringType] }, ([name]) => (call(textIn(name)) ?? null) as Value)
  const values = (kind: "ConfigMap" | "Secret", isShared: boolean): Value =>
    named((name) => ask({ kind, isShared, name }) ?? {})
  const statusOf = (name: string) =>
    freight.find(({ metadata }) => metadata.name === name)?.status as JsonObject | undefined
  return {
    freightMetadata: named((name) => statusOf(name)?.["metadata"] as JsonObject | undefined),
    freightStatus: named(statusOf),
    stageMetadata: named((name) =>
      name === stage.metadata.name
        ? (stage.status?.metadata as JsonObject | undefined)
        : ask({ kind: "StageMetadata", isShared: false, name }),
    ),
    configMap: values("ConfigMap", false),
    sharedConfigMap: values("ConfigMap", true),
    secret: values("Secret", false),
    sharedSecret: values("Secret", true),
  }
}
