import { type JsonObject, keyOf, type Stored } from "@argo-ts/kernel"
import { type ForeignApplication, foreignApplications } from "../api/foreign.js"
import { annotation } from "../core/annotations.js"
import {
  type ApplicationUpdate,
  applicationUpdates,
  desiredRevisions,
  isAuthorized,
  judgeSync,
  syncPatch,
} from "../core/application-sync.js"
import { actorOf } from "../core/create-promotion.js"
import type { StepOutcome } from "../core/step-outcome.js"
import type { StepContext, StepRunner } from "./step.js"

interface Progress {
  readonly isDone: boolean
  readonly revisions: readonly string[]
}

/** Why an update cannot go on. The step is tried again as its `retry` says. */
class Refusal extends Error {
  override readonly name = "Refusal"
}

async function updateApplication(
  { cluster, promotion }: StepContext,
  application: Stored<ForeignApplication>,
  update: ApplicationUpdate,
): Promise<Progress> {
  const { name } = application.metadata
  const revisions = desiredRevisions(application, update)
  if (revisions === undefined) {
    const wanted = update.sources.map(({ repoURL }) => repoURL).join(", ")
    throw new Refusal(`Application ${name} has no source of ${wanted}`)
  }
  const by = { name: promotion.metadata.name ?? "", actor: actorOf(promotion) }
  const verdict = judgeSync(application, by.name, revisions)
  if (verdict.type === "Failed") throw new Refusal(verdict.message)
  if (verdict.type === "Sync") {
    const patch = syncPatch(application, update, revisions, by)
    await cluster.patch(foreignApplications, keyOf(application), { type: "merge", patch })
  }
  return { isDone: verdict.type === "Done", revisions }
}

async function namedApplication(
  { cluster, promotion }: StepContext,
  namespace: string,
  name: string,
): Promise<Stored<ForeignApplication>> {
  const found = await cluster.get(foreignApplications, { namespace, name })
  if (found === undefined)
    throw new Refusal(`Application ${name} does not exist in namespace ${namespace}`)
  const project = promotion.metadata.namespace ?? ""
  const { stage } = promotion.spec
  if (!isAuthorized(found, project, stage))
    throw new Refusal(
      `Application ${name} does not permit changes by Stage ${stage} of Project ${project}: its annotation ${annotation.authorizedStage} must list ${project}:${stage}`,
    )
  return found
}

/** By labels, those that do not permit it are left alone; that none is left is an error. */
async function applicationsOf(
  context: StepContext,
  { name, selector, namespace }: ApplicationUpdate,
): Promise<readonly Stored<ForeignApplication>[]> {
  if (selector === undefined) return [await namedApplication(context, namespace, name ?? "")]
  const { cluster, promotion } = context
  const project = promotion.metadata.namespace ?? ""
  const { items } = await cluster.list(foreignApplications, { namespace, labelSelector: selector })
  const permitted = items.filter((each) => isAuthorized(each, project, promotion.spec.stage))
  if (permitted.length === 0)
    throw new Refusal(
      `no Application in namespace ${namespace} fits the selector and permits changes by Stage ${promotion.spec.stage} of Project ${project}`,
    )
  return permitted
}

async function updateAll(context: StepContext): Promise<StepOutcome> {
  const apps: JsonObject[] = []
  const waiting: string[] = []
  for (const update of applicationUpdates(context.config)) {
    for (const application of await applicationsOf(context, update)) {
      const progress = await updateApplication(context, application, update)
      const { namespace = "", name } = application.metadata
      if (!progress.isDone) waiting.push(name)
      apps.push({ name, namespace, desiredRevisions: progress.revisions })
    }
  }
  const named = apps.map(({ name = "", namespace = "" }) => ({ name, namespace }))
  const output = { argoCDApps: named }
  if (waiting.length === 0)
    return {
      status: "Succeeded",
      output,
      healthCheck: { uses: "argocd-update", config: { apps } },
    }
  const message = `waiting for the sync of ${waiting.join(", ")}`
  return { status: "Running", output, retryAfterMs: 30_000, message }
}

/** `argocd-update`: changes and syncs Applications that permit it, waits, and registers their health check. */
export const argocdUpdateStep: StepRunner = async (context) => {
  try {
    return await updateAll(context)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { status: "Errored", message: error.message }
  }
}
