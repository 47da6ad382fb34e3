import {
  type Condition,
  formatInstant,
  isJsonObject,
  type JsonObject,
  setCondition,
  type UntypedObject,
} from "@argo-ts/kernel"
import { conflict, invalid, required } from "../api/errors.js"
import type { Server } from "../api/server.js"
import type { WriteRequest } from "../api/write.js"
import type { KindRules } from "../kinds/rules.js"
import { adoptDraft } from "../store/adopt.js"
import { part, type StoredObject } from "../store/stored-object.js"
import { doneStatus } from "./done-status.js"

function refuse(rules: KindRules, name: string, why: string): never {
  const resource = "pods/binding"
  throw conflict({ ...rules, resource, kind: { ...rules.kind, plural: resource } }, name, why)
}

function nodeOf(rules: KindRules, name: string, binding: UntypedObject): string {
  const target = part(binding, "target")
  const node = isJsonObject(target) ? target["name"] : undefined
  if (typeof node === "string" && node !== "") return node
  const kind = { ...rules.kind, kind: "Binding" }
  throw invalid({ ...rules, kind }, name, [required("target.name")])
}

/** Assigns a pod to a node, once. */
export function bindPod(
  server: Server,
  rules: KindRules,
  pod: StoredObject,
  write: { readonly binding: UntypedObject; readonly request: WriteRequest },
): UntypedObject {
  const { binding, request } = write
  const { name, deletionTimestamp } = pod.metadata
  const nodeName = nodeOf(rules, name, binding)
  const spec = part(pod, "spec")
  const { nodeName: assigned, schedulingGates } = spec
  if (deletionTimestamp !== undefined) {
    refuse(rules, name, `pod ${name} is being deleted, cannot be assigned to a host`)
  }
  if (typeof assigned === "string" && assigned !== "") {
    refuse(rules, name, `pod ${name} is already assigned to node ${JSON.stringify(assigned)}`)
  }
  if (Array.isArray(schedulingGates) && schedulingGates.length > 0) {
    refuse(rules, name, `pod ${name} has non-empty .spec.schedulingGates`)
  }
  if (request.isDryRun) return doneStatus
  const status = part(pod, "status")
  const { conditions } = status
  const scheduled: Condition = {
    type: "PodScheduled",
    status: "True",
    lastTransitionTime: formatInstant(server.now()),
  } as Condition
  const list = Array.isArray(conditions) ? (conditions as readonly Condition[]) : undefined
  const next: JsonObject = { ...status, conditions: setCondition(list, scheduled) as never }
  const wanted = { ...pod, spec: { ...spec, nodeName }, status: next } as unknown as UntypedObject
  server.commit({ request, rules, before: pod, after: adoptDraft(wanted, pod) })
  return doneStatus
}
