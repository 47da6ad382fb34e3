import { isJsonObject, type JsonObject, type JsonValue } from "@argo-ts/kernel"
import { freights, stages } from "../api/kinds.js"
import type { StepRunner } from "./step.js"

/** `compose-output`: its configuration is its output. */
export const composeOutputStep: StepRunner = async ({ config }) => ({
  status: "Succeeded",
  output: config,
})

/** `fail`: ends the promotion, with a message of the author's. */
export const failStep: StepRunner = async ({ config }) => ({
  status: "Failed",
  isTerminal: true,
  message: typeof config["message"] === "string" ? config["message"] : "failed by a fail step",
})

/** `set-metadata`: puts values into `status.metadata` of Stages and Freight of the Project. */
export const setMetadataStep: StepRunner = async ({ config, cluster, promotion }) => {
  const updates = Array.isArray(config["updates"])
    ? (config["updates"] as readonly JsonValue[])
    : []
  for (const { kind, name, values } of updates.filter(isJsonObject)) {
    const key = { namespace: promotion.metadata.namespace ?? "", name: String(name) }
    const metadata: JsonObject = isJsonObject(values) ? values : {}
    const patch = { type: "merge", patch: { status: { metadata } } } as const
    const options = { subresource: "status" }
    if (kind === "Stage") await cluster.patch(stages, key, patch, options)
    else await cluster.patch(freights, key, patch, options)
  }
  return { status: "Succeeded" }
}
