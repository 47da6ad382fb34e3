import type { Kind } from "@argo-ts/kernel"
import { componentStatuses } from "./component-statuses.js"
import { metricsKinds } from "./metrics-kinds.js"

/** The kinds whose objects are computed when they are asked for: they are read, and never stored. */
export const computedKinds: readonly Kind[] = [componentStatuses, ...metricsKinds]

/** True for kinds that are computed and never stored. */
export function isComputedKind({ group, plural }: Pick<Kind, "group" | "plural">): boolean {
  return computedKinds.some((each) => each.group === group && each.plural === plural)
}
