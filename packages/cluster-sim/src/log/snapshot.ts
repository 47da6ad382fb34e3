import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs"
import { dirname } from "node:path"
import { type EpochMs, isJsonObject, type UntypedObject } from "@argo-ts/kernel"

/** An object of a snapshot. */
export interface SnapshotObject {
  /** `apps/deployments` */
  readonly kind: string
  readonly object: UntypedObject
}

/** A whole cluster at one version. */
export interface Snapshot {
  /** The version of the last write in it. */
  readonly rv: number
  /** The instant of that write, milliseconds. */
  readonly t: EpochMs
  /** Random streams, and how far each was drawn from. */
  readonly random: { readonly [stream: string]: number }
  /** In the order in which they came to be. */
  readonly objects: readonly SnapshotObject[]
}

/** The first line; the last one tells how many objects are between them. */
interface Header {
  readonly format: 1
  readonly rv: number
  readonly t: EpochMs
  readonly random: Snapshot["random"]
}

const chunkBytes = 1 << 20

/** Makes sure that a rename outlives the power. Systems that cannot open directories do without. */
function syncDirectory(directory: string): void {
  try {
    const descriptor = openSync(directory, "r")
    fsyncSync(descriptor)
    closeSync(descriptor)
  } catch {}
}

/** Writes a snapshot in the place of the one before, in one step; answers its size in bytes. */
export function writeSnapshot(file: string, snapshot: Snapshot): number {
  const { objects, ...rest } = snapshot
  const fresh = `${file}.new`
  const descriptor = openSync(fresh, "w", 0o600)
  let size = 0
  let waiting = ""
  const flush = (): void => {
    const bytes = Buffer.from(waiting, "utf8")
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
    size += bytes.length
    waiting = ""
  }
  const header: Header = { format: 1, ...rest }
  waiting = `${JSON.stringify(header)}\n`
  for (const object of objects) {
    waiting += `${JSON.stringify(object)}\n`
    if (waiting.length > chunkBytes) flush()
  }
  waiting += `${JSON.stringify({ end: objects.length })}\n`
  flush()
  fsyncSync(descriptor)
  closeSync(descriptor)
  renameSync(fresh, file)
  syncDirectory(dirname(file))
  return size
}

function damaged(file: string, why: string): Error {
  return new Error(`${file}: the snapshot is damaged: ${why}`)
}

/** A snapshot with its size in bytes; undefined where there is none. Throws where it is not whole. */
export function readSnapshot(
  file: string,
): { readonly snapshot: Snapshot; readonly size: number } | undefined {
  if (!existsSync(file)) return undefined
  const bytes = readFileSync(file)
  const lines = bytes.toString("utf8").split("\n")
  let values: unknown[]
  try {
    values = lines.slice(0, -1).map((line) => JSON.parse(line) as unknown)
  } catch {
    throw damaged(file, "a line is no JSON")
  }
  const [header, ...rest] = values
  const end = rest.pop()
  if (!isJsonObject(header) || header["format"] !== 1)
    throw damaged(file, "its first line is another")
  if (!isJsonObject(end) || end["end"] !== rest.length) throw damaged(file, "it has no end")
  const { rv, t, random } = header as unknown as Header
  return { snapshot: { rv, t, random, objects: rest as SnapshotObject[] }, size: bytes.length }
}
