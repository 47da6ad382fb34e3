import { type EpochMs, formatInstant, type JsonObject } from "@argo-ts/kernel"
import { applyMergePatch } from "@argo-ts/kernel/merge"
import {
  decideStage,
  type Freight,
  type ObservedStage,
  type Promotion,
  type Stage,
  type StageAction,
} from "../src/index.js"

/** A Stage and everything around it, as values. */
export interface StageWorld {
  readonly stage: Stage
  readonly observed: ObservedStage
}

function merged<T>(object: T, patch: unknown): T {
  return applyMergePatch(object as never, patch as JsonObject) as T
}

function listed<T extends { readonly metadata: { readonly name?: string } }>(
  objects: readonly T[],
  name: string,
  patch: unknown,
): readonly T[] {
  return objects.map((each) => (each.metadata.name === name ? merged(each, patch) : each))
}

/** The world after an action: what a cluster would hold once it was performed. */
export function perform(
  { stage, observed }: StageWorld,
  action: StageAction,
  now: EpochMs,
): StageWorld {
  const { freight, analysisRuns, applications } = observed
  switch (action.type) {
    case "AddFinalizer":
      return {
        stage: merged(stage, { metadata: { finalizers: ["kargo.akuity.io/finalizer"] } }),
        observed,
      }
    case "RemoveFinalizer":
      return { stage: merged(stage, { metadata: { finalizers: null } }), observed }
    case "PatchFreight": {
      const patched = listed(freight, action.name, { status: action.status })
      return { stage, observed: { ...observed, freight: patched } }
    }
    case "CreatePromotion": {
      const creationTimestamp = formatInstant(now)
      const created = merged(action.promotion, { metadata: { creationTimestamp } })
      const promotions = [...observed.promotions, created]
      return { stage, observed: { ...observed, promotions } }
    }
    case "CreateAnalysisRun": {
      const { name, labels, annotations } = action
      const metadata = { name, uid: `uid-${name}`, namespace: "shop", labels, annotations }
      const run = { apiVersion: "argoproj.io/v1alpha1", kind: "AnalysisRun", metadata, spec: {} }
      return { stage, observed: { ...observed, analysisRuns: [...analysisRuns, run] } }
    }
    case "TerminateAnalysisRun": {
      const runs = listed(analysisRuns, action.name, { spec: { terminate: true } })
      return { stage, observed: { ...observed, analysisRuns: runs } }
    }
    case "DeleteAnalysisRun": {
      const runs = analysisRuns.filter(({ metadata }) => metadata.name !== action.name)
      return { stage, observed: { ...observed, analysisRuns: runs } }
    }
    case "ReadData": {
      const { kind, isShared, name } = action
      const data = [...(observed.data ?? []), { kind, isShared, name }]
      return { stage, observed: { ...observed, data } }
    }
    case "RefreshApplication": {
      const annotations = { "argocd.argoproj.io/refresh": "hard" }
      const asked = listed(applications, action.name, { metadata: { annotations } })
      return { stage, observed: { ...observed, applications: asked } }
    }
    default:
      return action satisfies never
  }
}

/** One decision, recorded as JSON and performed. */
export function step(
  world: StageWorld,
  now: EpochMs,
): { readonly world: StageWorld; readonly actions: readonly StageAction[] } {
  const { status, actions } = decideStage(world.stage, world.observed, now)
  const stage: Stage = { ...world.stage, status: JSON.parse(JSON.stringify(status)) }
  let after: StageWorld = { stage, observed: world.observed }
  for (const action of actions) after = perform(after, action, now)
  return { world: after, actions }
}

/** Decides until nothing changes any more. */
export function settle(world: StageWorld, now: EpochMs): StageWorld {
  let current = world
  for (let pass = 0; pass < 20; pass++) {
    const next = step(current, now).world
    if (JSON.stringify(next) === JSON.stringify(current)) return current
    current = next
  }
  throw new Error("a Stage whose actions are performed comes to rest")
}

/** The promotion as its controller leaves it at the end. */
export function ended(
  promotion: Promotion,
  phase: "Succeeded" | "Failed" | "Errored" | "Aborted",
  freight?: Freight,
): Promotion {
  const name = promotion.spec.freight ?? ""
  const origin = freight?.origin ?? ({ kind: "Warehouse", name: "shop" } as const)
  const reference = { name, origin }
  const key = `Warehouse/${origin.name}`
  const freightCollection = { id: `id-of-${name.slice(0, 7)}`, items: { [key]: reference } }
  return { ...promotion, status: { phase, freight: reference, freightCollection } }
}

/** The world with one promotion replaced. */
export function withPromotion({ stage, observed }: StageWorld, promotion: Promotion): StageWorld {
  const others = observed.promotions.filter(
    ({ metadata }) => metadata.name !== promotion.metadata.name,
  )
  return { stage, observed: { ...observed, promotions: [...others, promotion] } }
}

/** The world with annotations put on the Stage. */
export function annotated(
  { stage, observed }: StageWorld,
  annotations: { readonly [name: string]: string },
): StageWorld {
  return { stage: merged(stage, { metadata: { annotations } }), observed }
}

/** The world with one AnalysisRun's status replaced. */
export function withRun(
  { stage, observed }: StageWorld,
  name: string,
  phase: string,
  at: EpochMs,
): StageWorld {
  const status = { phase, startedAt: formatInstant(at), completedAt: formatInstant(at) }
  const analysisRuns = listed(observed.analysisRuns, name, { status })
  return { stage, observed: { ...observed, analysisRuns } }
}
