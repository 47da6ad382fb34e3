import type { ClusterReader, ClusterWatcher, WatchEvent, WatchOptions } from "@argo-ts/k8s"
import { equalJson, formatKey, type JsonValue, type Kind, keyOf } from "@argo-ts/kernel"
import type { Loose } from "../world.js"
import type { Breach } from "./laws.js"
import type { Found } from "./world.js"

/** A watch from somewhere in the past, and what it makes of a list then. */
export interface Follower {
  breaches(): Promise<Breach[]>
  stop(): void
}

/** Follows a selection: what it was told from its list on has to be what a list shows. */
export async function followSelection(
  cluster: ClusterReader & ClusterWatcher,
  kind: Kind<Loose>,
  selection: Pick<WatchOptions, "namespace" | "labelSelector">,
): Promise<Follower> {
  const first = await cluster.list(kind, selection)
  const objects = new Map(first.items.map((item) => [formatKey(keyOf(item)), item]))
  const found: Breach[] = []
  let last = Number(first.resourceVersion)
  let isOver = false
  const take = (event: WatchEvent<Loose>): void => {
    if (event.type === "BOOKMARK") {
      if (Number(event.resourceVersion) < last) found.push("a bookmark goes back")
      return
    }
    const { object, type } = event
    const key = formatKey(keyOf(object))
    const version = Number(object.metadata.resourceVersion)
    if (version <= last) found.push(`event ${version} follows ${last}`)
    last = version
    if (objects.has(key) !== (type !== "ADDED")) found.push(`${type} of ${key}, which was not so`)
    if (type === "DELETED") objects.delete(key)
    else objects.set(key, object as Found)
  }
  const options = {
    ...selection,
    resourceVersion: first.resourceVersion,
    allowWatchBookmarks: true,
  }
  const stop = cluster.watch(kind, options, {
    event: take,
    end() {
      isOver = true
    },
  })
  return {
    stop,
    async breaches() {
      if (isOver) return found
      const { items } = await cluster.list(kind, selection)
      const told = items.map((item) => objects.get(formatKey(keyOf(item))) ?? null)
      const isSame =
        items.length === objects.size &&
        equalJson(told as unknown as JsonValue, items as unknown as JsonValue)
      return isSame ? found : [...found, `a watch of ${kind.plural} tells other than a list`]
    },
  }
}

/** A list in pages is the list in one piece, also while others write. */
export async function pageBreaches(
  cluster: ClusterReader,
  kind: Kind<Loose>,
  between: () => Promise<unknown>,
): Promise<Breach[]> {
  const whole = await cluster.list(kind, {})
  const items: Found[] = []
  let next: string | undefined
  for (let page = 0; page === 0 || next !== undefined; page++) {
    const from = next === undefined ? {} : { continue: next }
    const answer = await cluster.list(kind, { limit: 3, ...from })
    items.push(...answer.items)
    next = answer.continue
    await between()
  }
  const exact = { resourceVersion: whole.resourceVersion, resourceVersionMatch: "Exact" } as const
  const again = await cluster.list(kind, exact)
  const breaches: Breach[] = []
  const isSame = (one: readonly Found[]): boolean =>
    equalJson(one as unknown as JsonValue, whole.items as unknown as JsonValue)
  if (!isSame(items)) breaches.push(`pages of ${kind.plural} are not one list`)
  if (!isSame(again.items)) breaches.push(`${kind.plural} at a version are not what they were`)
  return breaches
}
