import { isJsonObject, own } from "@argo-ts/kernel"

/** Labels and annotations under `kargo.akuity.io/` (spec/promotion §1.2). */
export const annotation = {
  alias: "kargo.akuity.io/alias",
  authorizedStage: "kargo.akuity.io/authorized-stage",
  createActor: "kargo.akuity.io/create-actor",
  freightCollection: "kargo.akuity.io/freight-collection",
  project: "kargo.akuity.io/project",
  promotion: "kargo.akuity.io/promotion",
  refresh: "kargo.akuity.io/refresh",
  reverify: "kargo.akuity.io/reverify",
  abort: "kargo.akuity.io/abort",
  hold: "kargo.akuity.io/auto-promotion-hold",
  resume: "kargo.akuity.io/auto-promotion-resume",
  rollback: "kargo.akuity.io/rollback",
  stage: "kargo.akuity.io/stage",
  argoRefresh: "argocd.argoproj.io/refresh",
} as const

/** Holds a deleted Stage back until Freight has forgotten it. */
export const finalizer = "kargo.akuity.io/finalizer"

/** Who creates promotions without a person. */
export const controllerActor = "controller:promotion"

/** What an `abort` or `reverify` annotation asks for: plain, or JSON with the named field. */
export function requested(value: string | undefined, field: string): string | undefined {
  if (value === undefined || !value.startsWith("{")) return value
  return textIn(value, field)
}

function textIn(json: string, field: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(json)
    const found = isJsonObject(parsed) ? own(parsed, field) : undefined
    return typeof found === "string" || typeof found === "boolean" ? String(found) : undefined
  } catch {
    return undefined
  }
}

/** A further field of an annotation that is JSON; nothing where it is plain. */
export function detailOf(value: string | undefined, field: string): string | undefined {
  return value?.startsWith("{") === true ? textIn(value, field) : undefined
}
