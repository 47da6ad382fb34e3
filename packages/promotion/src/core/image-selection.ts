import { compilePattern } from "@argo-ts/expr/regexp"
import {
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

/** Tags that are versions within the constraint, newest first; equal precedence: by text descending. */
export function selectVersions(
  tags: readonly string[],
  constraint: string | undefined,
  isStrict: boolean,
): readonly string[] {
  const program =
    constraint === undefined || constraint === "" ? undefined : compileSemver(constraint)
  if (program?.ok === false) return []
  const versions: Version[] = []
  for (const tag of tags) {
    const isExact = !isStrict || parseStrictVersion(tag.replace(/^v/, "")) !== undefined
    const version = isExact ? parseVersion(tag) : undefined
    if (version === undefined) continue
    const held = program === undefined ? undefined : program.value.evaluate(version)
    if (
      held === undefined
        ? version.prerelease === "" || constraint === undefined
        : held.ok && held.value
    )
      versions.push(version)
  }
  return versions
    .toSorted(
      (left, right) => compareVersions(right, left) || compareText(right.original, left.original),
    )
    .map(({ original }) => original)
}

/** Which tags to ask the registry about, in this order; `isRanked` false: the answers decide the order. */
export interface ImagePlan {
  readonly tags: readonly string[]
  readonly isRanked: boolean
}

/** What a subscription wants to know about a list of tags (spec/promotion §2.4). */
export function planImages(subscription: ImageSubscription, tags: readonly string[]): ImagePlan {
  const { imageSelectionStrategy = "SemVer", constraint, strictSemvers = true } = subscription
  const limit = subscription.discoveryLimit ?? discoveryLimitDefault
  if (imageSelectionStrategy === "Digest") return { tags: [constraint ?? ""], isRanked: true }
  const allowed = filterTags(tags, subscription)
  switch (imageSelectionStrategy) {
    case "SemVer":
      return {
        tags: selectVersions(allowed, constraint, strictSemvers).slice(0, limit),
        isRanked: true,
      }
    case "Lexical":
      return {
        tags: allowed.toSorted((left, right) => compareText(right, left)).slice(0, limit),
        isRanked: true,
      }
    default:
      return { tags: allowed.toSorted(compareText), isRanked: false }
  }
}

/** The answers in the order of the strategy, cut to the limit. */
export function rankImages(
  subscription: ImageSubscription,
  plan: ImagePlan,
  images: readonly DiscoveredImage[],
): readonly DiscoveredImage[] {
  if (plan.isRanked) return images
  const limit = subscription.discoveryLimit ?? discoveryLimitDefault
  return images
    .toSorted(
      (left, right) =>
        compareText(right.createdAt ?? "", left.createdAt ?? "") ||
        compareText(right.tag, left.tag),
    )
    .slice(0, limit)
}
