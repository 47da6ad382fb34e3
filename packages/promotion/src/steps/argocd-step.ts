import type { JsonObject, JsonValue } from "@argo-ts/kernel"
import { foreignApplications } from "../api/foreign.js"
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

type Progress =
  | { readonly isDone: boolean; readonly revisions: readonly string[] }
  | { readonly failure: StepOutcome }

function failure(message: string, isTerminal = false): Progress {
  return { failure: { status: "Errored", message, isTerminal } }
}

async function updateApplication(
  context: StepContext,
  update: ApplicationUpdate,
): Promise<Progress> {
  const { cluster, promotion } = context
  const { name, namespace } = update
  const application = await cluster.get(foreignApplications, { namespace, name })
  if (application === undefined)
    return failure(`Application ${name} does not exist in namespace ${namespace}`)
  const project = promotion.metadata.namespace ?? ""
  const { stage } = promotion.spec
  if (!isAuthorized(application, project, stage))
    return failure(
      `Application ${name} does not permit changes by Stage ${stage} of Project ${project}: its annotation kargo.akuity.io/authorized-stage must list ${project}:${stage}`,
    )
  const revisions = desiredRevisions(application, update)
  if (revisions === undefined)
    return failure(
      `Application ${name} has no source of ${update.sources.map((each) => each.repoURL).join(", ")}`,
    )
  const promotionName = promotion.metadata.name ?? ""
  const verdict = judgeSync(application, promotionName, revisions)
  switch (verdict.type) {
    case "Failed":
      return failure(verdict.message)
    case "Sync": {
      const patch = syncPatch(application, update, revisions, {
        name: promotionName,
        actor: actorOf(promotion),
      })
      await cluster.patch(foreignApplications, { namespace, name }, { type: "merge", patch })
      return { isDone: false, revisions }
    }
    default:
      return { isDone: verdict.type === "Done", revisions }
  }
}

/** `argocd-update`: changes and syncs Applications that permit it, waits, and registers their health check. */
export const argocdUpdateStep: StepRunner = async (context) => {
  const apps: JsonObject[] = []
  let isDone = true
  for (const update of applicationUpdates(context.config)) {
    const progress = await updateApplication(context, update)
    if ("failure" in progress) return progress.failure
    isDone &&= progress.isDone
    apps.push({
      name: update.name,
      namespace: update.namespace,
      desiredRevisions: progress.revisions,
    })
  }
  const output: JsonValue = {
    argoCDApps: apps.map(({ name, namespace }) => ({
      name: name ?? "",
      namespace: namespace ?? "",
    })),
  }
  if (!isDone)
    return {
      status: "Running",
      output,
      retryAfterMs: 30_000,
      message: "waiting for Applications to be synced",
    }
  return { status: "Succeeded", output, healthCheck: { uses: "argocd-update", config: { apps } } }
}
