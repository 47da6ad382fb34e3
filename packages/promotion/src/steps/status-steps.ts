import { type Kind, listAt, objectAt, textAt } from "@argo-ts/kernel"
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
  for (const update of listAt(config, "updates")) {
    const name = textAt(update, "name")
    const word = textAt(update, "kind")
    const key = { namespace: promotion.metadata.namespace ?? "", name }
    const kind: Kind = word === "Stage" ? stages : freights
    if ((await cluster.get(kind, key)) === undefined) {
      const message = `set-metadata: ${word} ${name} does not exist`
      return { status: "Failed", isTerminal: true, message }
    }
    const patch = { status: { metadata: objectAt(update, "values") } }
    await cluster.patch(kind, key, { type: "merge", patch }, { subresource: "status" })
  }
  return { status: "Succeeded" }
}
