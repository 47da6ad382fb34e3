import {
  type Condition,
  compareText,
  type EpochMs,
  formatInstant,
  setCondition,
} from "@argo-ts/kernel"

/** What is left in a namespace that goes. */
export interface Leftovers {
  /** By resource, `pods.` or `deployments.apps`, how many objects. */
  readonly resources: ReadonlyMap<string, number>
  /** By finalizer, how many objects have it. */
  readonly finalizers: ReadonlyMap<string, number>
  /** What could not be deleted, and why. */
  readonly failures: readonly string[]
}

type Finding = Pick<Condition, "type" | "status" | "reason" | "message">

function fine(type: string, reason: string, message: string): Finding {
  return { type, status: "False", reason, message }
}

function listed(counts: ReadonlyMap<string, number>, words: string): string {
  const parts = [...counts].map(([name, count]) => `${name} ${words} ${count} resource instances`)
  return parts.toSorted(compareText).join(", ")
}

function findings({ resources, finalizers, failures }: Leftovers): readonly Finding[] {
  const content: Finding =
    failures.length === 0
      ? fine(
          "NamespaceDeletionContentFailure",
          "ContentDeleted",
          "All content successfully deleted, may be waiting on finalization",
        )
      : {
          type: "NamespaceDeletionContentFailure",
          status: "True",
          reason: "ContentDeletionFailed",
          message: `Failed to delete all resource types, ${failures.length} remaining: ${failures.toSorted(compareText).join(", ")}`,
        }
  const remaining: Finding =
    resources.size === 0
      ? fine("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed")
      : {
          type: "NamespaceContentRemaining",
          status: "True",
          reason: "SomeResourcesRemain",
          message: `Some resources are remaining: ${listed(resources, "has")}`,
        }
  const held: Finding =
    finalizers.size === 0
      ? fine(
          "NamespaceFinalizersRemaining",
          "ContentHasNoFinalizers",
          "All content-preserving finalizers finished",
        )
      : {
          type: "NamespaceFinalizersRemaining",
          status: "True",
          reason: "SomeFinalizersRemain",
          message: `Some content in the namespace has finalizers remaining: ${listed(finalizers, "in")}`,
        }
  return [
    fine(
      "NamespaceDeletionDiscoveryFailure",
      "ResourcesDiscovered",
      "All resources successfully discovered",
    ),
    fine(
      "NamespaceDeletionGroupVersionParsingFailure",
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ),
    content,
    remaining,
    held,
  ]
}

/** The conditions of a namespace that goes, after a try to empty it (spec/cluster §8.8). */
export function leftoverConditions(
  known: readonly Condition[] | undefined,
  leftovers: Leftovers,
  now: EpochMs,
): readonly Condition[] {
  const lastTransitionTime = formatInstant(now)
  let conditions: readonly Condition[] = known ?? []
  for (const finding of findings(leftovers)) {
    conditions = setCondition(conditions, { ...finding, lastTransitionTime })
  }
  return conditions
}
