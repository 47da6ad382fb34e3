import { type Kind, type LabelSelector, matchesLabels, type ObjectKey } from "@argo-ts/kernel"
import type { Pod } from "../workloads.js"

/** What is known of one autoscaler, so that changes elsewhere find it. */
interface Entry {
  readonly target: string
  selector: LabelSelector | undefined
}

/** The autoscalers of a cluster, by what concerns them. */
export interface Roster {
  enter(key: ObjectKey, target: string): void
  /** What the pods of its target are selected by. */
  select(key: ObjectKey, selector: LabelSelector | undefined): void
  leave(key: ObjectKey): void
  /** Those of a namespace. */
  of(namespace: string): readonly ObjectKey[]
  /** Those that scale an object. */
  scaling(namespace: string, target: string): readonly ObjectKey[]
  all(): readonly ObjectKey[]
  /** Names of the others whose targets have one of these pods too. */
  rivals(key: ObjectKey, pods: readonly Pod[]): readonly string[]
}

/** How a target is known: `apps/Deployment/web`. */
export function targetName({ group, kind }: Pick<Kind, "group" | "kind">, name: string): string {
  return `${group}/${kind}/${name}`
}

/** Nobody is known yet. */
export function createRoster(): Roster {
  const byNamespace = new Map<string, Map<string, Entry>>()
  const entriesOf = (namespace: string | undefined): Map<string, Entry> => {
    const known = byNamespace.get(namespace ?? "") ?? new Map<string, Entry>()
    byNamespace.set(namespace ?? "", known)
    return known
  }
  const keysOf = (namespace: string, isMeant: (entry: Entry) => boolean): readonly ObjectKey[] =>
    [...(byNamespace.get(namespace) ?? [])].flatMap(([name, entry]) =>
      isMeant(entry) ? { namespace, name } : [],
    )
  return {
    enter({ namespace, name }, target) {
      const entries = entriesOf(namespace)
      if (entries.get(name)?.target === target) return
      entries.set(name, { target, selector: undefined })
    },
    select({ namespace, name }, selector) {
      const entry = entriesOf(namespace).get(name)
      if (entry !== undefined) entry.selector = selector
    },
    leave({ namespace = "", name }) {
      const entries = byNamespace.get(namespace)
      entries?.delete(name)
      if (entries?.size === 0) byNamespace.delete(namespace)
    },
    of: (namespace) => keysOf(namespace, () => true),
    scaling: (namespace, target) => keysOf(namespace, (entry) => entry.target === target),
    all: () => [...byNamespace.keys()].flatMap((namespace) => keysOf(namespace, () => true)),
    rivals: ({ namespace = "", name }, pods) =>
      keysOf(namespace, ({ selector }) =>
        selector === undefined
          ? false
          : pods.some(({ metadata }) => matchesLabels(selector, metadata.labels)),
      ).flatMap((key) => (key.name === name ? [] : key.name)),
  }
}
