import { equalJson, type UntypedObject } from "@argo-ts/kernel"
import { quantityOf } from "./admission/quota.js"
import { hardOf, quotasId } from "./admission/quota-usage.js"
import { replaceObject } from "./api/replace.js"
import type { Server } from "./api/server.js"
import { serverRequest } from "./api/write.js"
import { fieldManagers } from "./field-managers.js"
import type { KindRules } from "./kinds/rules.js"
import type { Change } from "./store/history.js"
import { everyObject } from "./store/selection.js"
import { asJson } from "./store/stored-object.js"

const manager = fieldManagers.controllers

/** Keeps the status of quotas up to date. */
export interface QuotaCounting {
  observe(change: Pick<Change, "rules" | "event">): void
}

function count(server: Server, namespace: string): void {
  const rules = server.registry.byId(quotasId) as KindRules
  for (const quota of server.store.collection(rules).list({ ...everyObject, namespace })) {
    if (quota.metadata.deletionTimestamp !== undefined) continue
    const hard = hardOf(quota)
    const used = Object.fromEntries(
      [...server.quotas.used(quota)].map(([name, amount]) => [
        name,
        quantityOf(amount, hard[name]),
      ]),
    )
    const status = { hard, used }
    if (equalJson(asJson(quota)["status"] ?? {}, status)) continue
    replaceObject(server, rules, quota, {
      ...serverRequest("update", manager, "status"),
      wanted: { ...quota, status } as unknown as UntypedObject,
    })
  }
}

/** Counts what quotas hold, at the next turn of the clock after a change in their namespace. */
export function createQuotaCounting(
  server: Server,
  schedule: (run: () => void) => void,
): QuotaCounting {
  const pending = new Set<string>()
  return {
    observe({ rules, event }) {
      const { namespace } = event.metadata
      if (namespace === undefined || pending.has(namespace)) return
      const quotas = server.store.collection(server.registry.byId(quotasId) as KindRules)
      if (quotas.size() === 0 && rules.id !== quotasId) return
      if (quotas.list({ ...everyObject, namespace }).length === 0) return
      if (pending.size === 0) {
        schedule(() => {
          const namespaces = [...pending].toSorted()
          pending.clear()
          for (const each of namespaces) count(server, each)
        })
      }
      pending.add(namespace)
    },
  }
}
