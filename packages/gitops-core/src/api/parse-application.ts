import { failed, type Issue, ok, parseDuration, type Result } from "@argo-ts/kernel"
import { validate } from "@argo-ts/kernel/validation"
import type { AppProject } from "./app-project.js"
import type { Application } from "./application.js"
import type { ApplicationSet } from "./application-set.js"
import { schemas } from "./schema.gen.js"
import { syncOptionIssues } from "./sync-option-rules.js"

function invalid(path: Issue["path"], message: string): Issue {
  return { code: "InvalidValue", path, message }
}

function destinationIssues({ spec }: Application): readonly Issue[] {
  const { server = "", name = "" } = spec.destination
  const path = ["spec", "destination"]
  if (server !== "" && name !== "") {
    return [invalid(path, "expected one of `server` and `name`, found both")]
  }
  return server === "" && name === ""
    ? [invalid(path, "expected `server` or `name`, found neither")]
    : []
}

function sourceIssues({ spec }: Application): readonly Issue[] {
  const { source } = spec
  if (source === undefined) return [invalid(["spec", "source"], "is required, and missing")]
  const issues: Issue[] = []
  if (source.repoURL === "")
    issues.push(invalid(["spec", "source", "repoURL"], "is required, and empty"))
  const path = source.path ?? ""
  if (path.startsWith("/") || path.split("/").includes("..")) {
    const message = `expected a path inside the repository, found ${JSON.stringify(path)}`
    issues.push(invalid(["spec", "source", "path"], message))
  }
  return issues
}

/** Git cannot spell these in a branch or tag: such a revision is a constraint on versions. */
function revisionIssues({ spec }: Application): readonly Issue[] {
  const { targetRevision = "" } = spec.source ?? {}
  if (!/[~^*<>=|]|\s/.test(targetRevision)) return []
  const finding = `${JSON.stringify(targetRevision)} is a version constraint on tags`
  const path = ["spec", "source", "targetRevision"]
  return [{ code: "UnsupportedField", path, message: `${finding}, which is not built yet` }]
}

function optionIssues({ spec, operation }: Application): readonly Issue[] {
  return [
    ...syncOptionIssues(spec.syncPolicy?.syncOptions, ["spec", "syncPolicy", "syncOptions"]),
    ...syncOptionIssues(operation?.sync?.syncOptions, ["operation", "sync", "syncOptions"]),
  ]
}

function retryIssues({ spec }: Application): readonly Issue[] {
  const { backoff } = spec.syncPolicy?.retry ?? {}
  return (["duration", "maxDuration"] as const).flatMap((field) => {
    const text = backoff?.[field]
    const isFine = text === undefined || /^\d+$/.test(text) || parseDuration(text).ok
    const path = ["spec", "syncPolicy", "retry", "backoff", field]
    return isFine
      ? []
      : [invalid(path, `expected a duration like 30s or 2m, found ${JSON.stringify(text)}`)]
  })
}

function pointerIssues({ spec }: Application): readonly Issue[] {
  return (spec.ignoreDifferences ?? []).flatMap((rule, index) =>
    (rule.jsonPointers ?? []).flatMap((pointer, at) => {
      if (pointer.startsWith("/")) return []
      const path = ["spec", "ignoreDifferences", index, "jsonPointers", at]
      return [
        invalid(
          path,
          `expected a JSON pointer like /spec/replicas, found ${JSON.stringify(pointer)}`,
        ),
      ]
    }),
  )
}

const rules = [
  destinationIssues,
  sourceIssues,
  revisionIssues,
  optionIssues,
  retryIssues,
  pointerIssues,
]

/** Reads an Application. All issues at once: unknown and unsupported fields, wrong values, broken rules. */
export function parseApplication(value: unknown): Result<Application> {
  const structural = validate(schemas(), "Application", value)
  if (structural.length > 0) return failed(structural)
  const application = value as Application
  const issues = rules.flatMap((rule) => rule(application))
  return issues.length > 0 ? failed(issues) : ok(application)
}

const descriptionMax = 255

/** Reads an AppProject; all issues at once. */
export function parseAppProject(value: unknown): Result<AppProject> {
  const issues = validate(schemas(), "AppProject", value)
  if (issues.length > 0) return failed(issues)
  const project = value as AppProject
  const { length = 0 } = project.spec.description ?? ""
  if (length <= descriptionMax) return ok(project)
  const message = `expected at most ${descriptionMax} characters, found ${length}`
  return failed([invalid(["spec", "description"], message)])
}

/** Reads an ApplicationSet: its generators are not built yet, and say so. */
export function parseApplicationSet(value: unknown): Result<ApplicationSet> {
  const issues = validate(schemas(), "ApplicationSet", value)
  return issues.length > 0 ? failed(issues) : ok(value as ApplicationSet)
}
