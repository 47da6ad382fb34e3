import { equalJson } from "@argo-ts/kernel"
import type { Frame } from "./frame.js"
import { sumGroupsOf } from "./group-sums.js"
import {
  countsInProgress,
  dirty,
  extrasOf,
  finalProgressOf,
  isDaemoned,
  isFulfilled,
  type NodeRecord,
  progressOf,
  worthOf,
} from "./node.js"
import type { ReportedProgress } from "./reported-progress.js"
import { type Resources, withoutResources } from "./resources.js"
import { type Run, touch } from "./run.js"

/*
 * How much of a run is done (spec/workflows §2.22). What executes counts: in the workflow, and in every group that it runs in
 * and that runs, which is known at each event for the price of the groups around it. Upstream's sums go along the edges
 * instead, and so a group that is over counts what comes after it, too: once the workflow is over, that is how it is written,
 * and what the pods took of each resource beside it.
 */

/** A node that counts is new. */
export function countNew(run: Run, node: NodeRecord): void {
  addProgress(run, node, { done: 0, all: 1 })
}

/** A node that counts has ended: where that went well, what it had not told is done, too. */
export function countDone(run: Run, node: NodeRecord): void {
  addProgress(run, node, { done: finalProgressOf(node).done - progressOf(node).done, all: 0 })
}

/** While a stored run is read: the groups know it, and the run itself is counted anew. */
export function recountDone(run: Run, node: NodeRecord): void {
  run.fulfilledNodes += finalProgressOf(node).done - progressOf(node).done
}

/** A daemon was counted as done when it was ready; one that failed afterwards has not done what it was there for. */
export function uncountFailed(run: Run, node: NodeRecord): void {
  const { done, all } = finalProgressOf(node)
  addProgress(run, node, { done: done - all, all: 0 })
}

/** A node tells how far it is. */
export function countTold(run: Run, node: NodeRecord, told: ReportedProgress): void {
  const before = progressOf(node)
  extrasOf(node).progress = told
  addProgress(run, node, { done: told.done - before.done, all: told.all - before.all })
}

function addProgress(run: Run, node: NodeRecord, more: ReportedProgress): void {
  run.fulfilledNodes += more.done
  run.countedNodes += more.all
  run.isDirty = true
  if (more.done === 0 && more.all === 0) return
  for (let outer = around(run, node); outer !== undefined; outer = around(run, outer)) {
    const isOver = isFulfilled(outer) && !isDaemoned(outer)
    if (isOver || countsInProgress(outer)) continue
    setProgress(run, outer, plus(groupProgressOf(outer), more))
  }
}

const nothing: ReportedProgress = { done: 0, all: 0 }

function groupProgressOf(node: NodeRecord): ReportedProgress {
  return node.extras?.progress ?? nothing
}

function plus(left: ReportedProgress, right: ReportedProgress): ReportedProgress {
  return { done: left.done + right.done, all: left.all + right.all }
}

function minus(left: ReportedProgress, right: ReportedProgress): ReportedProgress {
  return { done: left.done - right.done, all: left.all - right.all }
}

function setProgress(run: Run, node: NodeRecord, progress: ReportedProgress): void {
  extrasOf(node).progress = progress
  touch(run, node, dirty.progress)
}

/** The next node outwards that a node runs in; of a stored run, where what is nearer is over, the body around that. */
function around({ byId }: Run, { owner, boundaryId, slot }: NodeRecord): NodeRecord | undefined {
  if (owner === undefined) return byId.get(boundaryId)
  if (owner.kind === "frame") return groupAround(owner, slot)
  return owner.kind === "loop" ? (owner.group ?? owner.frame.node) : owner.node
}

/** The group of steps that runs, or the body: a daemon of a former group is still there when that is over. */
function groupAround({ template, group, groupNode, node }: Frame, slot: number): NodeRecord {
  const { start, count } = template.groups[group] ?? { start: 0, count: 0 }
  return groupNode !== undefined && slot >= start && slot < start + count ? groupNode : node
}

/** Writes what upstream's sums come to, for all groups: of a run that is over. */
export function sumGroups(run: Run): void {
  const { root, exit, fulfilledNodes, countedNodes, resources } = run
  for (const [group, { below, took }] of sumGroupsOf(run, (node) => node !== root)) {
    noteSum(run, group, below)
    noteTaken(run, group, took)
  }
  if (root === undefined || countsInProgress(root)) return
  // Below the entry node is everything but the exit handler.
  const all: ReportedProgress = { done: fulfilledNodes, all: countedNodes }
  noteSum(run, root, exit === undefined ? all : minus(all, writtenOf(exit)))
  noteTaken(run, root, withoutResources(resources, exit?.extras?.resources))
}

/** Writes it for those groups of a stored run that go on and say nothing: others wrote it, or it is to run again. */
export function sumSilentGroups(run: Run): void {
  const isSilent = (node: NodeRecord): boolean =>
    node.extras?.progress === undefined && !isFulfilled(node)
  for (const [group, { below }] of sumGroupsOf(run, isSilent)) noteSum(run, group, below)
}

function noteSum(run: Run, group: NodeRecord, sum: ReportedProgress): void {
  const { done, all } = groupProgressOf(group)
  if (sum.all > 0 && (sum.done !== done || sum.all !== all)) setProgress(run, group, sum)
}

function noteTaken(run: Run, group: NodeRecord, resources: Resources | undefined): void {
  if (resources === undefined || equalJson(group.extras?.resources ?? null, resources)) return
  extrasOf(group).resources = resources
  touch(run, group, dirty.phase)
}

function writtenOf(node: NodeRecord): ReportedProgress {
  return countsInProgress(node) ? worthOf(node) : groupProgressOf(node)
}
