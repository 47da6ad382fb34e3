import { countsInProgress, type NodeRecord, worthOf } from "./node.js"
import { addResources, type Resources } from "./resources.js"
import type { Run } from "./run.js"

/** What a steps or dag node holds: nothing outside leads into it but the node itself. */
export interface Inside {
  /** Progress of everything in it, bodies in it included. */
  done: number
  all: number
  took: Resources | undefined
  /** Where the edges of what is in it lead outside. */
  readonly followers: Set<NodeRecord>
}

/** The bodies of a run. */
export interface Insides {
  /** `undefined` for a node that is no body. */
  of(node: NodeRecord): Inside | undefined
  /** The body that a node stands in; containers stand where their pod does. */
  around(node: NodeRecord): NodeRecord | undefined
}

const nothing: Insides = { of: () => undefined, around: () => undefined }

/** Sums every body once: costs what there is, however deep bodies are nested. Without bodies in bodies there is nothing to sum. */
export function sumInsides(run: Run): Insides {
  const { byId } = run
  const depths = depthsOf(run)
  if (depths.size < 2) return nothing
  const around = (node: NodeRecord): NodeRecord | undefined => {
    const body = standsIn(run, node)
    const depth = depths.get(node)
    // What a stored status says of them may go in circles: the way out leads to ever less depth.
    const isInside = depth === undefined || (body !== undefined && (depths.get(body) ?? 0) < depth)
    return isInside ? body : undefined
  }
  const insides = new Map<NodeRecord, Inside>()
  for (const body of depths.keys()) {
    insides.set(body, { done: 0, all: 0, took: undefined, followers: new Set() })
  }
  for (const node of byId.values()) {
    const body = around(node)
    const inside = body && insides.get(body)
    if (inside === undefined) continue
    if (countsInProgress(node)) addTo(inside, { ...worthOf(node), took: undefined })
    if (node.type === "Pod") addTo(inside, { done: 0, all: 0, took: node.extras?.resources })
    for (const id of node.children ?? []) {
      const child = byId.get(id)
      if (child === undefined) continue
      const goal = around(child)
      // The way out leads through every body around it: each has that follower.
      let left = goal === node ? goal : body
      for (; left !== undefined && left !== goal; left = around(left)) {
        insides.get(left)?.followers.add(child)
      }
    }
  }
  const innermostFirst = [...depths].toSorted(([, left], [, right]) => right - left)
  for (const [body] of innermostFirst) {
    const outer = around(body)
    const holder = outer && insides.get(outer)
    if (holder !== undefined) addTo(holder, insides.get(body) as Inside)
  }
  return { of: (node) => insides.get(node), around }
}

function addTo(inside: Inside, { done, all, took }: Omit<Inside, "followers">): void {
  inside.done += done
  inside.all += all
  inside.took = addResources(inside.took, took)
}

function isBody({ type }: NodeRecord): boolean {
  return type === "Steps" || type === "DAG"
}

function standsIn({ byId }: Run, { boundaryId }: NodeRecord): NodeRecord | undefined {
  const boundary = byId.get(boundaryId)
  const body = boundary?.type === "Pod" ? byId.get(boundary.boundaryId) : boundary
  return body !== undefined && isBody(body) ? body : undefined
}

/** How deep each body stands: deeper than the one around it. */
function depthsOf(run: Run): ReadonlyMap<NodeRecord, number> {
  const depths = new Map<NodeRecord, number>()
  for (const node of run.byId.values()) {
    if (!isBody(node) || depths.has(node)) continue
    const way = new Set<NodeRecord>()
    let at: NodeRecord | undefined = node
    for (; at !== undefined && !depths.has(at) && !way.has(at); at = standsIn(run, at)) way.add(at)
    let depth = (at && depths.get(at)) ?? 0
    for (const body of [...way].toReversed()) depths.set(body, ++depth)
  }
  return depths
}
