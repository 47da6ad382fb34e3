import { formatInstant, setCondition } from "@argo-ts/kernel"
import type { Server } from "../../api/server.js"
import { serverRequest } from "../../api/write.js"
import { fieldManagers } from "../../field-managers.js"
import type { KindRules } from "../../kinds/rules.js"
import { adopt } from "../../store/adopt.js"
import type { StoredObject } from "../../store/stored-object.js"
import type { Pod, PodStatus } from "../workloads.js"

const boundSpecs = new WeakMap<object, { readonly node: string; readonly spec: object }>()

/** The spec with its node: the same one for all pods that share their spec, as those of a template do. */
function boundSpec(spec: object, node: string): object {
  const known = boundSpecs.get(spec)
  if (known?.node === node) return known.spec
  const bound = Object.freeze({ ...spec, nodeName: node })
  boundSpecs.set(spec, { node, spec: bound })
  return bound
}

const boundStatuses = new WeakMap<object, { readonly at: string; readonly status: PodStatus }>()

/** The status of a pod that is scheduled: the same one for all that were alike before, and are bound at one instant. */
function boundStatus(before: PodStatus, at: string): PodStatus {
  const known = boundStatuses.get(before)
  if (known?.at === at) return known.status
  const scheduled = { type: "PodScheduled", status: "True", lastTransitionTime: at } as const
  const conditions = setCondition(before.conditions, scheduled)
  const status = adopt({ ...before, conditions }, before) as PodStatus
  boundStatuses.set(before, { at, status })
  return status
}

/**
 * What the `binding` subresource does: the pod gets its node and is scheduled, in one write. Bindings are not tracked: a
 * pod's node is no manager's.
 */
export function bindPod(server: Server, object: StoredObject & Pod, node: string): StoredObject {
  const rules = server.registry.byId("/pods") as KindRules
  const status = boundStatus(object.status ?? {}, formatInstant(server.now()))
  const bound = { ...object, spec: boundSpec(object.spec, node), status }
  const request = serverRequest("update", fieldManagers.scheduler, "binding")
  return server.commit({
    request,
    rules,
    before: object,
    after: Object.freeze(bound) as unknown as StoredObject,
  })
}
