import { gunzipSync, gzipSync } from "node:zlib"
import { fnv32a, isJsonObject, OperationError } from "@argo-ts/kernel"
import type { NodeStatus, WorkflowStatus } from "../api/status.js"

/** The nodes of a status. */
export type StatusNodes = { readonly [id: string]: NodeStatus }

/** Keeps the nodes of workflows that are too large for an object, even compressed. Upstream keeps them in its database. */
export interface NodeOffload {
  save(uid: string, version: string, nodes: StatusNodes): Promise<void>
  /** `undefined` where that version is not there. */
  load(uid: string, version: string): Promise<StatusNodes | undefined>
  /** Deletes every version but that one; every version where there is none. */
  prune(uid: string, keep?: string): Promise<void>
}

/** Offloaded nodes in the memory of this process: for tests. */
export function memoryOffload(): NodeOffload {
  const kept = new Map<string, Map<string, StatusNodes>>()
  return {
    async save(uid, version, nodes) {
      const versions = kept.get(uid) ?? new Map<string, StatusNodes>()
      kept.set(uid, versions.set(version, nodes))
    },
    load: async (uid, version) => kept.get(uid)?.get(version),
    async prune(uid, keep) {
      const nodes = keep === undefined ? undefined : kept.get(uid)?.get(keep)
      if (nodes === undefined || keep === undefined) kept.delete(uid)
      else kept.set(uid, new Map([[keep, nodes]]))
    },
  }
}

/** How a status is made to fit. */
export interface PackOptions {
  /** The most bytes that the nodes may have in the object. Default 1 MiB, as upstream has it. */
  readonly bytesMax?: number
  /** Where nodes go that are too large compressed. Default: nowhere, and packing them is refused as `WorkflowTooLarge`. */
  readonly offload?: NodeOffload
  /** Names the workflow in the offload. */
  readonly uid?: string
}

const bytesDefault = 1024 * 1024
/** Nodes that unpack to more are no workflow's. */
const unpackedMax = 1024 * 1024 * 1024

/**
 * A status as an object may hold it: as it is while `nodes` is small; else with `compressedNodes` (gzip, base64), as upstream
 * writes it; else with `offloadNodeStatusVersion`, and the nodes in the offload.
 */
export async function packStatus(
  status: WorkflowStatus,
  options: PackOptions = {},
): Promise<WorkflowStatus> {
  const { bytesMax = bytesDefault, offload, uid = "" } = options
  const { nodes, compressedNodes: _old, offloadNodeStatusVersion: _version, ...rest } = status
  if (nodes === undefined) return rest
  const text = JSON.stringify(nodes)
  if (Buffer.byteLength(text) <= bytesMax) return { ...rest, nodes }
  const compressedNodes = gzipSync(text).toString("base64")
  if (compressedNodes.length <= bytesMax) return { ...rest, compressedNodes }
  if (offload === undefined) {
    throw new OperationError(
      `the workflow is too large for its object: its nodes take ${compressedNodes.length} bytes compressed, ${bytesMax} are allowed, and there is no offload`,
      { code: "WorkflowTooLarge", retryable: false },
    )
  }
  const version = `fnv:${fnv32a(text)}`
  await offload.save(uid, version, nodes)
  return { ...rest, offloadNodeStatusVersion: version }
}

/** The whole status of what {@link packStatus}, or upstream, wrote. Damage is refused as `CorruptStatus`. */
export async function unpackStatus(
  status: WorkflowStatus,
  options: Pick<PackOptions, "offload" | "uid"> = {},
): Promise<WorkflowStatus> {
  const { compressedNodes, offloadNodeStatusVersion, ...rest } = status
  if (compressedNodes !== undefined && compressedNodes !== "") {
    return { ...rest, nodes: decompress(compressedNodes) }
  }
  if (offloadNodeStatusVersion === undefined || offloadNodeStatusVersion === "") return rest
  const nodes = await options.offload?.load(options.uid ?? "", offloadNodeStatusVersion)
  if (nodes !== undefined) return { ...rest, nodes }
  throw new OperationError(
    `the nodes of version ${offloadNodeStatusVersion} are not in the offload`,
    {
      code: "CorruptStatus",
      retryable: false,
    },
  )
}

function decompress(text: string): StatusNodes {
  const refuse = (why: string): OperationError =>
    new OperationError(`status.compressedNodes: ${why}`, {
      code: "CorruptStatus",
      retryable: false,
    })
  const bytes = Buffer.from(text, "base64")
  // gzip names itself; zstd and brotli, which upstream can be told to write, are not read here.
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) throw refuse("expected gzip in base64")
  try {
    const unpacked = gunzipSync(bytes, { maxOutputLength: unpackedMax })
    const nodes = JSON.parse(unpacked.toString("utf8")) as unknown
    if (isJsonObject(nodes)) return nodes as unknown as StatusNodes
  } catch {
    throw refuse("damaged")
  }
  throw refuse("expected the nodes")
}
