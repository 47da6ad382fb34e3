import type { KubernetesObject } from "@argo-ts/kernel"
import { listAt, textAt } from "@argo-ts/kernel"
import { lineOf } from "../line.js"
import type { ApplicationLine, ResourceLine } from "../model.js"
import { toneOf, worse } from "../tone.js"

/** What a screen shows of an Application. Its tone is the worse of health and sync status. */
export function applicationLine(object: KubernetesObject): ApplicationLine {
  const sync = textAt(object, "status", "sync", "status")
  const health = textAt(object, "status", "health", "status")
  const operation = textAt(object, "status", "operationState", "phase")
  const message =
    textAt(object, "status", "health", "message") ||
    textAt(object, "status", "conditions", 0, "message") ||
    textAt(object, "status", "operationState", "message")
  return {
    ...lineOf(object, health, message),
    tone: worse(toneOf(health), toneOf(sync)),
    project: textAt(object, "spec", "project"),
    repository: textAt(object, "spec", "source", "repoURL"),
    path: textAt(object, "spec", "source", "path"),
    revision: textAt(object, "status", "sync", "revision"),
    sync,
    health,
    operation,
    resources: listAt(object, "status", "resources").map((resource): ResourceLine => {
      const state = textAt(resource, "health", "status")
      const shared = { name: textAt(resource, "name"), namespace: textAt(resource, "namespace") }
      const status = textAt(resource, "status")
      return {
        ...shared,
        tone: state === "" ? toneOf(status) : worse(toneOf(state), toneOf(status)),
        state,
        message: textAt(resource, "health", "message"),
        kind: textAt(resource, "kind"),
        sync: status,
      }
    }),
  }
}
