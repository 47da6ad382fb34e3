import { compileExpr } from "@argo-ts/expr/expr"
import { compilePattern } from "@argo-ts/expr/regexp"
import { compareText, type EpochMs, formatInstant } from "@argo-ts/kernel"
import type { DiscoveredCommit, GitSubscription } from "../api/warehouse.js"
import { discoveryLimitDefault, filterTags, selectVersions } from "./image-selection.js"

/** A commit as selection sees it. */
export interface CommitFacts {
  readonly sha: string
  readonly author: string
  readonly committer: string
  readonly committedAt: EpochMs
  readonly subject: string
  readonly paths: readonly string[]
}

/** A tag as selection sees it. */
export interface TagFacts {
  readonly name: string
  readonly sha: string
  readonly createdAt: EpochMs
  readonly tagger: string
  readonly annotation: string
  readonly author: string
  readonly committer: string
  readonly subject: string
}

/** A glob with `**`, as a pattern that RE2 reads. */
export function globPattern(glob: string): string {
  let pattern = ""
  for (let index = 0; index < glob.length; index++) {
    const letter = glob[index] ?? ""
    if (glob.startsWith("**/", index)) {
      pattern += "(?:.*/)?"
      index += 2
    } else if (glob.startsWith("**", index)) {
      pattern += ".*"
      index += 1
    } else if (letter === "*") pattern += "[^/]*"
    else if (letter === "?") pattern += "[^/]"
    else pattern += letter.replace(/[.+^${}()|[\]\\]/g, "\\$&")
  }
  return `^${pattern}$`
}

function test(pattern: string, text: string): boolean {
  try {
    return compilePattern(pattern).test(text)
  } catch {
    return false
  }
}

/** True where a changed path falls under a pattern: a prefix of whole segments, `glob:…`, `regex:…`. */
export function matchesPath(pattern: string, path: string): boolean {
  if (pattern.startsWith("glob:")) return test(globPattern(pattern.slice(5)), path)
  const expression = /^regexp?:/.exec(pattern)
  if (expression !== null) return test(pattern.slice(expression[0].length), path)
  const prefix = pattern.replace(/^\.\//, "").replace(/\/+$/, "")
  return prefix === "" || prefix === "." || path === prefix || path.startsWith(`${prefix}/`)
}

/** True where any changed path is included and not excluded. */
export function selectsPaths(subscription: GitSubscription, paths: readonly string[]): boolean {
  const { includePaths = [], excludePaths = [] } = subscription
  if (includePaths.length === 0 && excludePaths.length === 0) return true
  return paths.some(
    (path) =>
      (includePaths.length === 0 || includePaths.some((pattern) => matchesPath(pattern, path))) &&
      !excludePaths.some((pattern) => matchesPath(pattern, path)),
  )
}

/** True where the filter expression holds; a filter that fails holds for nothing. */
function passes(
  expression: string | undefined,
  facts: { readonly [name: string]: string },
): boolean {
  if (expression === undefined || expression === "") return true
  const compiled = compileExpr(expression, { mode: "noenv" })
  const result = compiled.ok ? compiled.value.evaluate(facts) : undefined
  return result?.ok === true && (result.value === true || String(result.value) === "true")
}

function subjectOf(subject: string): string {
  const letters = Array.from(subject)
  return letters.length > 80 ? `${letters.slice(0, 77).join("")}...` : subject
}

/** True where every changed path must be known to choose. */
export function needsPaths(subscription: GitSubscription): boolean {
  return (subscription.includePaths?.length ?? 0) + (subscription.excludePaths?.length ?? 0) > 0
}

/** Commits of a branch that a subscription selects, newest first (spec/promotion §2.3). */
export function selectCommits(
  subscription: GitSubscription,
  commits: readonly CommitFacts[],
): readonly DiscoveredCommit[] {
  const { branch, discoveryLimit = discoveryLimitDefault, expressionFilter } = subscription
  return commits
    .filter((commit) => {
      const { sha: id, author, committer, subject, committedAt } = commit
      const facts = { id, author, committer, subject, commitDate: formatInstant(committedAt) }
      return passes(expressionFilter, facts) && selectsPaths(subscription, commit.paths)
    })
    .slice(0, discoveryLimit)
    .map(({ sha, author, committer, subject, committedAt }) => ({
      id: sha,
      ...(branch === undefined ? {} : { branch }),
      subject: subjectOf(subject),
      author,
      committer,
      creatorDate: formatInstant(committedAt),
    }))
}

/** Tags that a subscription selects, best first, before path filters. */
export function selectTags(
  subscription: GitSubscription,
  tags: readonly TagFacts[],
): readonly TagFacts[] {
  const {
    commitSelectionStrategy,
    semverConstraint,
    strictSemvers = true,
    expressionFilter,
  } = subscription
  const byName = new Map(tags.map((tag) => [tag.name, tag]))
  let names = filterTags(
    tags.map((tag) => tag.name),
    subscription,
  )
  if (commitSelectionStrategy === "SemVer")
    names = selectVersions(names, semverConstraint, strictSemvers)
  if (commitSelectionStrategy === "Lexical")
    names = names.toSorted((left, right) => compareText(right, left))
  const chosen = names.flatMap((name) => byName.get(name) ?? [])
  const passing = chosen.filter(
    ({ name, sha, createdAt, tagger, annotation, author, committer, subject }) => {
      const facts = { tag: name, id: sha, creatorDate: formatInstant(createdAt) }
      return passes(expressionFilter, { ...facts, tagger, annotation, author, committer, subject })
    },
  )
  if (commitSelectionStrategy !== "NewestTag") return passing
  return passing.toSorted(
    (left, right) => right.createdAt - left.createdAt || compareText(right.name, left.name),
  )
}

/** A selected tag as a discovered commit. */
export function discoveredTag(tag: TagFacts): DiscoveredCommit {
  return {
    id: tag.sha,
    tag: tag.name,
    subject: subjectOf(tag.subject),
    author: tag.author,
    committer: tag.committer,
    creatorDate: formatInstant(tag.createdAt),
  }
}
