import type { ClusterWrite, LogLine } from "@argo-ts/cluster-sim"
import type { LoggedObject, LoggedWrite } from "./fact.js"

/** A write as it happens, or `undefined` where it left nothing to tell of. */
export function fromWrite(write: ClusterWrite): LoggedWrite | undefined {
  const object = write.after ?? write.before
  if (object === undefined) return undefined
  return {
    at: write.at,
    type: write.after === undefined ? "DELETED" : write.before === undefined ? "ADDED" : "MODIFIED",
    object: object as unknown as LoggedObject,
    fieldManager: write.manager,
  }
}

/** The writes of a log that was read; gone objects are told as they last were. */
export function fromLines(lines: readonly LogLine[]): readonly LoggedWrite[] {
  const last = new Map<string, LoggedObject>()
  const writes: LoggedWrite[] = []
  for (const line of lines) {
    const id = `${line.kind} ${line.ns ?? ""} ${line.name}`
    const before = last.get(id)
    const after = (line.object ?? undefined) as LoggedObject | undefined
    const object = after ?? before
    if (object === undefined) continue
    if (after === undefined) last.delete(id)
    else last.set(id, after)
    const type = after === undefined ? "DELETED" : before === undefined ? "ADDED" : "MODIFIED"
    writes.push({ at: line.t, type, object, fieldManager: line.by })
  }
  return writes
}
