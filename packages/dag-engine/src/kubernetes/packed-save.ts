import type { JsonObject, JsonValue } from "@argo-ts/kernel"
import type { StatusChange } from "../core/changes.js"
import type { OpenWorkflow } from "../core/open.js"
import { type PackOptions, packStatus } from "./pack.js"
import { statusPatch } from "./status-patch.js"

/** Makes the patches of one workflow's status. */
export interface StatusWriter {
  patchOf(changes: readonly StatusChange[]): Promise<JsonObject>
}

/** Half of what the nodes may take: patches and JSON cost something too. */
const share = 0.5

/**
 * Small patches while the object is small. Once what was written could be more than an object may hold, the whole status,
 * packed, replaces it each time, as upstream does.
 */
export function statusWriter(
  uid: string,
  open: Pick<OpenWorkflow, "node" | "status">,
  options: PackOptions & { readonly startBytes: number },
): StatusWriter {
  const { bytesMax = 1024 * 1024, startBytes } = options
  let written = startBytes
  return {
    async patchOf(changes) {
      const patch = statusPatch(uid, changes, open)
      if (written <= bytesMax * share) {
        written += JSON.stringify(patch).length
        if (written <= bytesMax * share) return patch
      }
      const packed = await packStatus(open.status(), { ...options, uid })
      const none = { nodes: null, compressedNodes: null, offloadNodeStatusVersion: null }
      const summary = (patch["status"] ?? {}) as JsonObject
      const status = { ...summary, ...none, ...(packed as unknown as { [key: string]: JsonValue }) }
      const { offload } = options
      if (offload !== undefined) await offload.prune(uid, packed.offloadNodeStatusVersion)
      return { ...patch, status }
    },
  }
}
