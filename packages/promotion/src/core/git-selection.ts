import { compareText, type EpochMs, failed, formatInstant, ok, type Result } from "@argo-ts/kernel"
import type { GitCommit, GitTag } from "@argo-ts/kernel/git"
import { compileMarked } from "../api/glob.js"
import type { DiscoveredCommit, GitSubscription } from "../api/warehouse.js"
import { type Condition, compileCondition, firstMessage, instantValue } from "./evaluate.js"
import { discoveryLimitDefault, filterTags, selectVersions } from "./image-selection.js"

/** True where a changed path falls under a pattern: a prefix of whole segments, `glob:…`, `regex:…`. */
export function matchesPath(pattern: string, path: string): boolean {
  const marked = compileMarked(pattern)
  if (marked !== undefined) return marked.pattern?.test(path) === true
  const prefix = pattern.replace(/^\.\//, "").replace(/\/+$/, "")
  return prefix === "" || prefix === "." || path === prefix || path.startsWith(`${prefix}/`)
}

/** True where any changed path is included and not excluded. */
export function selectsPaths(subscription: GitSubscription, paths: readonly string[]): boolean {
  const { includePaths = [], excludePaths = [] } = subscription
  if (!needsPaths(subscription)) return true
  return paths.some(
    (path) =>
      (includePaths.length === 0 || includePaths.some((pattern) => matchesPath(pattern, path))) &&
      !excludePaths.some((pattern) => matchesPath(pattern, path)),
  )
}

/** True where every changed path must be known to choose. */
export function needsPaths({ includePaths = [], excludePaths = [] }: GitSubscription): boolean {
  return includePaths.length + excludePaths.length > 0
}

type Facts = Parameters<Condition>[0]

/** Those whose facts the filter expression holds for; an expression that fails fails the whole look, as upstream. */
function passing<T>(
  { expressionFilter = "" }: GitSubscription,
  all: readonly T[],
  factsOf: (each: T) => Facts,
  now: EpochMs,
): Result<readonly T[]> {
  if (expressionFilter === "") return ok(all)
  const filter = compileCondition(expressionFilter)
  if (!filter.ok) return filter
  const chosen: T[] = []
  for (const each of all) {
    const verdict = filter.value(factsOf(each), now)
    if (!verdict.ok) {
      const message = `the expression filter failed: ${firstMessage(verdict.issues)}`
      return failed([{ code: "FailedExpression", path: ["expressionFilter"], message }])
    }
    if (verdict.value) chosen.push(each)
  }
  return ok(chosen)
}

function subjectOf(subject: string): string {
  const letters = Array.from(subject)
  return letters.length > 80 ? `${letters.slice(0, 77).join("")}...` : subject
}

function commitFacts({ sha: id, author, committer, subject, committedAt }: GitCommit): Facts {
  return { id, author, committer, subject, commitDate: instantValue(committedAt) }
}

/** Commits of a branch that a subscription selects, newest first (spec/promotion §2.3). */
export function selectCommits(
  subscription: GitSubscription,
  commits: readonly GitCommit[],
  now: EpochMs,
): Result<readonly DiscoveredCommit[]> {
  const { branch, discoveryLimit = discoveryLimitDefault } = subscription
  const passed = passing(subscription, commits, commitFacts, now)
  if (!passed.ok) return passed
  const chosen = passed.value
    .filter(({ paths }) => selectsPaths(subscription, paths))
    .slice(0, discoveryLimit)
  return ok(
    chosen.map(({ sha, author, committer, subject, committedAt }) => ({
      id: sha,
      ...(branch === undefined ? {} : { branch }),
      subject: subjectOf(subject),
      author,
      committer,
      creatorDate: formatInstant(committedAt),
    })),
  )
}

function tagFacts({ name, sha, createdAt, ...rest }: GitTag): Facts {
  const { tagger, annotation, author, committer, subject } = rest
  const people = { tagger, annotation, author, committer, subject }
  return { tag: name, id: sha, creatorDate: instantValue(createdAt), ...people }
}

function namesInOrder(subscription: GitSubscription, tags: readonly GitTag[]): readonly string[] {
  const { commitSelectionStrategy, semverConstraint, strictSemvers = true } = subscription
  const byAge = tags.toSorted(
    (left, right) => right.createdAt - left.createdAt || compareText(right.name, left.name),
  )
  const names = filterTags(
    byAge.map(({ name }) => name),
    subscription,
  )
  switch (commitSelectionStrategy) {
    case "SemVer":
      return selectVersions(names, semverConstraint, strictSemvers)
    case "Lexical":
      return names.toSorted((left, right) => compareText(right, left))
    default:
      return names
  }
}

/** Tags that a subscription selects, best first, before path filters. */
export function selectTags(
  subscription: GitSubscription,
  tags: readonly GitTag[],
  now: EpochMs,
): Result<readonly GitTag[]> {
  const byName = new Map(tags.map((tag) => [tag.name, tag]))
  const ordered = namesInOrder(subscription, tags).flatMap((name) => byName.get(name) ?? [])
  return passing(subscription, ordered, tagFacts, now)
}

/** A selected tag as a discovered commit. */
export function discoveredTag(tag: GitTag): DiscoveredCommit {
  return {
    id: tag.sha,
    tag: tag.name,
    subject: subjectOf(tag.subject),
    author: tag.author,
    committer: tag.committer,
    creatorDate: formatInstant(tag.createdAt),
  }
}
