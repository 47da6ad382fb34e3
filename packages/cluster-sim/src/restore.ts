import { epochMs } from "@argo-ts/kernel"
import type { Draws } from "./api/draws.js"
import type { KindRegistry } from "./kinds/registry.js"
import type { KindRules } from "./kinds/rules.js"
import type { Journal } from "./log/journal.js"
import type { LogLine } from "./log/log-file.js"
import type { Snapshot } from "./log/snapshot.js"
import { adoptObject } from "./store/adopt.js"
import type { Change } from "./store/history.js"
import type { Store } from "./store/store.js"
import type { StoredObject } from "./store/stored-object.js"

/** What of a server a journal continues. */
export interface Restored {
  readonly registry: KindRegistry
  readonly store: Store
  readonly draws: Draws
  /** Told each change: definitions serve the kinds of what follows them. */
  readonly observe?: (change: Change) => void
}

function rulesOf(registry: KindRegistry, id: string, what: string): KindRules {
  const known = registry.byId(id)
  if (known !== undefined) return known
  throw new Error(
    `the log holds ${id} ${what}, a kind that this cluster does not serve: add it to \`kinds\``,
  )
}

function restoreSnapshot(snapshot: Snapshot, { registry, store, draws, observe }: Restored): void {
  for (const { kind, object } of snapshot.objects) {
    const rules = rulesOf(registry, kind, String(object.metadata.name))
    const after = adoptObject(object, undefined)
    const version = Number(after.metadata.resourceVersion)
    const at = epochMs(snapshot.t)
    const change = { version, at, rules, before: undefined, after, event: after }
    store.apply(change)
    observe?.(change)
  }
  store.resume(snapshot.rv)
  draws.restore(snapshot.random)
  draws.beginEra(snapshot.rv)
}

/** Stores what a log says, as it was stored then. */
function replay(lines: readonly LogLine[], { registry, store, draws, observe }: Restored): void {
  for (const line of lines) {
    const rules = rulesOf(registry, line.kind, `${line.name} (version ${line.rv})`)
    const before = store.collection(rules).get(line.ns ?? "", line.name)
    const after = line.object === null ? undefined : adoptObject(line.object, before)
    if (after === undefined) draws.release(rules.id, line.ns ?? "", line.name)
    if (line.random !== undefined) draws.restore(line.random)
    const event = after ?? (before as StoredObject)
    const change = { version: line.rv, at: epochMs(line.t), rules, before, after, event }
    store.apply(change)
    observe?.(change)
  }
}

/** Fills a store with what a journal holds. */
export function restore({ snapshot, lines }: Journal, restored: Restored): void {
  if (snapshot !== undefined) restoreSnapshot(snapshot, restored)
  replay(lines, restored)
}

/** Puts a snapshot of everything in the place of a journal's lines, where they have grown too long. */
export function compactIfDue(journal: Journal, { store, draws }: Restored, now: number): void {
  if (!journal.wantsSnapshot()) return
  const objects = store.inOrder().map(({ rules, object }) => ({ kind: rules.id, object }))
  const rv = store.version()
  journal.compact({ rv, t: epochMs(now), random: draws.streams.positions(), objects })
  draws.beginEra(rv)
}
