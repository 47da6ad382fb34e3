import { epochMs, type Kind, type ObjectKey, type UntypedObject } from "@argo-ts/kernel"
import { builtInKinds } from "@argo-ts/kernel/schemas"
import type { ClusterWrite } from "../api/write.js"
import { readLogLines } from "./log-file.js"

/**
 * The writes of a log, in order, as `onWrite` told them. `kinds` are the custom kinds of the cluster that wrote it;
 * a line of another kind is a mistake of the caller.
 */
export function* readWrites(file: string, kinds: readonly Kind[] = []): Generator<ClusterWrite> {
  const byId = new Map(
    [...builtInKinds, ...kinds].map((kind) => [`${kind.group}/${kind.plural}`, kind]),
  )
  const objects = new Map<string, UntypedObject>()
  for (const line of readLogLines(file)) {
    const kind = byId.get(line.kind)
    if (kind === undefined) {
      throw new Error(
        `${file}: version ${line.rv} is of ${line.kind}, which is not among \`kinds\``,
      )
    }
    const key: ObjectKey =
      line.ns === undefined ? { name: line.name } : { namespace: line.ns, name: line.name }
    const place = `${line.kind} ${line.ns ?? ""}/${line.name}`
    const before = objects.get(place)
    if (line.object === null) objects.delete(place)
    else objects.set(place, line.object)
    yield {
      at: epochMs(line.t),
      verb: line.verb,
      ...(line.sub === undefined ? {} : { subresource: line.sub }),
      manager: line.by,
      kind,
      key,
      resourceVersion: `${line.rv}`,
      ...(before === undefined ? {} : { before }),
      ...(line.object === null ? {} : { after: line.object }),
    }
  }
}
