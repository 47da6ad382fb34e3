import { isClusterError } from "@argo-ts/k8s"
import type { Clock } from "@argo-ts/kernel/clock"
import { patched } from "./api/patch.js"
import { replaceObject } from "./api/replace.js"
import type { Server } from "./api/server.js"
import { serverRequest } from "./api/write.js"
import { downAnnotation } from "./controllers/nodes/node.js"
import type { FaultOptions, Faults } from "./faults.js"
import { loseNodes } from "./faulty-port.js"
import type { KindRules } from "./kinds/rules.js"
import { asJson, asObject } from "./store/stored-object.js"

const lossMsDefault = 300_000

/** Makes nodes lose their connection as the faults say. Returns what stops it. */
export function startNodeLosses(
  server: Server,
  parts: { readonly clock: Clock; readonly faults: Faults; readonly options: FaultOptions },
): () => void {
  const { clock, faults, options } = parts
  if ((options.nodeLosses ?? 0) <= 0) return () => {}
  const rules = server.registry.byId("/nodes") as KindRules
  const every = { namespace: "", name: undefined, labelLines: [], isNarrowed: false }
  const all = { ...every, matches: () => true }
  return loseNodes(
    { clock, faults },
    {
      lossMs: options.nodeLossMs ?? lossMsDefault,
      names: () =>
        server.store
          .collection(rules)
          .list(all)
          .map(({ metadata }) => metadata.name),
      setDown(name, isDown) {
        const node = server.store.collection(rules).get("", name)
        if (node === undefined) return
        const annotations = { [downAnnotation]: isDown ? "true" : null }
        const patch = { type: "merge", patch: { metadata: { annotations } } } as const
        const wanted = asObject(patched(rules, asJson(node), patch))
        const manager = "cluster/faults"
        try {
          replaceObject(server, rules, node, { ...serverRequest("patch", manager), wanted })
        } catch (error) {
          // An admission hook may keep its nodes as they are.
          if (!isClusterError(error)) throw error
        }
      },
    },
  )
}
