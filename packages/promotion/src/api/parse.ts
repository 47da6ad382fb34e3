import { failed, type Issue, isJsonObject, ok, type Result, valueAt } from "@argo-ts/kernel"
import { validate } from "@argo-ts/kernel/validation"
import type { Freight } from "./freight.js"
import { kargoApiVersion } from "./kinds.js"
import { requestIssues, stepsIssues } from "./parse-stage.js"
import { subscriptionIssues } from "./parse-warehouse.js"
import type { Project, ProjectConfig } from "./project.js"
import type { Promotion } from "./promotion.js"
import {
  expressionIssues,
  invalid,
  markedIssues,
  plainDurationIssues,
  templateIssues,
  variableIssues,
} from "./rules.js"
import { schemas } from "./schema.gen.js"
import type { Stage } from "./stage.js"
import type { Warehouse } from "./warehouse.js"

const namePattern = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/

/** A feature that is not built, and that the manifest says it does not want, is no reason to refuse it. */
function isSwitchedOff({ code, path }: Issue, value: unknown): boolean {
  return code === "UnsupportedField" && valueAt(value, ...path) === false
}

function parse<T>(kind: string, value: unknown, rules: (object: T) => readonly Issue[]): Result<T> {
  const issues = validate(schemas(), kind, value).filter((issue) => !isSwitchedOff(issue, value))
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
      issues.push(...markedIssues([...path, "stageSelector", "name"], name))
    }
    return issues
  })
}

/** Reads a Warehouse. */
export function parseWarehouse(value: unknown): Result<Warehouse> {
  return parse<Warehouse>("Warehouse", value, (warehouse) => [
    ...(warehouse.spec.subscriptions.length === 0
      ? [invalid(["spec", "subscriptions"], "expected at least one subscription, found none")]
      : []),
    ...plainDurationIssues(["spec", "interval"], warehouse.spec.interval),
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
