import { ClusterError } from "@argo-ts/k8s"
import { apiVersionOf, type Kind } from "@argo-ts/kernel"
import { builtInKinds } from "@argo-ts/kernel/schemas"
import { type KindRules, rulesOf } from "./rules.js"
import { compareVersions } from "./versions.js"

/** The kinds that a cluster serves, by group, version and kind. */
export interface KindRegistry {
  /** The rules of a served kind; a kind that is not served in that version is refused as NotFound. */
  rules(kind: Kind): KindRules
  /** The rules of `group/plural` in the version that is stored, where served. */
  byId(id: string): KindRules | undefined
  /** Every served kind in its preferred version, in the order of registration. */
  all(): readonly KindRules[]
  /** Every served kind in each of its versions, the preferred one first. */
  versions(): readonly KindRules[]
  /** Serves one more kind for good; the same kind twice is once, in another version it is a view of the first. */
  add(kind: Kind): KindRules
  /** True for a kind that nobody can take away. */
  isFixed(id: string): boolean
  /** Serves a kind in these versions, whatever it was served in before. */
  serve(stored: KindRules, served: readonly KindRules[]): void
  remove(id: string): void
}

interface Family {
  readonly stored: KindRules
  /** The preferred version first. */
  readonly served: readonly KindRules[]
  readonly isFixed: boolean
}

function inOrder(served: readonly KindRules[]): readonly KindRules[] {
  return served.toSorted((left, right) => compareVersions(left.kind.version, right.kind.version))
}

function nameOf({ group, version, kind }: Kind): string {
  return `${group}/${version}/${kind}`
}

function addTo(families: Map<string, Family>, kind: Kind): KindRules {
  const rules = rulesOf(kind)
  const known = families.get(rules.id)
  if (known === undefined) {
    families.set(rules.id, { stored: rules, served: [rules], isFixed: true })
    return rules
  }
  const same = known.served.find(({ apiVersion }) => apiVersion === rules.apiVersion)
  const { scope } = known.stored.kind
  if (scope !== kind.scope || (same ?? known.stored).kind.kind !== kind.kind) {
    throw new Error(
      `the kind ${rules.resource} is registered as ${known.stored.apiVersion} ${known.stored.kind.kind} (${scope}) and as ${apiVersionOf(kind)} ${kind.kind} (${kind.scope})`,
    )
  }
  if (same !== undefined) return same
  const view = rulesOf(kind, { storedAs: known.stored.apiVersion })
  families.set(rules.id, { ...known, served: inOrder([...known.served, view]) })
  return view
}

/** The built-in kinds and those of `kinds`. */
export function createKindRegistry(kinds: readonly Kind[]): KindRegistry {
  const families = new Map<string, Family>()
  const byName = new Map<string, KindRules>()
  const byKind = new Map<Kind, KindRules>()
  const changed = (): void => {
    byKind.clear()
    byName.clear()
    for (const { served } of families.values()) {
      for (const rules of served) byName.set(nameOf(rules.kind), rules)
    }
  }
  const find = (kind: Kind): KindRules => {
    const rules = byName.get(nameOf(kind))
    if (rules === undefined) {
      throw new ClusterError("NotFound", "the server could not find the requested resource")
    }
    byKind.set(kind, rules)
    return rules
  }
  const registry: KindRegistry = {
    rules: (kind) => byKind.get(kind) ?? find(kind),
    byId: (id) => families.get(id)?.stored,
    all: () => [...families.values()].flatMap(({ served }) => served.slice(0, 1)),
    versions: () => [...families.values()].flatMap(({ served }) => served),
    isFixed: (id) => families.get(id)?.isFixed === true,
    add(kind) {
      const rules = addTo(families, kind)
      changed()
      return rules
    },
    serve(stored, served) {
      families.set(stored.id, { stored, served: inOrder(served), isFixed: false })
      changed()
    },
    remove(id) {
      families.delete(id)
      changed()
    },
  }
  for (const kind of [...builtInKinds, ...kinds]) addTo(families, kind)
  changed()
  return registry
}
