import { epochMs, type JsonObject, type UntypedObject } from "@argo-ts/kernel"
import fc from "fast-check"
import { expect, test } from "vitest"
import { createKindRegistry } from "../kinds/registry.js"
import type { KindRules } from "../kinds/rules.js"
import { adoptObject } from "../store/adopt.js"
import { createStore } from "../store/store.js"
import { createQuotaLedger } from "./quota-ledger.js"

const ids = ["/pods", "/configmaps", "/services", "/persistentvolumeclaims", "/resourcequotas"]
const namespaces = ["a", "b"]
const hard = {
  pods: "5",
  "requests.cpu": "2",
  "limits.memory": "1Gi",
  configmaps: "3",
  resourcequotas: "9",
  "count/services": "4",
  "services.nodeports": "2",
  "requests.storage": "5Gi",
}
const hards: readonly JsonObject[] = [hard, { pods: "1" }, { ...hard, "count/pods": "7" }]

function specOf(id: string, n: number): JsonObject {
  switch (id) {
    case "/pods": {
      const resources = { requests: { cpu: `${n * 37}m` }, limits: { memory: `${n}Mi` } }
      const best = n % 3 === 0 ? {} : { resources }
      const end = n % 2 === 0 ? { activeDeadlineSeconds: 5 } : {}
      return { containers: [{ name: "c", image: "i", ...best }], ...end }
    }
    case "/services":
      return { type: n % 2 === 0 ? "NodePort" : "ClusterIP", ports: [{ port: n + 1 }] }
    case "/persistentvolumeclaims":
      return { resources: { requests: { storage: `${n}Gi` } }, storageClassName: "fast" }
    case "/resourcequotas": {
      const scopes = [[], ["BestEffort"], ["NotTerminating"]][n % 3] ?? []
      return { hard: hards[n % hards.length] ?? hard, ...(scopes.length > 0 && { scopes }) }
    }
    default:
      return {}
  }
}

const write = fc.record({
  id: fc.constantFrom(...ids),
  namespace: fc.constantFrom(...namespaces),
  name: fc.constantFrom("x", "y", "z"),
  n: fc.nat(11),
  what: fc.constantFrom("put", "put", "status", "remove"),
  asks: fc.boolean(),
})

test("the ledger is what a recount would say, whatever was written", () => {
  fc.assert(
    fc.property(fc.array(write, { maxLength: 80 }), (writes) => {
      const registry = createKindRegistry([])
      const store = createStore()
      const ledger = createQuotaLedger(store, registry)
      const quotas = registry.byId("/resourcequotas") as KindRules
      const everyObject = {
        name: undefined,
        labelLines: [],
        isNarrowed: false,
        matches: () => true,
      }
      const check = (): void => {
        const recount = createQuotaLedger(store, registry)
        for (const quota of store.collection(quotas).list({ ...everyObject, namespace: undefined }))
          expect(ledger.used(quota)).toEqual(recount.used(quota))
      }
      for (const { id, namespace, name, n, what, asks } of writes) {
        const rules = registry.byId(id) as KindRules
        const before = store.collection(rules).get(namespace, name)
        if (before === undefined && what !== "put") continue
        const status = what === "status" ? { phase: n % 2 === 0 ? "Succeeded" : "Running" } : {}
        const object = {
          apiVersion: rules.apiVersion,
          kind: rules.kind.kind,
          metadata: { namespace, name, uid: `${id}/${namespace}/${name}` },
          spec: what === "status" ? before?.["spec"] : specOf(id, n),
          status,
        } as unknown as UntypedObject
        const after = what === "remove" ? undefined : adoptObject(object, before)
        const change = store.prepare({ at: epochMs(0), rules, before, after })
        store.apply(change)
        ledger.observe(change)
        if (asks) check()
      }
      check()
    }),
  )
})
