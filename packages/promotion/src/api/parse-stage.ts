import { type Issue, type IssuePath } from "@argo-ts/kernel"
import type { PromotionStep } from "./common.js"
import { durationIssues, invalid, templateIssues, variableIssues } from "./rules.js"
import type { Stage } from "./stage.js"
import { stepIssues } from "./step-config.js"

function aliasIssues(
  at: IssuePath,
  alias: string | undefined,
  taken: Set<string>,
): readonly Issue[] {
  if (alias === undefined) return []
  if (/^(step|task)-\d+$/.test(alias))
    return [invalid(at, `the name ${JSON.stringify(alias)} is reserved`)]
  if (taken.has(alias)) return [invalid(at, `the name ${JSON.stringify(alias)} is taken`)]
  taken.add(alias)
  return []
}

/** A text without an expression is a text, never true or false. */
function conditionIssues(at: IssuePath, condition: string | undefined): readonly Issue[] {
  if (condition === undefined || condition === "" || /\$\{\{|\$\{%/.test(condition))
    return templateIssues(at, condition ?? null)
  const shown = JSON.stringify(condition)
  return [
    {
      ...invalid(at, `expected an expression, found ${shown}`),
      hint: `write \${{ ${condition} }}`,
    },
  ]
}

/** What is wrong with a list of steps; `others` names steps that judge themselves. */
export function stepsIssues(
  path: IssuePath,
  steps: readonly PromotionStep[] = [],
  others: readonly string[] = [],
): readonly Issue[] {
  const aliases = new Set<string>()
  return steps.flatMap((step, index) => {
    const at = [...path, index]
    return [
      ...aliasIssues([...at, "as"], step.as, aliases),
      ...durationIssues([...at, "retry", "timeout"], step.retry?.timeout),
      ...variableIssues([...at, "vars"], step.vars),
      ...templateIssues([...at, "config"], step.config ?? null),
      ...conditionIssues([...at, "if"], step.if),
      ...(step.task === undefined ? stepIssues(at, step, others) : []),
    ]
  })
}

/** What is wrong with the Freight that a Stage asks for. */
export function requestIssues(stage: Stage): readonly Issue[] {
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
