import { type Cluster, isClusterError } from "@argo-ts/k8s"
import {
  type EpochMs,
  formatInstant,
  isJsonObject,
  type JsonValue,
  OperationError,
  parseInstant,
} from "@argo-ts/kernel"
import type { NodeOutputs } from "../api/status.js"
import type { MemoEntry } from "../core/actions.js"
import type { MemoCaches, MemoPlace } from "../runtime/memo.js"
import { configMaps } from "./config-maps.js"

const cacheLabel = "workflows.argoproj.io/configmap-type"

/**
 * Caches in ConfigMaps, as upstream writes them: one entry a key, in a map that carries the label
 * `workflows.argoproj.io/configmap-type: Cache`. Differs from Argo: the map stands in the workflow's namespace, unless
 * another is given; upstream looks in the controller's.
 */
export function configMapCaches(
  cluster: Pick<Cluster, "get" | "create" | "patch">,
  options: { readonly namespace?: string } = {},
): MemoCaches {
  const keyOf = ({ namespace, name }: MemoPlace) => ({
    namespace: options.namespace ?? namespace,
    name,
  })
  return {
    async recall(place, key) {
      const map = await cluster.get(configMaps, keyOf(place))
      if (map === undefined) return undefined
      if (map.metadata.labels?.[cacheLabel] !== "Cache") {
        throw new OperationError(
          `the ConfigMap "${place.name}" is no cache: it has no label ${cacheLabel}=Cache`,
          { code: "NoCache", retryable: false },
        )
      }
      const data = map.data ?? {}
      return Object.hasOwn(data, key) ? readEntry(data[key] ?? "") : undefined
    },
    async remember(place, key, entry) {
      const metadata = { ...keyOf(place), labels: { [cacheLabel]: "Cache" } }
      const data = { [key]: writeEntry(entry) }
      try {
        await cluster.create(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata, data })
      } catch (error) {
        if (!isClusterError(error, "AlreadyExists")) throw error
        await cluster.patch(configMaps, keyOf(place), { type: "merge", patch: { data } })
      }
    },
  }
}

function writeEntry({ nodeId, outputs, createdAt }: MemoEntry): string {
  const at = formatInstant(createdAt as EpochMs)
  return JSON.stringify({
    nodeID: nodeId,
    outputs: outputs ?? null,
    creationTimestamp: at,
    lastHitTimestamp: at,
  })
}

/** What cannot be read is nothing that is remembered. */
function readEntry(text: string): MemoEntry | undefined {
  let value: JsonValue
  try {
    value = JSON.parse(text) as JsonValue
  } catch {
    return undefined
  }
  if (!isJsonObject(value)) return undefined
  const { nodeID, outputs, creationTimestamp } = value
  const created = parseInstant(typeof creationTimestamp === "string" ? creationTimestamp : "")
  if (typeof nodeID !== "string" || !created.ok) return undefined
  return {
    nodeId: nodeID,
    outputs: isJsonObject(outputs) ? (outputs as unknown as NodeOutputs) : undefined,
    createdAt: created.value,
  }
}
