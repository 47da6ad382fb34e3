import { compilePattern } from "@argo-ts/expr/regexp"
import {
  type ConstraintProgram,
  compareVersions,
  compileSemver,
  parseStrictVersion,
  parseVersion,
  type Version,
} from "@argo-ts/expr/semver"
import { compareText } from "@argo-ts/kernel"
import type { DiscoveredImage, ImageSubscription } from "../api/warehouse.js"

/** How many results a subscription keeps without saying so. */
export const discoveryLimitDefault = 20

/** Patterns were checked when the object was read; one that is broken none the less matches nothing. */
function matches(pattern: string, text: string): boolean {
  try {
    return compilePattern(pattern).test(text)
  } catch {
    return false
  }
}

/** Tags that no ignore pattern and, if there are any, at least one allow pattern matches. */
export function filterTags(
  tags: readonly string[],
  rules: Pick<ImageSubscription, "allowTagsRegexes" | "ignoreTagsRegexes">,
): readonly string[] {
  const { allowTagsRegexes: allow = [], ignoreTagsRegexes: ignore = [] } = rules
  return tags.filter(
    (tag) =>
      !ignore.some((pattern) => matches(pattern, tag)) &&
      (allow.length === 0 || allow.some((pattern) => matches(pattern, tag))),
  )
}

function isWithin(version: Version, constraint: ConstraintProgram | undefined): boolean {
  if (constraint === undefined) return true
  const held = constraint.evaluate(version)
  return held.ok && held.value
}

/**
 * Tags that are versions within the constraint, newest first; equal precedence: by text descending. Without a
 * constraint pre-releases count too. A broken constraint was refused when the object was read: it selects nothing.
 */
export function selectVersions(
  tags: readonly string[],
  constraint: string | undefined,
  isStrict: boolean,
): readonly string[] {
  const program = (constraint ?? "") === "" ? undefined : compileSemver(constraint ?? "")
  if (program?.ok === false) return []
  return tags
    .filter((tag) => !isStrict || parseStrictVersion(tag.replace(/^v/, "")) !== undefined)
    .flatMap((tag) => parseVersion(tag) ?? [])
    .filter((version) => isWithin(version, program?.value))
    .toSorted(
      (left, right) => compareVersions(right, left) || compareText(right.original, left.original),
    )
    .map(({ original }) => original)
}

/** Which tags to ask the registry about, in this order; `isRanked` false: the answers decide the order. */
export interface ImagePlan {
  readonly tags: readonly string[]
  readonly isRanked: boolean
  /** How many answers are enough. */
  readonly limit: number
}

/** What a subscription wants to know about a list of tags (spec/promotion §2.4). */
export function planImages(subscription: ImageSubscription, tags: readonly string[]): ImagePlan {
  const { imageSelectionStrategy = "SemVer", constraint, strictSemvers = true } = subscription
  const limit = subscription.discoveryLimit ?? discoveryLimitDefault
  if (imageSelectionStrategy === "Digest")
    return { tags: [constraint ?? ""], isRanked: true, limit }
  const allowed = filterTags(tags, subscription)
  switch (imageSelectionStrategy) {
    case "SemVer":
      return { tags: selectVersions(allowed, constraint, strictSemvers), isRanked: true, limit }
    case "Lexical":
      return {
        tags: allowed.toSorted((left, right) => compareText(right, left)),
        isRanked: true,
        limit,
      }
    default:
      return { tags: allowed.toSorted(compareText), isRanked: false, limit }
  }
}

/** An answer of the registry, and when the image was built; 0 where it does not tell. */
export interface FoundImage {
  readonly image: DiscoveredImage
  readonly builtAt: number
}

/** The answers in the order of the strategy, cut to the limit. */
export function rankImages(
  plan: ImagePlan,
  found: readonly FoundImage[],
): readonly DiscoveredImage[] {
  const ranked = plan.isRanked
    ? found
    : found.toSorted(
        (left, right) =>
          right.builtAt - left.builtAt || compareText(right.image.tag, left.image.tag),
      )
  return ranked.slice(0, plan.limit).map(({ image }) => image)
}
