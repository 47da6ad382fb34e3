import { compileExpr } from "@argo-ts/expr/expr"
import { compileKargo } from "@argo-ts/expr/kargo"
import { compilePattern } from "@argo-ts/expr/regexp"
import {
  failed,
  type Issue,
  type IssuePath,
  isJsonObject,
  type JsonValue,
  ok,
  parseDuration,
  parseInstant,
  type Result,
} from "@argo-ts/kernel"
import { validate } from "@argo-ts/kernel/validation"
import type { ExpressionVariable, PromotionStep } from "./common.js"
import type { Freight } from "./freight.js"
import { kargoApiVersion } from "./kinds.js"
import type { Project, ProjectConfig } from "./project.js"
import type { Promotion } from "./promotion.js"
import { schemas } from "./schema.gen.js"
import type { Stage } from "./stage.js"
import { stepIssues } from "./step-config.js"
import type { Warehouse } from "./warehouse.js"

const namePattern = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/

function invalid(path: IssuePath, message: string): Issue {
  return { code: "InvalidValue", path, message }
}

function parse<T>(kind: string, value: unknown, rules: (object: T) => readonly Issue[]): Result<T> {
  const issues = [...validate(schemas(), kind, value)]
  if (isJsonObject(value)) {
    const found = value["apiVersion"]
    if (found !== kargoApiVersion)
      issues.push(
        invalid(["apiVersion"], `expected ${kargoApiVersion}, found ${JSON.stringify(found)}`),
      )
    if (value["kind"] !== kind)
      issues.push(invalid(["kind"], `expected ${kind}, found ${JSON.stringify(value["kind"])}`))
    const metadata = value["metadata"]
    const name = isJsonObject(metadata) ? metadata["name"] : undefined
    const isPromotion = kind === "Promotion" && name === undefined
    if (!isPromotion && (typeof name !== "string" || !namePattern.test(name)))
      issues.push(
        invalid(["metadata", "name"], `expected a DNS name, found ${JSON.stringify(name)}`),
      )
  }
  // Further rules read fields by type: they look at documents that have the right shape only.
  const isShaped = issues.every((issue) => issue.code === "UnsupportedField")
  if (isShaped) issues.push(...rules(value as T))
  return issues.length > 0 ? failed(issues) : ok(value as T)
}

/** Reads a Project. */
export function parseProject(value: unknown): Result<Project> {
  return parse<Project>("Project", value, () => [])
}

/** Reads a ProjectConfig: its name is that of its namespace; policies name Stages in one way. */
export function parseProjectConfig(value: unknown): Result<ProjectConfig> {
  return parse<ProjectConfig>("ProjectConfig", value, ({ metadata, spec }) => {
    const issues: Issue[] = []
    if (metadata.namespace !== undefined && metadata.namespace !== metadata.name) {
      const message = `expected the name of the namespace, ${JSON.stringify(metadata.namespace)}, found ${JSON.stringify(metadata.name)}`
      issues.push(invalid(["metadata", "name"], message))
    }
    for (const [index, policy] of (spec?.promotionPolicies ?? []).entries()) {
      const path = ["spec", "promotionPolicies", index]
      if ((policy.stage === undefined) === (policy.stageSelector === undefined))
        issues.push(invalid(path, "expected exactly one of `stage` and `stageSelector`"))
      const name = policy.stageSelector?.name ?? ""
      if (/^regexp?:/.test(name))
        issues.push(
          ...patternIssues([...path, "stageSelector", "name"], name.slice(name.indexOf(":") + 1)),
        )
    }
    return issues
  })
}

function patternIssues(path: IssuePath, pattern: string): readonly Issue[] {
  try {
    compilePattern(pattern)
    return []
  } catch {
    return [invalid(path, `expected a regular expression (RE2), found ${JSON.stringify(pattern)}`)]
  }
}

function durationIssues(path: IssuePath, text: string | undefined): readonly Issue[] {
  if (text === undefined) return []
  const parsed = parseDuration(text)
  if (parsed.ok && parsed.value >= 0) return []
  return [invalid(path, `expected a duration like 5m or 1h30m, found ${JSON.stringify(text)}`)]
}

function limitIssues(path: IssuePath, limit: number | undefined): readonly Issue[] {
  if (limit === undefined || (Number.isInteger(limit) && limit >= 1 && limit <= 100)) return []
  return [invalid(path, `expected a whole number from 1 to 100, found ${limit}`)]
}

function expressionIssues(path: IssuePath, expression: string | undefined): readonly Issue[] {
  if (expression === undefined || expression === "") return []
  const compiled = compileExpr(expression, { mode: "noenv" })
  return compiled.ok ? [] : compiled.issues.map((issue) => invalid(path, issue.message))
}

function gitIssues(
  path: IssuePath,
  git: NonNullable<Warehouse["spec"]["subscriptions"][number]["git"]>,
): readonly Issue[] {
  const issues: Issue[] = []
  const { repoURL, branch, since, commitSelectionStrategy = "NewestFromBranch" } = git
  if (!/^https?:\/\/[^\s]+$/.test(repoURL))
    issues.push(
      invalid([...path, "repoURL"], `expected an http(s) URL, found ${JSON.stringify(repoURL)}`),
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
    for (const [index, pattern] of (git[field] ?? []).entries()) {
      if (/^regexp?:/.test(pattern))
        issues.push(
          ...patternIssues([...path, field, index], pattern.slice(pattern.indexOf(":") + 1)),
        )
    }
  }
  issues.push(...expressionIssues([...path, "expressionFilter"], git.expressionFilter))
  return issues
}

function subscriptionIssues(warehouse: Warehouse): readonly Issue[] {
  const issues: Issue[] = []
  const seen = new Set<string>()
  for (const [index, subscription] of warehouse.spec.subscriptions.entries()) {
    const path = ["spec", "subscriptions", index]
    const { git, image, chart } = subscription
    const count = [git, image, chart].filter((each) => each !== undefined).length
    if (count !== 1)
      issues.push(invalid(path, `expected exactly one of \`git\` and \`image\`, found ${count}`))
    const source = git ?? image
    if (source === undefined) continue
    const key = `${git === undefined ? "image" : "git"} ${source.repoURL.toLowerCase().replace(/\.git$/, "")}`
    if (seen.has(key))
      issues.push(invalid(path, `the repository ${source.repoURL} is subscribed to twice`))
    seen.add(key)
    const at = [...path, git === undefined ? "image" : "git"]
    issues.push(...limitIssues([...at, "discoveryLimit"], source.discoveryLimit))
    for (const field of ["allowTagsRegexes", "ignoreTagsRegexes"] as const) {
      for (const [place, pattern] of (source[field] ?? []).entries())
        issues.push(...patternIssues([...at, field, place], pattern))
    }
    if (git !== undefined) issues.push(...gitIssues(at, git))
    if (image !== undefined) issues.push(...imageIssues(at, image))
  }
  return issues
}

function imageIssues(
  path: IssuePath,
  image: NonNullable<Warehouse["spec"]["subscriptions"][number]["image"]>,
): readonly Issue[] {
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
  if (image.imageSelectionStrategy === "Digest" && (image.constraint ?? "") === "")
    issues.push(
      invalid([...path, "constraint"], "is required for the strategy Digest: the tag to follow"),
    )
  return issues
}

/** Reads a Warehouse. */
export function parseWarehouse(value: unknown): Result<Warehouse> {
  return parse<Warehouse>("Warehouse", value, (warehouse) => [
    ...(warehouse.spec.subscriptions.length === 0
      ? [invalid(["spec", "subscriptions"], "expected at least one subscription, found none")]
      : []),
    ...durationIssues(["spec", "interval"], warehouse.spec.interval),
    ...expressionIssues(
      ["spec", "freightCreationCriteria", "expression"],
      warehouse.spec.freightCreationCriteria?.expression,
    ),
    ...subscriptionIssues(warehouse),
  ])
}

/** Reads Freight. */
export function parseFreight(value: unknown): Result<Freight> {
  return parse<Freight>("Freight", value, (freight) => {
    const count = [freight.commits, freight.images, freight.charts, freight.artifacts].reduce(
      (sum, list) => sum + (list?.length ?? 0),
      0,
    )
    return count > 0 ? [] : [invalid([], "expected at least one artifact, found none")]
  })
}

function variableIssues(
  path: IssuePath,
  variables: readonly ExpressionVariable[] = [],
): readonly Issue[] {
  return variables.flatMap(({ name, value = "" }, index) => [
    ...(/^[a-zA-Z_]\w*$/.test(name)
      ? []
      : [
          invalid(
            [...path, index, "name"],
            `expected letters, digits and _, found ${JSON.stringify(name)}`,
          ),
        ]),
    ...templateIssues([...path, index, "value"], value),
  ])
}

/** Templates are checked wherever a text may hold one; iterates, as configuration nests as deep as users like. */
function templateIssues(path: IssuePath, root: JsonValue): readonly Issue[] {
  const issues: Issue[] = []
  const queue: (readonly [IssuePath, JsonValue])[] = [[path, root]]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const [at, value] = next
    if (typeof value === "string") {
      const compiled = compileKargo(value)
      if (!compiled.ok) issues.push(...compiled.issues.map((issue) => invalid(at, issue.message)))
    } else if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) queue.push([[...at, index], item as JsonValue])
    } else if (isJsonObject(value)) {
      for (const [key, item] of Object.entries(value)) queue.push([[...at, key], item])
    }
  }
  return issues
}

function stepsIssues(
  path: IssuePath,
  steps: readonly PromotionStep[] = [],
  others: readonly string[] = [],
): readonly Issue[] {
  const aliases = new Set<string>()
  return steps.flatMap((step, index) => {
    const at = [...path, index]
    const issues: Issue[] = []
    if (step.as !== undefined) {
      if (/^(step|task)-\d+$/.test(step.as))
        issues.push(invalid([...at, "as"], `the name ${JSON.stringify(step.as)} is reserved`))
      if (aliases.has(step.as))
        issues.push(invalid([...at, "as"], `the name ${JSON.stringify(step.as)} is taken`))
      aliases.add(step.as)
    }
    issues.push(...durationIssues([...at, "retry", "timeout"], step.retry?.timeout))
    issues.push(...variableIssues([...at, "vars"], step.vars))
    issues.push(...templateIssues([...at, "config"], step.config ?? null))
    issues.push(...templateIssues([...at, "if"], step.if ?? null))
    if (step.task === undefined) issues.push(...stepIssues(at, step, others))
    return issues
  })
}

function requestIssues(stage: Stage): readonly Issue[] {
  const issues: Issue[] = []
  const requests = stage.spec.requestedFreight
  if (requests.length === 0)
    issues.push(invalid(["spec", "requestedFreight"], "expected at least one request, found none"))
  const seen = new Set<string>()
  for (const [index, { origin, sources }] of requests.entries()) {
    const path = ["spec", "requestedFreight", index]
    if (seen.has(origin.name))
      issues.push(invalid([...path, "origin"], `Freight of ${origin.name} is requested twice`))
    seen.add(origin.name)
    issues.push(
      ...durationIssues([...path, "sources", "requiredSoakTime"], sources?.requiredSoakTime),
    )
    const isMatching = sources?.autoPromotionOptions?.selectionPolicy === "MatchUpstream"
    if (isMatching && (sources?.direct === true || sources?.stages?.length !== 1))
      issues.push(
        invalid(
          [...path, "sources", "autoPromotionOptions", "selectionPolicy"],
          "MatchUpstream needs exactly one upstream Stage and no direct source",
        ),
      )
    if (sources?.stages?.includes(stage.metadata.name ?? "") === true)
      issues.push(
        invalid(
          [...path, "sources", "stages"],
          `the Stage ${stage.metadata.name} names itself as its source`,
        ),
      )
  }
  return issues
}

/** Reads a Stage, with every expression and step configuration in it. `otherSteps` names steps of your own. */
export function parseStage(value: unknown, otherSteps: readonly string[] = []): Result<Stage> {
  return parse<Stage>("Stage", value, (stage) => {
    const template = stage.spec.promotionTemplate?.spec
    const at = ["spec", "promotionTemplate", "spec"]
    return [
      ...requestIssues(stage),
      ...variableIssues(["spec", "vars"], stage.spec.vars),
      ...variableIssues([...at, "vars"], template?.vars),
      ...stepsIssues([...at, "steps"], template?.steps, otherSteps),
      ...(stage.spec.verification?.args ?? []).flatMap((argument, index) =>
        templateIssues(["spec", "verification", "args", index, "value"], argument.value ?? ""),
      ),
    ]
  })
}

/** Reads a Promotion. `otherSteps` names steps of your own. */
export function parsePromotion(
  value: unknown,
  otherSteps: readonly string[] = [],
): Result<Promotion> {
  return parse<Promotion>("Promotion", value, ({ spec }) => [
    ...(spec.stage === "" ? [invalid(["spec", "stage"], "is required, and empty")] : []),
    ...(((spec.freight ?? "") === "") === (spec.origin === undefined)
      ? [invalid(["spec"], "expected exactly one of `freight` and `origin`")]
      : []),
    ...variableIssues(["spec", "vars"], spec.vars),
    ...stepsIssues(["spec", "steps"], spec.steps, otherSteps),
  ])
}
