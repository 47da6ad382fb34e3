import { ClusterError, type ListOptions } from "@argo-ts/k8s"
import { compareText } from "@argo-ts/kernel"
import type { KindRules } from "../kinds/rules.js"
import { compileSelection, type Selector } from "../store/selection.js"
import type { Store } from "../store/store.js"
import type { StoredObject } from "../store/stored-object.js"
import { badRequest } from "./errors.js"

/** A page, untyped. */
export interface ListPage {
  readonly items: readonly StoredObject[]
  readonly resourceVersion: string
  readonly continue?: string
  readonly remainingItemCount?: number
}

interface ContinueToken {
  readonly version: number
  /** Namespace and name of the last item of the page before. */
  readonly after: readonly [string, string]
}

function writeToken(token: ContinueToken): string {
  const [namespace, name] = token.after
  const start = namespace === "" ? `${name}\u0000` : `/${namespace}/${name}\u0000`
  const text = JSON.stringify({ v: "meta.k8s.io/v1", rv: token.version, start })
  return Buffer.from(text, "utf8").toString("base64url")
}

function readToken(text: string): ContinueToken {
  try {
    const token: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"))
    const { rv, start } = token as { readonly rv: unknown; readonly start: unknown }
    if (typeof rv === "number" && typeof start === "string" && start.endsWith("\u0000")) {
      const key = start.slice(0, -1)
      const [, namespace = "", name = key] = /^\/([^/]*)\/(.*)$/.exec(key) ?? []
      return { version: rv, after: [namespace, name] }
    }
  } catch {
    // Not JSON: refused below like any other text that no page ever carried.
  }
  throw badRequest(`invalid continue token: ${JSON.stringify(text)}`)
}

function expired(): ClusterError {
  const message =
    "The provided continue parameter is too old to display a consistent list result. Please start a new list without the continue parameter."
  return new ClusterError("Expired", message)
}

function inOrder(left: StoredObject, right: StoredObject): number {
  const { namespace: one = "", name: first } = left.metadata
  const { namespace: other = "", name: second } = right.metadata
  return compareText(one, other) || compareText(first, second)
}

/** The selected objects as they were at an earlier version: the recent changes undone. */
function listAt(
  store: Store,
  rules: KindRules,
  selector: Selector,
  version: number,
): StoredObject[] {
  const current = store.collection(rules).list(selector)
  const changes = store.history.since(version, rules)
  if (changes.length === 0) return current
  const byPlace = new Map(current.map((object) => [place(object), object]))
  for (const { before, event } of changes.toReversed()) {
    if (before !== undefined && selector.matches(before)) byPlace.set(place(event), before)
    else byPlace.delete(place(event))
  }
  return [...byPlace.values()].sort(inOrder)
}

function place(object: StoredObject): string {
  return `${object.metadata.namespace ?? ""}/${object.metadata.name}`
}

function isAfter(object: StoredObject, [namespace, name]: readonly [string, string]): boolean {
  const { namespace: own = "", name: ownName } = object.metadata
  const inScope = namespace === "" ? 0 : compareText(own, namespace)
  return (inScope || compareText(ownName, name)) > 0
}

/** Lists a kind, whole or page by page; every page shows the collection as the first one did. */
export function listObjects(store: Store, rules: KindRules, options: ListOptions): ListPage {
  const selector = compileSelection(rules, options)
  const limit = options.limit !== undefined && options.limit > 0 ? options.limit : Infinity
  const from =
    options.continue === undefined || options.continue === "" ? undefined : options.continue
  if (from !== undefined && options.resourceVersion !== undefined) {
    throw badRequest("specifying resource version is not allowed when using continue")
  }
  checkVersion(store, options.resourceVersion)
  const token = from === undefined ? undefined : readToken(from)
  if (token !== undefined && token.version < store.history.oldest()) throw expired()
  const version = token?.version ?? store.version()
  const all = listAt(store, rules, selector, version)
  const rest = token === undefined ? all : all.filter((object) => isAfter(object, token.after))
  const items = rest.length > limit ? rest.slice(0, limit) : rest
  const last = items.at(-1)
  if (rest.length === items.length || last === undefined)
    return { items, resourceVersion: `${version}` }
  const namespace = selector.namespace === undefined ? (last.metadata.namespace ?? "") : ""
  return {
    items,
    resourceVersion: `${version}`,
    continue: writeToken({ version, after: [namespace, last.metadata.name] }),
    ...(selector.isNarrowed ? {} : { remainingItemCount: rest.length - items.length }),
  }
}

function checkVersion(store: Store, wanted: string | undefined): void {
  if (wanted === undefined || wanted === "") return
  if (!/^\d+$/.test(wanted)) {
    throw new ClusterError("InternalError", `invalid resource version ${JSON.stringify(wanted)}`)
  }
  if (Number(wanted) <= store.version()) return
  const message = `Timeout: Too large resource version: ${wanted}, current: ${store.version()}`
  const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }]
  throw new ClusterError("Timeout", message, { retryAfterSeconds: 1, causes })
}
