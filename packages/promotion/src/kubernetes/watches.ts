import type { ReconcileContext } from "@argo-ts/k8s"
import { listAt, type ObjectKey, own, textAt } from "@argo-ts/kernel"
import {
  type ForeignApplication,
  foreignAnalysisRuns,
  foreignApplications,
} from "../api/foreign.js"
import type { Freight } from "../api/freight.js"
import type { Stage } from "../api/stage.js"
import { annotation } from "../core/annotations.js"
import { stageNamedBy } from "../core/labels.js"

/**
 * Which Stages a change of Freight or of settings concerns. Filled by the watch of Stages; after a restart every Stage
 * is reconciled once anyway, so nothing is lost with it.
 */
export interface StageIndex {
  /** Takes note of a Stage. */
  note(stage: Stage): void
  /** Stages that ask for Freight of its origin. */
  askingFor(freight: Freight): readonly ObjectKey[]
  /** Stages of a Project. */
  of(namespace: string): readonly ObjectKey[]
}

/** An empty index. */
export function createStageIndex(): StageIndex {
  const origins = new Map<string, ReadonlySet<string>>()
  const names = new Map<string, Set<string>>()
  const keysOf = (namespace: string): readonly ObjectKey[] =>
    [...(names.get(namespace) ?? [])].map((name) => ({ namespace, name }))
  return {
    note({ metadata, spec }) {
      const { namespace = "", name = "" } = metadata
      names.set(namespace, (names.get(namespace) ?? new Set()).add(name))
      // What the server stores need not be a Stage that was checked.
      const requests = Array.isArray(spec?.requestedFreight) ? spec.requestedFreight : []
      origins.set(`${namespace}/${name}`, new Set(requests.map(({ origin }) => origin?.name ?? "")))
    },
    askingFor({ metadata, origin }) {
      const { namespace = "" } = metadata
      return keysOf(namespace).filter(
        ({ name }) => origins.get(`${namespace}/${name}`)?.has(origin?.name ?? "") === true,
      )
    },
    of: keysOf,
  }
}

/** Stages that an Application lets change it: `project:stage[,…]`. */
export function authorizedStages({ metadata }: ForeignApplication): readonly ObjectKey[] {
  const value = own(metadata.annotations, annotation.authorizedStage) ?? ""
  return value.split(",").flatMap((entry) => {
    const [namespace = "", name = ""] = entry.trim().split(":")
    return namespace === "" || name === "" ? [] : [{ namespace, name }]
  })
}

/** The Promotions whose sync an Application runs or has run. */
export function syncingPromotions(application: ForeignApplication): readonly ObjectKey[] {
  const operations = [application.status?.operationState?.operation, application.operation]
  const names = operations
    .flatMap((operation) => listAt(operation, "info"))
    .filter((entry) => textAt(entry, "name") === annotation.promotion)
    .map((entry) => textAt(entry, "value"))
  const namespaces = new Set(authorizedStages(application).map(({ namespace = "" }) => namespace))
  return [...namespaces].flatMap((namespace) =>
    [...new Set(names)].map((name) => ({ namespace, name })),
  )
}

/** Watches a kind of another engine; where the cluster does not serve it, whoever reads it is told then. */
async function watchIfServed(watch: () => Promise<void>): Promise<void> {
  await watch().catch(() => {})
}

/** Watches what a Stage depends on beyond this engine's kinds: Applications and AnalysisRuns. */
export async function watchForStage(stage: Stage, context: ReconcileContext): Promise<void> {
  const usesApplications = (stage.spec.promotionTemplate?.spec.steps ?? []).some(
    ({ uses }) => uses === "argocd-update",
  )
  if (usesApplications)
    await watchIfServed(() => context.watch(foreignApplications, authorizedStages))
  if (stage.spec.verification === undefined) return
  await watchIfServed(() =>
    context.watch(foreignAnalysisRuns, ({ metadata }) => {
      const name = stageNamedBy(metadata)
      return name === undefined ? [] : [{ namespace: metadata.namespace ?? "", name }]
    }),
  )
}

/** Watches the Applications that a Promotion waits for. */
export async function watchForPromotion(context: ReconcileContext): Promise<void> {
  await watchIfServed(() => context.watch(foreignApplications, syncingPromotions))
}
