import { parseDuration } from "@argo-ts/kernel"
import type { Memoize } from "../api/memoize.js"
import type { MemoAction, MemoEntry } from "./actions.js"
import type { CompiledTemplate } from "./compile-types.js"
import { unset } from "./instants.js"
import type { Rendered } from "./languages.js"
import { dirty, extrasOf, isFulfilled, type NodeRecord, wasReady } from "./node.js"
import { propose, type Run, touch, touchNode } from "./run.js"
import { isLenient, nodePlace, scopeOf } from "./scope.js"

/*
 * Memoization (spec/workflows §2.16): a node asks a cache before it begins, by an action; an event tells what is
 * remembered. What it came to is handed to the cache when it has succeeded, and it is over when the cache has it.
 */

/** What a node has asked for. */
export interface Recall {
  readonly cache: string
  readonly key: string
  readonly maxAgeMs: number | undefined
}

const keyPattern = /^[a-zA-Z0-9][-a-zA-Z0-9]*$/

/** Asks what is remembered for a node; false where there is nothing to ask. */
export function requestMemo(
  run: Run,
  node: NodeRecord,
  template: CompiledTemplate,
): Rendered<boolean> {
  const isDone = isFulfilled(node) || wasReady(node) || node.extras?.memo !== undefined
  if (template.memoize === undefined || isDone) {
    return { ok: true, value: false }
  }
  const recall = recallOf(run, node, template)
  if (!recall.ok) return recall
  run.recalls.set(node.id, recall.value)
  if (run.stored === undefined) propose(run, recallAction(node.id, recall.value))
  return { ok: true, value: true }
}

function recallOf(run: Run, node: NodeRecord, template: CompiledTemplate): Rendered<Recall> {
  const rendered = template.memoize?.render(scopeOf(run, nodePlace(node)), isLenient)
  if (rendered === undefined || !rendered.ok) {
    return { ok: false, message: rendered === undefined ? "no memoize" : rendered.message }
  }
  const { key, maxAge = "", cache } = rendered.value as unknown as Memoize
  if (!keyPattern.test(key)) {
    return { ok: false, message: `invalid cache key: ${key}` }
  }
  const age = maxAge === "" ? undefined : parseDuration(maxAge)
  if (age?.ok === false) {
    return { ok: false, message: `memoize.maxAge is no duration: ${JSON.stringify(maxAge)}` }
  }
  return { ok: true, value: { cache: cache.configMap?.name ?? "", key, maxAgeMs: age?.value } }
}

/** The action that asks a cache. */
export function recallAction(node: string, { cache, key, maxAgeMs }: Recall): MemoAction {
  return { type: "Recall", key: `${node}/recall`, node, cache, entry: key, maxAgeMs }
}

/** True while a node waits for its cache. */
export function isRecalling(run: Run, node: NodeRecord): boolean {
  return run.recalls.size > 0 && run.recalls.has(node.id)
}

/** Notes what a cache remembers. Answers the entry where it can be used; else the node begins now. */
export function noteRecalled(
  run: Run,
  node: NodeRecord,
  entry: MemoEntry | undefined,
): MemoEntry | undefined {
  const recall = run.recalls.get(node.id)
  if (recall === undefined) return undefined
  run.recalls.delete(node.id)
  const { cache, key, maxAgeMs } = recall
  const isHit = entry !== undefined && isUsable(entry, run.now, maxAgeMs)
  extrasOf(node).memo = { hit: isHit, key, cacheName: cache }
  touchNode(run, node)
  if (isHit) return entry
  if (node.startedAt !== run.now) {
    node.startedAt = run.now
    touch(run, node, dirty.started)
  }
  return undefined
}

/** True where a cache may give an entry to somebody who asks at that instant. */
export function isUsable(entry: MemoEntry, now: number, maxAgeMs: number | undefined): boolean {
  return entry.nodeId !== "" && (maxAgeMs === undefined || now - entry.createdAt <= maxAgeMs)
}

/**
 * True while a node that has succeeded waits for its cache: its outcome stands in the status, unsynced, and whoever waits
 * for it goes on when the cache has it.
 */
export function isSaving(node: NodeRecord): boolean {
  if (node.isSynced || node.phase !== "Succeeded") return false
  // Daemons that were ended are unsynced, too: the instant of their end is yet to come.
  return node.extras?.memo?.hit === false && node.finishedAt !== unset
}

/** Has a cache remember a node that succeeds, before anybody is told. False where no cache waits for it. */
export function startSaving(run: Run, node: NodeRecord, message: string): boolean {
  if (node.extras?.memo?.hit !== false || node.extras.podIP !== "") return false
  node.phase = "Succeeded"
  node.message = message
  node.isSynced = false
  node.finishedAt = run.now
  touchNode(run, node)
  for (const action of savingActions(node)) propose(run, action)
  return true
}

/** What a node waits for that its cache does not have yet. */
export function savingActions(node: NodeRecord): readonly MemoAction[] {
  const memo = node.extras?.memo
  if (memo === undefined || !isSaving(node)) return []
  const { id, outputs, finishedAt } = node
  const value: MemoEntry = { nodeId: id, outputs, createdAt: finishedAt }
  const { cacheName: cache, key: entry } = memo
  return [{ type: "Remember", key: `${id}/remember`, node: id, cache, entry, value }]
}

/** The cache has what a node came to, or says why not: then the node is an Error. */
export function noteRemembered(run: Run, node: NodeRecord, fault: string | undefined): void {
  node.isSynced = true
  if (fault !== undefined) {
    node.phase = "Error"
    node.message = fault
    node.finishedAt = run.now
  }
  touchNode(run, node)
}
