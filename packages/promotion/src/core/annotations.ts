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
  stage: "kargo.akuity.io/stage",
  argoRefresh: "argocd.argoproj.io/refresh",
} as const

/** Who creates promotions without a person. */
export const controllerActor = "controller:promotion"

/** What an `abort` or `reverify` annotation asks for: plain, or JSON with the named field. */
export function requested(value: string | undefined, field: string): string | undefined {
  if (value === undefined || !value.startsWith("{")) return value
  try {
    const parsed = JSON.parse(value) as { readonly [key: string]: unknown }
    const found = parsed[field]
    return typeof found === "string" ? found : undefined
  } catch {
    return undefined
  }
}
