import { ClusterError, type ListOptions } from "@argo-ts/k8s"
import { compareText } from "@argo-ts/kernel"
import type { KindRules } from "../kinds/rules.js"
import { compileSelection, type Selector } from "../store/selection.js"
import type { Store } from "../store/store.js"
import type { StoredObject } from "../store/stored-object.js"
import { checkListOptions } from "../watch/options.js"
import { badRequest } from "./errors.js"
import { checkNotFuture, parseVersion } from "./versions.js"

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

/** The version of a token that goes on with whatever is there by then. */
const inconsistent = -1

function expired(after: ContinueToken["after"]): ClusterError {
  const message =
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list."
  return new ClusterError("Expired", message, {
    continue: writeToken({ version: inconsistent, after }),
  })
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
  checkListOptions(options)
  const token = from === undefined ? undefined : readToken(from)
  const version = versionOf(store, options, token)
  const all = listAt(store, rules, selector, version).map(rules.present)
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

/** The version that a page shows. */
function versionOf(store: Store, options: ListOptions, token: ContinueToken | undefined): number {
  const now = store.version()
  const oldest = store.history.oldest()
  if (token !== undefined) {
    if (token.version === inconsistent) return now
    if (token.version < oldest || token.version > now) throw expired(token.after)
    return token.version
  }
  const wanted = parseVersion(options.resourceVersion)
  checkNotFuture(store, wanted)
  if (options.resourceVersionMatch !== "Exact") return now
  if (wanted >= oldest) return wanted
  const message = "The resourceVersion for the provided list is too old."
  throw new ClusterError("Expired", message)
}
