import { ClusterError } from "@argo-ts/k8s"
import { apiVersionOf, type Kind } from "@argo-ts/kernel"
import { builtInKinds } from "@argo-ts/kernel/schemas"
import { type KindRules, rulesOf } from "./rules.js"

/** The kinds that a cluster serves. */
export interface KindRegistry {
  /** The rules of a served kind; a kind that is not served is refused as NotFound. */
  rules(kind: Kind): KindRules
  /** The rules of `group/plural`, where served. */
  byId(id: string): KindRules | undefined
  /** Every served kind, in the order of registration. */
  all(): readonly KindRules[]
  /** Serves one more kind; the same kind twice is once. */
  add(kind: Kind): KindRules
  remove(id: string): void
}

/** The built-in kinds and those of `kinds`. A kind in two versions is a mistake of the caller. */
export function createKindRegistry(kinds: readonly Kind[]): KindRegistry {
  const byId = new Map<string, KindRules>()
  const byKind = new Map<Kind, KindRules>()
  const find = (kind: Kind): KindRules => {
    const rules = byId.get(`${kind.group}/${kind.plural}`)
    if (rules === undefined || rules.kind.version !== kind.version) {
      throw new ClusterError("NotFound", "the server could not find the requested resource")
    }
    byKind.set(kind, rules)
    return rules
  }
  const registry: KindRegistry = {
    rules: (kind) => byKind.get(kind) ?? find(kind),
    byId: (id) => byId.get(id),
    all: () => [...byId.values()],
    add(kind) {
      const rules = rulesOf(kind)
      const known = byId.get(rules.id)
      if (known === undefined) {
        byId.set(rules.id, rules)
        return rules
      }
      if (known.apiVersion !== rules.apiVersion || known.kind.scope !== kind.scope) {
        throw new Error(
          `the kind ${rules.resource} is registered as ${known.apiVersion} and as ${apiVersionOf(kind)}; a simulated cluster serves one version`,
        )
      }
      return known
    },
    remove(id) {
      byId.delete(id)
      byKind.clear()
    },
  }
  for (const kind of [...builtInKinds, ...kinds]) registry.add(kind)
  return registry
}
