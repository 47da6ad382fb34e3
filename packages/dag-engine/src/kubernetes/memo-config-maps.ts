import { type Cluster, isClusterError } from "@argo-ts/k8s"
import {
  type EpochMs,
  formatInstant,
  isJsonObject,
  type JsonValue,
  OperationError,
  parseInstant,
} from "@argo-ts/kernel"
import { type Clock, systemClock } from "@argo-ts/kernel/clock"
import type { NodeOutputs } from "../api/status.js"
import type { MemoEntry } from "../core/actions.js"
import { isUsable } from "../core/memo.js"
import type { MemoCaches, MemoPlace } from "../runtime/memo.js"
import { isForNow, type Patience, persistently } from "../runtime/patience.js"
import { type ConfigMap, configMaps } from "./config-maps.js"

const cacheLabel = "workflows.argoproj.io/configmap-type"

/** A request is sent so often at most. */
const triesMax = 5

/** Where caches stand, and by which clock a request waits to be sent again. */
export interface ConfigMapCachesOptions {
  /** Default: the workflow's. */
  readonly namespace?: string
  /** Default: the machine's. */
  readonly clock?: Clock
}

/**
 * Caches in ConfigMaps, as upstream writes them: one entry a key, in a map that carries the label
 * `workflows.argoproj.io/configmap-type: Cache`, made when there is something to remember. What a server refuses for the
 * moment is asked five times, from a second apart. Differs from Argo: the map stands in the workflow's namespace, unless
 * another is given; upstream looks in the controller's.
 */
export function configMapCaches(
  cluster: Pick<Cluster, "list" | "create" | "patch">,
  options: ConfigMapCachesOptions = {},
): MemoCaches {
  const { clock = systemClock() } = options
  const patience = (key: string): Patience => ({ clock, key, isPassing, triesMax })
  const cacheAt = ({ namespace, name }: MemoPlace): Cache =>
    openCache(cluster, { namespace: options.namespace ?? namespace, name })
  return {
    recall: (place, key, { now, maxAgeMs }) =>
      persistently(
        async () => {
          const cache = cacheAt(place)
          const text = (await cache.read())?.data?.[key] ?? ""
          if (text === "") return undefined
          const entry = readEntry(place.name, key, text)
          if (isUsable(entry, now, maxAgeMs)) {
            await cache.replace(key, text, writeEntry({ ...entry, lastHitAt: now }))
          }
          return entry
        },
        patience(`${place.name}/${key}/recall`),
      ),
    remember: (place, key, entry) =>
      persistently(
        () => cacheAt(place).write(key, writeEntry(entry)),
        patience(`${place.name}/${key}/remember`),
      ),
  }
}

/** One ConfigMap that is a cache, or will be. */
interface Cache {
  /** The map; throws where it is no cache. */
  read(): Promise<ConfigMap | undefined>
  write(key: string, text: string): Promise<void>
  /** Writes over what was read, unless somebody has since. */
  replace(key: string, read: string, text: string): Promise<void>
}

function openCache(
  cluster: Pick<Cluster, "list" | "create" | "patch">,
  at: { readonly namespace: string; readonly name: string },
): Cache {
  const { namespace, name } = at
  // The server itself is asked: what is watched may not know yet what the step before has remembered.
  const read = async (): Promise<ConfigMap | undefined> => {
    const { items } = await cluster.list(configMaps, {
      namespace,
      fieldSelector: { "metadata.name": name },
    })
    const [map] = items
    if (map === undefined || map.metadata.labels?.[cacheLabel] === "Cache") return map
    throw new OperationError(
      `the ConfigMap "${name}" is no cache: it has no label ${cacheLabel}=Cache`,
      { code: "NoCache", retryable: false },
    )
  }
  return {
    read,
    async write(key, text) {
      const data = { [key]: text }
      if ((await read()) === undefined) {
        const metadata = { namespace, name, labels: { [cacheLabel]: "Cache" } }
        await cluster.create(configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata, data })
      } else await cluster.patch(configMaps, at, { type: "merge", patch: { data } })
    },
    async replace(key, text, next) {
      const path = `/data/${key}`
      const operations = [
        { op: "test", path, value: text },
        { op: "replace", path, value: next },
      ] as const
      try {
        await cluster.patch(configMaps, at, { type: "json", operations })
      } catch (error) {
        // Whoever wrote it in between used it, too.
        if (isClusterError(error, "Invalid") && (await read())?.data?.[key] !== text) return
        throw error
      }
    },
  }
}

/** A server asks for that, or somebody was quicker. */
function isPassing(error: unknown): boolean {
  return isClusterError(error, "AlreadyExists") || isForNow(error)
}

function writeEntry({ nodeId, outputs, createdAt, lastHitAt = createdAt }: MemoEntry): string {
  return JSON.stringify({
    nodeID: nodeId,
    outputs: outputs ?? null,
    creationTimestamp: formatInstant(createdAt as EpochMs),
    lastHitTimestamp: formatInstant(lastHitAt as EpochMs),
  })
}

function readEntry(name: string, key: string, text: string): MemoEntry {
  const value = readObject(text)
  const { nodeID = "", outputs, creationTimestamp } = value ?? {}
  const created = instantOf(creationTimestamp)
  if (value === undefined || typeof nodeID !== "string" || created === undefined) {
    throw new OperationError(`malformed cache entry: "${key}" of the ConfigMap "${name}"`, {
      code: "MalformedCacheEntry",
      retryable: false,
    })
  }
  const lastHitAt = instantOf(value["lastHitTimestamp"])
  return {
    nodeId: nodeID,
    outputs: isJsonObject(outputs) ? (outputs as unknown as NodeOutputs) : undefined,
    createdAt: created,
    ...(lastHitAt === undefined ? {} : { lastHitAt }),
  }
}

function instantOf(text: JsonValue | undefined): EpochMs | undefined {
  const parsed = parseInstant(typeof text === "string" ? text : "")
  return parsed.ok ? parsed.value : undefined
}

function readObject(text: string): { readonly [name: string]: JsonValue } | undefined {
  try {
    const value = JSON.parse(text) as JsonValue
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
