import { parseDuration } from "@argo-ts/kernel"
import type { Memoize } from "../api/memoize.js"
import type { MemoAction, MemoEntry } from "./actions.js"
import type { CompiledTemplate } from "./compile-types.js"
import type { Rendered } from "./languages.js"
import { extrasOf, isFulfilled, type NodeRecord, wasReady } from "./node.js"
import { propose, type Run, touchNode } from "./run.js"
import { isLenient, nodePlace, scopeOf } from "./scope.js"

/*
 * Memoization (spec/workflows §2.16): a node asks a cache before it begins, by an action; an event tells what is
 * remembered. What it came to is handed to the cache when it has succeeded.
 */

/** What a node has asked for. */
export interface Recall {
  readonly cache: string
  readonly key: string
  /** Milliseconds. */
  readonly maxAge: number | undefined
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
    return { ok: false, message: `invalid cache key: ${JSON.stringify(key)}` }
  }
  const age = maxAge === "" ? undefined : parseDuration(maxAge)
  if (age?.ok === false) {
    return { ok: false, message: `memoize.maxAge is no duration: ${JSON.stringify(maxAge)}` }
  }
  return { ok: true, value: { cache: cache.configMap?.name ?? "", key, maxAge: age?.value } }
}

/** The action that asks a cache. */
export function recallAction(node: string, { cache, key }: Recall): MemoAction {
  return { type: "Recall", key: `${node}/recall`, node, cache, entry: key }
}

/** True while a node waits for its cache. */
export function isRecalling(run: Run, node: NodeRecord): boolean {
  return run.recalls.size > 0 && run.recalls.has(node.id)
}

/** Notes what a cache remembers. Answers the entry where it can be used. */
export function noteRecalled(
  run: Run,
  node: NodeRecord,
  entry: MemoEntry | undefined,
): MemoEntry | undefined {
  const recall = run.recalls.get(node.id)
  if (recall === undefined) return undefined
  run.recalls.delete(node.id)
  const { cache, key, maxAge } = recall
  const isYoung =
    entry !== undefined && (maxAge === undefined || run.now - entry.createdAt <= maxAge)
  const isHit = isYoung && entry.nodeId !== ""
  extrasOf(node).memo = { hit: isHit, key, cacheName: cache }
  touchNode(run, node)
  return isHit ? entry : undefined
}

/** Hands what a node came to to its cache. */
export function remember(run: Run, node: NodeRecord): void {
  const memo = node.extras?.memo
  if (memo === undefined || memo.hit || node.phase !== "Succeeded") return
  propose(run, {
    type: "Remember",
    key: `${node.id}/remember`,
    node: node.id,
    cache: memo.cacheName,
    entry: memo.key,
    value: { nodeId: node.id, outputs: node.outputs, createdAt: run.now },
  })
}
