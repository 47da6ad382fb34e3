import { type Issue, type IssuePath, parseInstant } from "@argo-ts/kernel"
import { normalizeGitUrl, normalizeImageUrl } from "./repository-names.js"
import {
  constraintIssues,
  expressionIssues,
  invalid,
  limitIssues,
  markedIssues,
  patternIssues,
} from "./rules.js"
import type {
  GitSubscription,
  ImageSubscription,
  RepoSubscription,
  Warehouse,
} from "./warehouse.js"

const urlForms = [/^https?:\/\/[^\s]+$/, /^ssh:\/\/[^\s]+$/, /^[^/@\s]+@[^/:\s]+:[^\s]+$/] as const

function gitIssues(path: IssuePath, git: GitSubscription): readonly Issue[] {
  const issues: Issue[] = []
  const { repoURL, branch, since, commitSelectionStrategy = "NewestFromBranch" } = git
  if (!urlForms.some((form) => form.test(repoURL)))
    issues.push(
      invalid(
        [...path, "repoURL"],
        `expected an http(s) or ssh URL, found ${JSON.stringify(repoURL)}`,
      ),
    )
  if (
    branch !== undefined &&
    (!/^[a-zA-Z0-9]([a-zA-Z0-9._/-]*[a-zA-Z0-9_-])?$/.test(branch) || branch.length > 255)
  )
    issues.push(
      invalid([...path, "branch"], `expected a branch name, found ${JSON.stringify(branch)}`),
    )
  if (since !== undefined && !parseInstant(since).ok)
    issues.push(
      invalid([...path, "since"], `expected an RFC 3339 time, found ${JSON.stringify(since)}`),
    )
  if (since !== undefined && commitSelectionStrategy !== "NewestFromBranch")
    issues.push(invalid([...path, "since"], "is only for the strategy NewestFromBranch"))
  for (const field of ["includePaths", "excludePaths"] as const) {
    for (const [index, pattern] of (git[field] ?? []).entries())
      issues.push(...markedIssues([...path, field, index], pattern))
  }
  issues.push(...expressionIssues([...path, "expressionFilter"], git.expressionFilter))
  if (commitSelectionStrategy === "SemVer")
    issues.push(...constraintIssues([...path, "semverConstraint"], git.semverConstraint))
  return issues
}

function imageIssues(path: IssuePath, image: ImageSubscription): readonly Issue[] {
  const issues: Issue[] = []
  if (
    image.repoURL.includes("://") ||
    /:[^/]*$/.test(image.repoURL.replace(/^[^/]*/, "")) ||
    !/^[^\s]+$/.test(image.repoURL)
  )
    issues.push(
      invalid(
        [...path, "repoURL"],
        `expected an image repository without scheme and tag, found ${JSON.stringify(image.repoURL)}`,
      ),
    )
  const { imageSelectionStrategy = "SemVer", constraint, platform } = image
  if (imageSelectionStrategy === "SemVer")
    issues.push(...constraintIssues([...path, "constraint"], constraint))
  if (platform !== undefined && !/^[a-z0-9]+\/[a-z0-9_]+(\/[a-z0-9]+)?$/.test(platform))
    issues.push(
      invalid(
        [...path, "platform"],
        `expected os/arch[/variant], found ${JSON.stringify(platform)}`,
      ),
    )
  if (imageSelectionStrategy === "Digest" && (constraint ?? "") === "")
    issues.push(
      invalid([...path, "constraint"], "is required for the strategy Digest: the tag to follow"),
    )
  return issues
}

function nameIssues(
  path: IssuePath,
  { name }: RepoSubscription,
  seen: Set<string>,
): readonly Issue[] {
  if (name === undefined) return []
  const at = [...path, "name"]
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name))
    return [invalid(at, `expected a DNS label, found ${JSON.stringify(name)}`)]
  if (seen.has(name)) return [invalid(at, `the name ${JSON.stringify(name)} is taken`)]
  seen.add(name)
  return []
}

function sourceIssues(path: IssuePath, subscription: RepoSubscription): readonly Issue[] {
  const { git, image } = subscription
  const source = git ?? image
  if (source === undefined) return []
  const at = [...path, git === undefined ? "image" : "git"]
  return [
    ...limitIssues([...at, "discoveryLimit"], source.discoveryLimit),
    ...(["allowTagsRegexes", "ignoreTagsRegexes"] as const).flatMap((field) =>
      (source[field] ?? []).flatMap((pattern, place) =>
        patternIssues([...at, field, place], pattern),
      ),
    ),
    ...(git === undefined ? [] : gitIssues(at, git)),
    ...(image === undefined ? [] : imageIssues(at, image)),
  ]
}

/** What makes a repository the same as another: by kind, normalised. */
function identityOf({ git, image }: RepoSubscription): string | undefined {
  if (git !== undefined) return `git ${normalizeGitUrl(git.repoURL)}`
  return image === undefined ? undefined : `image ${normalizeImageUrl(image.repoURL)}`
}

/** What is wrong with the subscriptions of a Warehouse. */
export function subscriptionIssues({ spec }: Warehouse): readonly Issue[] {
  const names = new Set<string>()
  const repositories = new Set<string>()
  return spec.subscriptions.flatMap((subscription, index) => {
    const path = ["spec", "subscriptions", index]
    const issues: Issue[] = [...nameIssues(path, subscription, names)]
    // Other keys are kinds of their own, which the schema refuses by name.
    const kinds = Object.keys(subscription).filter((key) => key !== "name")
    if (kinds.length !== 1)
      issues.push(
        invalid(path, `expected exactly one of \`git\` and \`image\`, found ${kinds.length}`),
      )
    const identity = identityOf(subscription)
    if (identity !== undefined && repositories.has(identity))
      issues.push(invalid(path, `the repository ${identity.split(" ")[1]} is subscribed to twice`))
    if (identity !== undefined) repositories.add(identity)
    return [...issues, ...sourceIssues(path, subscription)]
  })
}
