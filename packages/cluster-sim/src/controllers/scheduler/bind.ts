import { formatInstant, setCondition, type UntypedObject } from "@argo-ts/kernel"
import { tracked } from "../../api/managed.js"
import type { Server } from "../../api/server.js"
import { serverRequest } from "../../api/write.js"
import type { KindRules } from "../../kinds/rules.js"
import { adoptObject } from "../../store/adopt.js"
import type { StoredObject } from "../../store/stored-object.js"
import type { Pod } from "../workloads.js"

/** What the `binding` subresource does: the pod gets its node and is scheduled, in one write. */
export function bindPod(
  server: Server,
  object: StoredObject & Pod,
  to: { readonly node: string; readonly manager: string },
): StoredObject {
  const rules = server.registry.byId("/pods") as KindRules
  const { manager, node } = to
  const lastTransitionTime = formatInstant(server.now())
  const scheduled = { type: "PodScheduled", status: "True", lastTransitionTime } as const
  const conditions = setCondition(object.status?.conditions, scheduled)
  const bound = {
    ...object,
    spec: { ...object.spec, nodeName: node },
    status: { ...object.status, conditions },
  } as unknown as UntypedObject
  const request = serverRequest("update", manager, "binding")
  const adopted = adoptObject(bound, object)
  const after = tracked(server, rules, { before: object, after: adopted, request })
  return server.commit({ request, rules, before: object, after })
}
