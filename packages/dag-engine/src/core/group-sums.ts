import { type Insides, sumInsides } from "./insides.js"
import { countsInProgress, type NodeRecord, worthOf } from "./node.js"
import type { ReportedProgress } from "./reported-progress.js"
import { addResources, type Resources } from "./resources.js"
import { type Run, recordsOf } from "./run.js"

/*
 * Upstream's sums of groups: everything below counts once, whichever way leads to it, and the edges go on from a group that is
 * over to what came after it. What a body holds is summed once, for all groups that it is below.
 */

/** What everything below a group comes to. */
export interface Sum {
  readonly below: ReportedProgress
  readonly took: Resources | undefined
}

/** The sums of those groups that are wanted. */
export function sumGroupsOf(
  run: Run,
  isWanted: (group: NodeRecord) => boolean,
): ReadonlyMap<NodeRecord, Sum> {
  const isGroup = (node: NodeRecord): boolean =>
    !countsInProgress(node) && (node.children?.length ?? 0) > 0
  const groups = [...run.byId.values()].filter((node) => isGroup(node) && isWanted(node))
  if (groups.length === 0) return new Map()
  const places = placesOf(run, groups)
  const sums = new Map<NodeRecord, Sum>()
  // From the end: a group behind another one is summed once.
  const backwards = groups.toSorted((left, right) => placeIn(places, right) - placeIn(places, left))
  const insides = sumInsides(run)
  for (const group of backwards) sums.set(group, sumBelow(run, group, { places, sums, insides }))
  return sums
}

type Places = ReadonlyMap<NodeRecord, number>

function placeIn(places: Places, node: NodeRecord): number {
  return places.get(node) ?? 0
}

/** A number for each node below some groups, smaller than those of all below it. */
function placesOf(run: Run, groups: readonly NodeRecord[]): Places {
  const places = new Map<NodeRecord, number>()
  const opened = new Set<NodeRecord>()
  let place = 0
  const stack = [...groups]
  for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
    if (opened.has(node)) {
      stack.pop()
      if (!places.has(node)) places.set(node, place--)
      continue
    }
    opened.add(node)
    for (const child of childrenOf(run, node)) if (!opened.has(child)) stack.push(child)
  }
  return places
}

/** What is known while groups are summed. */
interface Known {
  readonly places: Places
  readonly sums: ReadonlyMap<NodeRecord, Sum>
  readonly insides: Insides
}

/** Everything below a group, each node once. Where all ways meet in a group whose sum is known, that is taken. */
function sumBelow(run: Run, group: NodeRecord, known: Known): Sum {
  const { places, sums, insides } = known
  const seen = new Set<NodeRecord>()
  /** The nearest last. */
  const waiting: NodeRecord[] = []
  const add = (node: NodeRecord): void => {
    if (seen.has(node)) return
    seen.add(node)
    let at = waiting.length
    while (at > 0 && placeIn(places, waiting[at - 1] as NodeRecord) < placeIn(places, node)) at--
    waiting.splice(at, 0, node)
  }
  let below: ReportedProgress = { done: 0, all: 0 }
  let took: Resources | undefined
  const take = (more: ReportedProgress, taken: Resources | undefined): void => {
    below = { done: below.done + more.done, all: below.all + more.all }
    took = addResources(took, taken)
  }
  // Siblings stand in order: from the last one on, each is the nearest so far.
  const addBelow = (node: NodeRecord): void => {
    const inside = insides.of(node)
    if (inside !== undefined) take(inside, inside.took)
    for (const follower of inside?.followers ?? []) add(follower)
    for (const child of childrenOf(run, node).toReversed()) {
      if (inside === undefined || insides.around(child) !== node) add(child)
    }
  }
  addBelow(group)
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const rest = waiting.length === 0 ? sums.get(node) : undefined
    if (countsInProgress(node)) take(worthOf(node), undefined)
    if (node.type === "Pod") took = addResources(took, node.extras?.resources)
    if (rest !== undefined) {
      take(rest.below, rest.took)
      return { below, took }
    }
    addBelow(node)
  }
  return { below, took }
}

function childrenOf(run: Run, { children = [] }: NodeRecord): readonly NodeRecord[] {
  return children.length === 0 ? [] : recordsOf(run, children)
}
